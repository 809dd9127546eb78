/** Markdown of agents, made safe; what makes it is loaded when the first one is shown. */

import { useEffect, useState } from 'preact/hooks'

import { bytes, head } from '../text'
import { RawText } from './raw'

/** Larger answers are shown as text: parsing them would hold up the page. */
const RENDERED = 60_000

export function Markdown({ text, label }: { text: string; label: string }) {
  const [html, setHtml] = useState<string | null>(null)
  const [raw, setRaw] = useState(false)
  const rendered = head(text, RENDERED)
  useEffect(() => {
    let wanted = true
    import('../markdown').then(
      ({ toSafeHtml }) => wanted && setHtml(toSafeHtml(rendered)),
      () => wanted && setRaw(true),
    )
    return () => {
      wanted = false
    }
  }, [rendered])
  if (raw) return <RawText text={text} label={label} />
  return (
    <div class="markdown">
      <div class="rendered" dangerouslySetInnerHTML={{ __html: html ?? '' }} />
      <div class="raw-actions">
        {rendered.length < text.length && <span class="meta">cut at {bytes(rendered.length)}</span>}
        <button type="button" class="more" onClick={() => setRaw(true)}>
          Show as text
        </button>
      </div>
    </div>
  )
}
