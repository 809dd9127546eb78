/** Markdown of agents, made safe; what makes it is loaded when the first one is shown. */

import { useEffect, useState } from 'preact/hooks'

import { bytes, head } from '../text'
import { RawText } from './raw'

/** Larger answers are shown as text: parsing them would hold up the page. */
const RENDERED = 60_000

export interface MarkdownProps {
  text: string
  label: string
  /** The level of the heading that it stands below. */
  below?: number
}

export function Markdown({ text, label, below = 2 }: MarkdownProps) {
  const [html, setHtml] = useState<string | null>(null)
  const [raw, setRaw] = useState(false)
  const rendered = head(text, RENDERED)
  useEffect(() => {
    let wanted = true
    import('../markdown').then(
      ({ toSafeHtml }) => wanted && setHtml(toSafeHtml(rendered, below)),
      () => wanted && setRaw(true),
    )
    return () => {
      wanted = false
    }
  }, [rendered, below])
  if (raw) return <RawText text={text} label={label} />
  return (
    <div class="markdown">
      <div
        class="rendered"
        tabIndex={0}
        role="group"
        aria-label={label}
        dangerouslySetInnerHTML={{ __html: html ?? '' }}
      />
      <div class="raw-actions">
        {rendered.length < text.length && <span class="meta">cut at {bytes(rendered.length)}</span>}
        <button type="button" class="more" onClick={() => setRaw(true)}>
          Show as text
        </button>
      </div>
    </div>
  )
}
