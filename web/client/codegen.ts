import type { CodegenConfig } from '@graphql-codegen/cli'

/**
 * Types of the documents in src/documents, from the schema that the server prints.
 * STEPWIRE_SCHEMA names another file, for work against a schema that is not printed yet.
 */
const config: CodegenConfig = {
  schema: process.env['STEPWIRE_SCHEMA'] ?? '../../schema/schema.graphql',
  documents: ['src/documents/*.graphql', '../trail.graphql'],
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { DateTime: 'string', Cursor: 'string', JSON: 'unknown' },
      },
    },
  },
}

export default config
