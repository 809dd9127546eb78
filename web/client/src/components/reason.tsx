/** Why a step did not succeed: message and hint, whole, where the eye already is. */

import { useState } from 'preact/hooks'

import { folded, plain } from '../text'
import { inZone } from '../time'

/** About two lines on a wide screen. */
const TWO_LINES = 240

/** A sentence that folds when it is long; the fact in it is never cut. */
export function Sentence({ text }: { text: string }) {
  const [whole, setWhole] = useState(false)
  const { shown, rest } = folded(inZone(plain(text)), TWO_LINES)
  if (!rest) return <>{shown}</>
  return (
    <>
      {shown}
      {whole ? rest : '… '}
      <button type="button" class="more" onClick={() => setWhole(!whole)} aria-expanded={whole}>
        {whole ? 'Show less' : 'Show all'}
      </button>
    </>
  )
}

export interface ReasonProps {
  message: string
  hint?: string | null
}

export function ReasonText({ message, hint }: ReasonProps) {
  return (
    <div class="reason">
      <p class="message" dir="auto" data-testid="error-message">
        <Sentence text={message} />
      </p>
      {hint && (
        <p class="hint" data-testid="hint">
          <span aria-hidden="true">→ </span>
          <Sentence text={hint} />
        </p>
      )}
    </div>
  )
}
