/** Markdown → HTML that runs nothing and loads nothing. Agents write it, so it is taken to be hostile. */

import DOMPurify from 'dompurify'
import { Marked, type Token } from 'marked'

import { plain } from './text'

const TAGS = [
  ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
  ...['em', 'strong', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
]

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    // Its HTML is shown as the text that it is, and a picture as its description and address.
    html: ({ text }) => escaped(text),
    image: ({ text, href }) => escaped(`[image: ${[text, href].filter(Boolean).join(', ')}]`),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens)
      return /^https?:\/\//i.test(href) ? `<a href="${escaped(href)}">${words}</a>` : words
    },
    // A task list's box is a word here: no form elements.
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
})

const purifier = DOMPurify()

purifier.addHook('afterSanitizeAttributes', (node) => {
  // Long lines are scrolled with the keyboard, too.
  if (node.tagName === 'PRE') node.setAttribute('tabindex', '0')
  if (node.tagName !== 'A' || !node.hasAttribute('href')) return
  node.setAttribute('rel', 'noopener noreferrer nofollow')
  node.setAttribute('target', '_blank')
  node.setAttribute('data-foreign', '')
})

/** Its headings continue those of the page: the first one is one level below `below`, and none leaves a level out. */
export function toSafeHtml(markdown: string, below = 0): string {
  // Where it cannot work it lets everything through.
  if (!purifier.isSupported) return `<pre>${escaped(plain(markdown))}</pre>`
  const tokens = marked.lexer(plain(markdown))
  marked.walkTokens(tokens, levelled(below))
  const html = marked.parser(tokens)
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'align', 'start'],
    ALLOWED_URI_REGEXP: /^https?:\/\//i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
}

/** Gives each heading the level that it has among those before it. */
function levelled(below: number): (token: Token) => void {
  const open: number[] = []
  return (token) => {
    if (token.type !== 'heading') return
    while ((open.at(-1) ?? 0) >= token.depth) open.pop()
    open.push(token.depth)
    token.depth = Math.min(below + open.length, 6)
  }
}
