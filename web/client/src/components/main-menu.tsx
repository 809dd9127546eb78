/** What is wanted less often: where else to go, which keys there are, in which zone times are shown. */

import { chooseZone, zone } from '../zone'
import { Menu } from './menu'

export function MainMenu({ onKeys }: { onKeys: () => void }) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <Menu label="Menu">
      <a href="/graphiql">API explorer</a>
      <button type="button" class="more" onClick={onKeys}>
        Keys
      </button>
      <label class="zone" onClick={(event) => event.stopPropagation()}>
        Times in{' '}
        <select
          value={zone.value ?? ''}
          onChange={(event) => chooseZone(event.currentTarget.value === 'UTC' ? 'UTC' : undefined)}
        >
          <option value="">{own}, as this browser</option>
          <option value="UTC">UTC</option>
        </select>
      </label>
    </Menu>
  )
}
