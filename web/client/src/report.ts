/** A failure as Markdown, to paste into an issue or a chat. */

import { callWords } from './activity'
import type { FailureCardFragment } from './generated/graphql'
import { kindWords } from './status'
import { plain } from './text'

export function failureReport(failure: FailureCardFragment): string {
  const { pipeline, step, evidence } = failure
  const lines = [
    `## ${plain(failure.message)}`,
    '',
    `- what now: ${plain(failure.hint)}`,
    `- kind: ${kindWords(failure.kind)} (origin: ${failure.origin.toLowerCase()}${status(failure.statusCode)})`,
    `- pipeline: ${plain(pipeline.title)}${pipeline.template ? `, template ${plain(pipeline.template)}` : ''}`,
    `- step ${step.position + 1}: ${plain(step.agent ?? 'approval')}, attempt ${failure.attempt}`,
    `- at: ${failure.occurredAt}`,
    `- id: ${failure.id}`,
    ...section(
      'Causes',
      failure.causes.map(({ source, message }) => `- ${plain(source)}: ${plain(message)}`),
    ),
    ...section('Detail', failure.detail ? [fenced(failure.detail)] : []),
  ]
  if (evidence) lines.push(...evidenceLines(evidence))
  return `${lines.join('\n')}\n`
}

function evidenceLines(evidence: NonNullable<FailureCardFragment['evidence']>): string[] {
  const { lastTool, engineRetries, sideEffects, lastText } = evidence
  return [
    ...section(
      'Session',
      [evidence.sessionId, evidence.model].flatMap((one) => (one ? [`- ${plain(one)}`] : [])),
    ),
    ...section(
      'Last tool call',
      lastTool
        ? [`${plain(callWords(lastTool))} (${plain(lastTool.status)})`, fenced(lastTool.error ?? lastTool.output ?? '')]
        : [],
    ),
    ...section('Last words', lastText ? [fenced(lastText)] : []),
    ...section(
      "OpenCode's own retries",
      engineRetries.map((retry) => `- ${retry.attempt}: ${plain(retry.message)}`),
    ),
    ...section(
      'What the step had changed',
      sideEffects.map((effect) => `- ${plain(effect)}`),
    ),
  ]
}

function section(title: string, lines: string[]): string[] {
  return lines.length > 0 ? ['', `### ${title}`, '', ...lines] : []
}

/** A fence that nothing in the text can close. */
function fenced(text: string): string {
  const clean = plain(text)
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${clean}\n${fence}`
}

function status(code: number | null): string {
  return code === null ? '' : `, status ${code}`
}
