import { fileURLToPath } from 'node:url'

import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * The generated documents without their indentation, droppable where nobody uses them, and each fragment of theirs once:
 * as generated, every document repeats all fragments that it is made of, which was a third of the page.
 */
const compactDocuments: Plugin = {
  name: 'compact-documents',
  transform: {
    filter: { id: /src\/generated\/graphql\.ts$/ },
    handler: (code) => {
      const fragments = new Map<string, string>()
      const named = (text: string): string => {
        const name = `fragment${/fragment (\w+)/.exec(text)?.[1]}`
        const known = fragments.get(name) ?? text.trim()
        if (known !== text.trim()) throw new Error(`${name} is not the same in every document`)
        fragments.set(name, known)
        return name
      }
      const compacted = code.replace(/new TypedDocumentString\(`([^`]*)`/g, (_, document: string) => {
        const parts = document
          .replace(/\s+/g, ' ')
          .trim()
          .split(/(?=fragment \w+ on )/)
        const own = parts[0]?.startsWith('fragment ') ? '' : (parts.shift() ?? '')
        return `/* @__PURE__ */ new TypedDocumentString([\`${own}\`, ${parts.map(named).join(', ')}].join(' ')`
      })
      return [...fragments].map(([name, text]) => `const ${name} = \`${text}\`\n`).join('') + compacted
    },
  },
}

const MAIN = here('src/main.tsx')
const firstPage = new Set<string>()

/** Whether a module is loaded before the list is shown; what GraphiQL needs as well stays by itself. */
function isOfFirstPage(id: string, getModuleInfo: (id: string) => { importedIds: readonly string[] } | null): boolean {
  const left = firstPage.size === 0 ? [MAIN] : []
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (firstPage.has(next) || /graphql-ws|src\/(token|text)\.ts/.test(next)) continue
    firstPage.add(next)
    left.push(...(getModuleInfo(next)?.importedIds ?? []))
  }
  return id !== MAIN && firstPage.has(id)
}

export default defineConfig({
  plugins: [compactDocuments],
  root: here('.'),
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: here('../static'),
    emptyOutDir: true,
    assetsDir: 'assets',
    // Files of their own instead of data: addresses, which the content security policy is tight about.
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    manifest: true,
    rolldownOptions: {
      input: { index: here('index.html'), graphiql: here('graphiql.html') },
      // What the first page is made of is one file: a dozen small ones compress worse, and are asked for one by one.
      preserveEntrySignatures: 'allow-extension',
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: (id, chunking) => (isOfFirstPage(id, (one) => chunking.getModuleInfo(one)) ? 'page' : null) },
          ],
        },
      },
      // GraphiQL's libraries are marked for servers that render React, which nobody does here.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
      },
    },
  },
})
