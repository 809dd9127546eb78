// Holds the budget: what the page loads before it shows the list, and all of the client but GraphiQL.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const FIRST = 45
const ALL = 115

const built = new URL('../../static/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', built), 'utf8'))

function closure(key, follow, found = new Set()) {
  if (found.has(key)) return found
  found.add(key)
  for (const name of follow(manifest[key])) closure(name, follow, found)
  return found
}

function files(keys) {
  return new Set([...keys].flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])]))
}

const gzipped = (file) => gzipSync(readFileSync(new URL(file, built)), { level: 9 }).length / 1000
const sum = (names) => [...names].reduce((total, name) => total + gzipped(name), 0)

const first = files(closure('index.html', (chunk) => chunk.imports ?? []))
const all = files(closure('index.html', (chunk) => [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]))
first.add('index.html')
all.add('index.html')

for (const name of all) {
  console.log(`${gzipped(name).toFixed(1).padStart(6)} kB  ${first.has(name) ? 'first' : 'later'}  ${name}`)
}
console.log(`${sum(first).toFixed(1).padStart(6)} kB  gzipped before the list is shown (budget ${FIRST})`)
console.log(`${sum(all).toFixed(1).padStart(6)} kB  gzipped in all, Markdown and every page included (budget ${ALL})`)
if (sum(first) > FIRST || sum(all) > ALL) {
  console.error('over budget')
  process.exit(1)
}
