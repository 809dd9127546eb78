/** Markdown → HTML that runs nothing and loads nothing. Agents write it, so it is taken to be hostile. */

import DOMPurify from 'dompurify'
import { Marked } from 'marked'

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
  if (node.tagName !== 'A' || !node.hasAttribute('href')) return
  node.setAttribute('rel', 'noopener noreferrer nofollow')
  node.setAttribute('target', '_blank')
  node.setAttribute('data-foreign', '')
})

export function toSafeHtml(markdown: string): string {
  // Where it cannot work it lets everything through.
  if (!purifier.isSupported) return `<pre>${escaped(plain(markdown))}</pre>`
  const html = marked.parse(plain(markdown)) as string
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'align', 'start'],
    ALLOWED_URI_REGEXP: /^https?:\/\//i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
}
