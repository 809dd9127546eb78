// Takes the addresses of sponsors out of the lock file: it names packages and hashes, never hosts.
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
for (const entry of Object.values(lock.packages)) {
  delete entry.funding
  delete entry.deprecated
}
const text = `${JSON.stringify(lock, null, 2)}\n`
const hosts = text.match(/https?:\/\/[^"]*/g)
if (hosts) throw new Error(`package-lock.json names hosts: ${hosts.join(', ')}`)
writeFileSync(path, text)
