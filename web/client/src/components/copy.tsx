/** A button that copies, and says that it did. */

import { useState } from 'preact/hooks'

export interface CopyProps {
  /** What is copied, or how it is had once it is wanted. */
  text: string | (() => Promise<string>)
  /** What is copied, for those who hear the page. */
  what: string
  label?: string
}

export function CopyButton({ text, what, label = 'Copy' }: CopyProps) {
  const [said, setSaid] = useState<string | null>(null)
  const copy = async (): Promise<void> => {
    const done = await (typeof text === 'string' ? copied(text) : copiedLater(text()))
    setSaid(done ? 'Copied' : 'Not copied')
    setTimeout(() => setSaid(null), 2000)
  }
  return (
    <button
      type="button"
      class="copy"
      aria-label={said ?? `${label} ${what.toLowerCase()}`}
      onClick={() => void copy()}
    >
      {said ?? label}
    </button>
  )
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copiedBySelection(text)
  }
}

/** The clipboard is opened at once: a browser that waits for the text forgets that somebody has clicked. */
async function copiedLater(text: Promise<string>): Promise<boolean> {
  try {
    const blob = text.then((known) => new Blob([known], { type: 'text/plain' }))
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])
    return true
  } catch {
    return text.then(copiedBySelection, () => false)
  }
}

/** The way that also works on pages not loaded over HTTPS or from loopback. */
function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'hidden'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
