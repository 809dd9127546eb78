/** What a person may do, as the answers of the server tell it: done, or the reason why not and the field it is about. */

import {
  AcknowledgeFailureGroupDocument,
  type AgentInput,
  AnswerPermissionDocument,
  AnswerQuestionDocument,
  ApproveDocument,
  CancelPipelineDocument,
  DeleteAgentDocument,
  DeleteTemplateDocument,
  DismissQuestionDocument,
  type FieldAnswer,
  RejectDocument,
  ResolveFailureGroupDocument,
  RetryStepDocument,
  type RetryStepInput,
  SaveAgentDocument,
  SaveTemplateDocument,
  SkipStepDocument,
  SupplyHandoffDocument,
  TrustDirectoryDocument,
  type TemplateInput,
} from './generated/graphql'
import { type Ask, sentence } from './request'

/** What may be sent along so that a refusal that only asked back is none. */
export interface Insisted {
  force?: boolean
  createBranch?: boolean
}

export interface Refusal {
  message: string
  field: string[]
  /** What would have it done all the same. */
  insist?: { label: string; on: Insisted }
  /** Another version of what was to be saved, by somebody else; null: it is gone. */
  stored?: unknown
}

/** What was asked for now, and all that was insisted on before: one may be asked twice. */
export function insisting({ label, on }: NonNullable<Refusal['insist']>, before: Insisted) {
  return { label, on: { ...before, ...on } }
}

export type Outcome = { done: true } | ({ done: false } & Refusal)

export type Actions = ReturnType<typeof createActions>

export function createActions(ask: Ask) {
  const retry = (input: RetryStepInput, { force = false, createBranch = false }: Insisted): Promise<Outcome> =>
    settled(async () => (await ask(RetryStepDocument, { input: { ...input, createBranch }, force })).retryStep)
  return {
    retry,
    /** Every pipeline that stands failed for a cause; what could not be is told with its reason. */
    retryAll: async (cause: string, onProgress: (done: number) => void): Promise<Outcome> => {
      try {
        const { retryAll } = await import('./retry-all')
        return await retryAll(ask, retry, cause, onProgress)
      } catch (problem) {
        return { done: false, message: sentence(problem), field: [] }
      }
    },
    cancel: (id: string, reason: string | null) =>
      settled(async () => (await ask(CancelPipelineDocument, { id, reason })).cancelPipeline),
    trust: (path: string) => settled(async () => (await ask(TrustDirectoryDocument, { path })).trustDirectory),
    skip: (stepId: string, reason: string, { force = false }: Insisted) =>
      settled(async () => (await ask(SkipStepDocument, { stepId, reason, force })).skipStep),
    supply: (stepId: string, markdown: string, { force = false }: Insisted) =>
      settled(async () => (await ask(SupplyHandoffDocument, { stepId, markdown, force })).supplyHandoff),
    permit: (attentionId: string, always: boolean) =>
      settled(async () => {
        const variables = { attentionId, allow: true, always }
        return (await ask(AnswerPermissionDocument, variables)).answerPermission
      }),
    forbid: (attentionId: string, message: string | null) =>
      settled(async () => {
        const variables = { attentionId, allow: false, always: false, message }
        return (await ask(AnswerPermissionDocument, variables)).answerPermission
      }),
    answer: (attentionId: string, fields: FieldAnswer[]) =>
      settled(async () => (await ask(AnswerQuestionDocument, { attentionId, fields })).answerQuestion),
    dismiss: (attentionId: string) =>
      settled(async () => (await ask(DismissQuestionDocument, { attentionId })).dismissQuestion),
    approve: (approvalId: string, comment: string | null) =>
      settled(async () => (await ask(ApproveDocument, { approvalId, comment })).approve),
    reject: (approvalId: string, comment: string | null) =>
      settled(async () => (await ask(RejectDocument, { approvalId, comment })).reject),
    acknowledge: (id: string) =>
      settled(async () => (await ask(AcknowledgeFailureGroupDocument, { id })).acknowledgeFailureGroup),
    resolve: (id: string) => settled(async () => (await ask(ResolveFailureGroupDocument, { id })).resolveFailureGroup),
    saveAgent: (name: string | null, input: AgentInput, revision: string | null) =>
      settled(async () => (await ask(SaveAgentDocument, { name, input, revision })).saveAgent),
    deleteAgent: (name: string, revision: string | null) =>
      settled(async () => (await ask(DeleteAgentDocument, { name, revision })).deleteAgent),
    saveTemplate: (name: string | null, input: TemplateInput, revision: string | null) =>
      settled(async () => (await ask(SaveTemplateDocument, { name, input, revision })).saveTemplate),
    deleteTemplate: (name: string, revision: string) =>
      settled(async () => (await ask(DeleteTemplateDocument, { name, revision })).deleteTemplate),
  }
}

interface Answer {
  __typename: string
  message?: string
  field?: string[]
  stored?: unknown
}

const REFUSALS = new Set([
  'InvalidInput',
  'NotFound',
  'NotAllowed',
  'Forbidden',
  'DirectoryBusy',
  'UnknownBranch',
  'EditConflict',
  'StorageUnavailable',
])

const INSIST: { [typename: string]: Refusal['insist'] } = {
  DirectoryBusy: { label: 'Go on all the same', on: { force: true } },
  UnknownBranch: { label: 'Create the branch', on: { createBranch: true } },
}

/** The outcome of an answer that is a union: its refusals are expected, and everything else means done. */
export function outcomeOf(answer: Answer): Outcome {
  if (!REFUSALS.has(answer.__typename)) return { done: true }
  const { message = 'stepwire refused', field = [], stored } = answer
  const insist = INSIST[answer.__typename]
  return {
    done: false,
    message,
    field,
    ...(insist && { insist }),
    ...(stored !== undefined && { stored }),
  }
}

async function settled(mutate: () => Promise<Answer>): Promise<Outcome> {
  try {
    return outcomeOf(await mutate())
  } catch (problem) {
    return { done: false, message: sentence(problem), field: [] }
  }
}

/** A key that makes pressing twice the same as pressing once. */
export function newKey(): string {
  // randomUUID is missing on pages that were not loaded over HTTPS or from loopback.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
