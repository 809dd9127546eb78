/** Text of agents, tools and providers, which may be hostile, made harmless to look at. */

// Terminal sequences: CSI and OSC whole, then any other escape with its letter.
const ANSI =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_]?|\u009b[0-?]*[ -/]*[@-~]/g
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
// Marks that turn the order of what follows, and what has no ink: a sentence would read as another one. The same as in
// runner/plaintext.py.
const UNSEEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Without terminal sequences and control bytes, and with what is unseen shown as what it is. */
export function plain(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(ANSI, '')
    .replace(CONTROL, '')
    .replace(UNSEEN, (mark) => `[U+${mark.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
}

export interface Folded {
  shown: string
  /** What is folded away; empty: nothing is. */
  rest: string
}

/**
 * Cuts a long sentence after a word, and not inside quotes or parentheses: they hold the fact (a status, a name, a
 * limit), which must not be cut in two. What is quoted at length is no name any more, and cut like the rest.
 */
export function folded(text: string, limit: number): Folded {
  if (text.length <= limit * 1.25) return { shown: text, rest: '' }
  const places = [...spaces(text, limit * 2)]
  const best = places.findLast((place) => place <= limit) ?? 0
  const word = text.lastIndexOf(' ', limit)
  const cut = best > limit / 2 ? best : (places.find((place) => place > limit) ?? (word > limit / 2 ? word : limit))
  return { shown: text.slice(0, cut), rest: text.slice(cut) }
}

/** Where the text may be cut. */
function* spaces(text: string, until: number): Generator<number> {
  let depth = 0
  let quoted = false
  for (let place = 0; place < Math.min(text.length, until); place += 1) {
    const char = text[place]
    if (char === '"') quoted = !quoted
    else if (char === '(') depth += 1
    else if (char === ')') depth = Math.max(0, depth - 1)
    else if (char === ' ' && depth === 0 && !quoted) yield place
  }
}

/** The first part of a text of any size, cut at a line end if one is near. */
export function head(text: string, limit: number): string {
  if (text.length <= limit) return text
  const line = text.lastIndexOf('\n', limit)
  return text.slice(0, line > limit / 2 ? line : limit)
}

/**
 * Blocks that the browser can lay out one by one, of whole lines where they are short enough: a line of a megabyte in
 * one block would hold it up for seconds.
 */
export function pieces(text: string, size: number): string[] {
  const found: string[] = []
  let start = 0
  while (start < text.length) {
    const end = start + size
    const line = end < text.length ? text.lastIndexOf('\n', end) : -1
    const cut = line > start ? line : end
    found.push(text.slice(start, cut))
    start = cut === line ? cut + 1 : cut
  }
  return found
}

/** 1234567 → 1.2 MB. */
export function bytes(length: number): string {
  if (length < 1000) return `${length} B`
  if (length < 1_000_000) return `${Math.round(length / 1000)} kB`
  return `${(length / 1_000_000).toFixed(1)} MB`
}
