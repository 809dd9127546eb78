// @vitest-environment jsdom
/** What agents write as Markdown runs nothing, loads nothing and leads only to the web. */

import { expect, test } from 'vitest'

import { toSafeHtml } from '../src/markdown'

function rendered(markdown: string): HTMLElement {
  const box = document.createElement('div')
  box.innerHTML = toSafeHtml(markdown)
  return box
}

test('headings, lists, tables and code are themselves', () => {
  const box = rendered('# Title\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`code`')

  expect([...box.querySelectorAll('h1, li, td, code')].map((one) => one.textContent)).toEqual([
    'Title',
    'one',
    '1',
    '2',
    'code',
  ])
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<iframe src="https://example.org"></iframe>',
  '<svg onload=alert(1)>',
  '<style>body{display:none}</style>',
  '<form action="https://example.org"><input name=a></form>',
  '![picture](https://example.org/track.png)',
  '![x](data:image/svg+xml;base64,AAAA)',
  '- [x] done <input>',
  '<a href="https://example.org" onclick="alert(1)" style="position:fixed">x</a>',
  '```html\n<script>alert(1)</script>\n```',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
])('%s is only looked at', (hostile) => {
  const box = rendered(hostile)

  expect(box.querySelectorAll('script, img, iframe, svg, style, form, input, math, object, embed, link')).toHaveLength(
    0,
  )
  for (const element of box.querySelectorAll('*'))
    expect(element.getAttributeNames().filter((name) => name.startsWith('on') || name === 'style')).toEqual([])
})

test.each([
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x)',
  '[x](//example.org)',
  '[x](/audit)',
  '[x](file:///etc/passwd)',
])('%s leads nowhere', (hostile) => {
  expect(rendered(hostile).querySelector('a[href]')).toBeNull()
})

test('a link to the web opens apart and tells nothing about this page', () => {
  const link = rendered('[docs](https://example.org/a)').querySelector('a')

  expect(link?.getAttribute('href')).toBe('https://example.org/a')
  expect(link?.getAttribute('rel')).toContain('noopener')
  expect(link?.getAttribute('target')).toBe('_blank')
})

test('marks of direction are shown, not obeyed', () => {
  expect(rendered('safe \u202etxt.exe').textContent).toContain('[U+202E]')
})

test.each([
  ['# One\n## Two\n# Three', ['h3 One', 'h4 Two', 'h3 Three']],
  ['### Deep\n###### Deeper\n# Shallow', ['h3 Deep', 'h4 Deeper', 'h3 Shallow']],
  ['## In\n> ##### a quote', ['h3 In', 'h4 a quote']],
  ['#### Only', ['h3 Only']],
  ['# 1\n## 2\n### 3\n#### 4\n##### 5', ['h3 1', 'h4 2', 'h5 3', 'h6 4', 'h6 5']],
])('headings of %j continue those of the page and leave no level out', (markdown, expected) => {
  const box = document.createElement('div')
  box.innerHTML = toSafeHtml(markdown, 2)

  const headings = [...box.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  expect(headings.map((one) => `${one.tagName.toLowerCase()} ${one.textContent}`)).toEqual(expected)
})

test('long lines of code are scrolled with the keyboard', () => {
  expect(rendered('```\nlong\n```').querySelector('pre')?.tabIndex).toBe(0)
})
