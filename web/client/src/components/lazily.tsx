/** Parts of the page that are not loaded before they are wanted. */

import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

type LazilyProps<Props> = Props & { load: () => Promise<ComponentType<Props>> }

/** A part whose code comes when it is first wanted; nothing is drawn for the moment that it takes. */
export function Lazily<Props extends object>({ load, ...props }: LazilyProps<Props>) {
  const [loaded, setLoaded] = useState<{ part: ComponentType<Props> } | null>(null)
  const [failed, setFailed] = useState(false)
  const first = useRef(load)
  useEffect(() => {
    first.current().then(
      (part) => setLoaded({ part }),
      () => setFailed(true),
    )
  }, [])
  if (failed) return <p class="page-line">A part of this page could not be loaded. Reload it.</p>
  if (!loaded) return null
  const Loaded = loaded.part
  return <Loaded {...(props as unknown as Props)} />
}
