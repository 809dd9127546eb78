/** Raw text: monospaced, capped, copyable, and never able to hold up the page. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { bytes, head, pieces, plain } from '../text'
import { CopyButton } from './copy'

const SHOWN = 8_000
const PIECE = 4_000

export interface RawTextProps {
  text: string
  label: string
  /** Keeps its end in sight while it grows. */
  follow?: boolean
}

export function RawText({ text, label, follow = false }: RawTextProps) {
  const [whole, setWhole] = useState(false)
  const box = useRef<HTMLPreElement>(null)
  const shown = follow ? text.slice(-SHOWN) : whole ? text : head(text, SHOWN)
  const hidden = text.length - shown.length
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, shown])
  return (
    <div class="raw">
      <pre ref={box} tabIndex={0} role="group" aria-label={label}>
        {pieces(plain(shown), PIECE).map((piece, place) => (
          <span key={place} class="piece">
            {piece}
          </span>
        ))}
      </pre>
      <div class="raw-actions">
        {!follow && hidden > 0 && (
          <button type="button" class="more" onClick={() => setWhole(true)}>
            Show all ({bytes(text.length)})
          </button>
        )}
        <CopyButton text={text} what={label} />
      </div>
    </div>
  )
}
