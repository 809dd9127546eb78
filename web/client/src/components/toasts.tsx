/** What one's own actions did. */

import { useSession } from '../session'

export function Toasts() {
  const { toasts } = useSession()
  return (
    <div class="toasts" role="status">
      {toasts.shown.value.map((toast) => (
        <p key={toast.id}>{toast.text}</p>
      ))}
    </div>
  )
}
