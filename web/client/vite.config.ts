import { fileURLToPath } from 'node:url'

import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The generated documents without their indentation, and droppable where nobody uses them: a fifth of the page. */
const compactDocuments: Plugin = {
  name: 'compact-documents',
  transform: {
    filter: { id: /src\/generated\/graphql\.ts$/ },
    handler: (code) =>
      code.replace(/new TypedDocumentString\(`([^`]*)`/g, (_, document: string) => {
        return `/* @__PURE__ */ new TypedDocumentString(\`${document.replace(/\s+/g, ' ').trim()}\``
      }),
  },
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
      // GraphiQL's libraries are marked for servers that render React, which nobody does here.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
      },
    },
  },
})
