/** What was changed in files, in words and line by line. */

import type { FileStatus } from './generated/graphql'

export interface Sum {
  fileCount: number
  added: number
  removed: number
}

/** 3 files changed, +40 −2 */
export function changedWords({ fileCount, added, removed }: Sum): string {
  if (fileCount === 0) return 'no files changed'
  const files = fileCount === 1 ? '1 file' : `${fileCount.toLocaleString('en')} files`
  return `${files} changed, +${added.toLocaleString('en')} −${removed.toLocaleString('en')}`
}

export function mark(status: FileStatus): string {
  switch (status) {
    case 'ADDED':
      return 'A'
    case 'MODIFIED':
      return 'M'
    case 'DELETED':
      return 'D'
    case 'RENAMED':
      return 'R'
  }
}

export type LineKind = 'added' | 'removed' | 'place' | undefined

/** The lines of a unified diff, each with its sign. */
export function linesOf(diff: string): { kind: LineKind; text: string }[] {
  return diff.split('\n').map((text) => ({ kind: kindOf(text), text }))
}

function kindOf(line: string): LineKind {
  if (line.startsWith('@@')) return 'place'
  if (line.startsWith('+')) return 'added'
  if (line.startsWith('-')) return 'removed'
  return undefined
}
