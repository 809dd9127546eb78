/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** An agent as agents.yaml shall define it. */
export type AgentInput = {
  /** What it is good for, for people. */
  description?: string | null | undefined;
  /** Its name in OpenCode. */
  engineAgent: string;
  /** What goes along with each of its prompts. */
  instructions?: string | null | undefined;
  /** provider/model where a step names none; null leaves the choice to OpenCode. */
  model?: string | null | undefined;
  /** How templates call it; another name than before renames it. */
  name: string;
};

/** Where an approval stands. */
export type ApprovalStatus =
  /** A person let the pipeline go on. */
  | 'APPROVED'
  /** The pipeline was cancelled before anybody decided. */
  | 'CANCELLED'
  /** Nobody decided in time; the step has failed. */
  | 'EXPIRED'
  /** Nobody has decided yet. */
  | 'PENDING'
  /** A person did not; the step has failed. */
  | 'REJECTED';

/** What keeps a step from moving, or is not as it was asked for, although it has not failed. */
export type AttentionKind =
  /** An approval is open: approve or reject it. */
  | 'APPROVAL'
  /** OpenCode does not answer, or does not open the folder; at nextAt it is given up. */
  | 'ENGINE_SILENT'
  /** OpenCode answers with another model than was asked for; the step goes on. */
  | 'MODEL_REPLACED'
  /** The agent asks to be allowed something: see permission, then answerPermission. */
  | 'PERMISSION'
  /** The agent asks a person: see question, then answerQuestion or dismissQuestion. */
  | 'QUESTION'
  /** The provider lets no request through until nextAt. */
  | 'RATE_LIMITED'
  /** OpenCode asks the provider again after a failure; nothing to do but wait. */
  | 'RETRYING'
  /** No sign of life from the agent for a while; at nextAt it fails. */
  | 'STALLED';

/** Who told what an attempt has changed. */
export type ChangeSource =
  /** OpenCode, as it keeps it of its session. */
  | 'ENGINE'
  /** Git: the files were compared with what they were before the attempt. */
  | 'GIT';

/** By which way somebody acts, as the client says of itself. */
export type Channel =
  /** By any other client. */
  | 'API'
  /** From the terminal, with the command stepwire. */
  | 'CLI'
  /** From the page. */
  | 'PAGE';

/** How far stepwire can work with what answers as its engine. */
export type EngineSupport =
  /** It should work; the tests do not run against just this one. */
  | 'EXPECTED'
  /** It cannot be used: it is another program, or a proxy. */
  | 'FOREIGN'
  /** It cannot be used: it is from before the release, and never says that it has finished. */
  | 'PREVIEW'
  /** It works with less: the message says what is missing. */
  | 'REDUCED'
  /** The tests run against it. */
  | 'TESTED'
  /** It cannot be used: it does not tell what has to be known. */
  | 'TOO_OLD';

/** The names of the events. */
export type EventType =
  /** The approval was given or refused, or it expired. */
  | 'APPROVAL_DECIDED'
  /** A person is asked whether to go on. */
  | 'APPROVAL_REQUESTED'
  /** The step moves again, or what held it up was answered. */
  | 'ATTENTION_CLEARED'
  /** The step is not moving, or the reason has changed: the same id again replaces what was said before. */
  | 'ATTENTION_RAISED'
  /** It is known what an attempt has changed in its folder, up to now or up to its end. */
  | 'CHANGES_FOUND'
  /** An agent, a template or a file with them is not what it was. */
  | 'DEFINITION_CHANGED'
  /** A person asked for OpenCode to be started. */
  | 'ENGINE_STARTED'
  /** A group of failures was acknowledged, resolved, or opened again. */
  | 'FAILURE_GROUP_CHANGED'
  /** Old pipelines were removed with their events. */
  | 'LOG_PRUNED'
  /** The pipeline succeeded, failed or was cancelled. */
  | 'PIPELINE_FINISHED'
  /** An ended or waiting pipeline goes on at this step, because of what a person did. */
  | 'PIPELINE_RESUMED'
  /** A person started the pipeline; nothing has run yet. */
  | 'PIPELINE_STARTED'
  /** OpenCode opened the session of an attempt, which can be looked into from now on. */
  | 'SESSION_OPENED'
  /** The step ended without success: failed, or cancelled when that is the failure's kind. */
  | 'STEP_FAILED'
  /** An attempt failed and another will follow. A person's retry is PipelineResumed, then StepStarted. */
  | 'STEP_RETRYING'
  /** A person went on without the step. */
  | 'STEP_SKIPPED'
  /** An attempt began. */
  | 'STEP_STARTED'
  /** The step is done, and its handoff is there. */
  | 'STEP_SUCCEEDED'
  /** A token was added or revoked. */
  | 'TOKEN_CHANGED'
  /** OpenCode may be asked about a directory from now on, or may not any more. */
  | 'TRUST_CHANGED';

/** All that is given must hold. Attention has neither kind nor origin of failure: either leaves it out. */
export type FailureFilter = {
  /** Of one of these kinds; null: of any. */
  kind?: Array<FailureKind> | null | undefined;
  /** With one of these to blame; null: whoever it is. */
  origin?: Array<FailureOrigin> | null | undefined;
  /** Of this pipeline; null: of any. */
  pipelineId?: string | number | null | undefined;
  /** In pipelines from the template of exactly this name; null: in any. */
  template?: string | null | undefined;
};

/** Whether somebody has looked into the failures of one cause. */
export type FailureGroupStatus =
  /** Somebody has seen those that there were. */
  | 'ACKNOWLEDGED'
  /** Nobody has, or it has come back. */
  | 'OPEN'
  /** It is mended; the next failure opens the group again. */
  | 'RESOLVED';

/** What happened, chosen from structure and never from wording; each with what to do about it. */
export type FailureKind =
  /** Read the agent's own words, change what they ask, then try again. Origin AGENT; not tried again by itself. */
  | 'AGENT_ERROR'
  /** Try again to ask anew. Origin PERSON; not tried again by itself. */
  | 'APPROVAL_EXPIRED'
  /** Do what the comment asks, then try again to ask anew. Origin PERSON; not tried again by itself. */
  | 'APPROVAL_REJECTED'
  /** Try again to go on from here. Origin PERSON; not tried again by itself. */
  | 'CANCELLED'
  /** Correct that file, then try again. Origin PIPELINE; not tried again by itself. */
  | 'CONFIG_INVALID'
  /** Try again with the prompt in other words, or with another model. Origin PROVIDER; not tried again by itself. */
  | 'CONTENT_FILTERED'
  /** Try again with a shorter prompt, or with a model that has a larger context. Origin PROVIDER; not tried again by itself. */
  | 'CONTEXT_OVERFLOW'
  /** Create the directory, then try again; or start a new pipeline in the right one. Origin PIPELINE; not tried again by itself. */
  | 'DIRECTORY_MISSING'
  /** Look into OpenCode's log; an old version or a proxy in between can cause this. Origin ENGINE; tried again by itself once. */
  | 'EMPTY_BODY'
  /** Somebody or something stopped the session in OpenCode; try again when that was not meant. Origin ENGINE; not tried again by itself. */
  | 'ENGINE_ABORTED'
  /** Look for the reference in OpenCode's log, then try again. Origin ENGINE; tried again by itself once. */
  | 'ENGINE_ERROR'
  /** See in OpenCode's log why it stopped, and in the directory what the step may have changed, then try again. Origin ENGINE; tried again by itself while attempts are left. */
  | 'ENGINE_LOST'
  /** Restart stepwire with OpenCode's user name and password (--opencode-username, --opencode-password); then try again. Origin ENGINE; not tried again by itself. */
  | 'ENGINE_UNAUTHORIZED'
  /** Start OpenCode, or correct the address that stepwire was given (--opencode-url), then try again. Origin ENGINE; tried again by itself while attempts are left. */
  | 'ENGINE_UNREACHABLE'
  /** Try again with an instruction that names the missing part, or supply the handoff by hand. Origin AGENT; tried again by itself once. */
  | 'HANDOFF_INVALID'
  /** Look for the reference in stepwire's log and report it; then try again. Origin PIPELINE; not tried again by itself. */
  | 'INTERNAL'
  /** Look in the directory for what the step may have changed, then try again. Origin PIPELINE; tried again by itself while attempts are left. */
  | 'INTERRUPTED'
  /** Check that the URL is OpenCode's own and that no proxy in between changes its answers. Origin ENGINE; tried again by itself once. */
  | 'INVALID_BODY'
  /** Try again, or tell the agent in its instructions that it must end with an answer. Origin AGENT; tried again by itself once. */
  | 'NO_OUTPUT'
  /** Try again with an instruction to answer in fewer words, or raise the model's output limit in OpenCode first. Origin AGENT; not tried again by itself. */
  | 'OUTPUT_TRUNCATED'
  /** Try again with an instruction that shows the agent another way. Origin PERSON; not tried again by itself. */
  | 'PERMISSION_DENIED'
  /** Try again and answer, or allow this in OpenCode's permissions for good. Origin PERSON; tried again by itself while attempts are left. */
  | 'PERMISSION_EXPIRED'
  /** Check the provider's key in OpenCode, then try again. Origin PROVIDER; not tried again by itself. */
  | 'PROVIDER_AUTH'
  /** Try again; if it stays, the provider or a proxy before it breaks its answers. Origin PROVIDER; tried again by itself once. */
  | 'PROVIDER_BAD_STREAM'
  /** Top up the provider's account or raise its limit, or use another model. Origin PROVIDER; not tried again by itself. */
  | 'PROVIDER_QUOTA'
  /** Wait until the provider lets requests through again, or use another model. Origin PROVIDER; tried again by itself while attempts are left, not before the provider allows it. */
  | 'PROVIDER_RATE_LIMITED'
  /** Do what the provider's words ask, at the provider or in OpenCode's settings, or use another model. Origin PROVIDER; not tried again by itself. */
  | 'PROVIDER_REJECTED'
  /** Check the provider's status and its address in OpenCode, or use another model. Origin PROVIDER; tried again by itself while attempts are left. */
  | 'PROVIDER_UNAVAILABLE'
  /** Try again with an instruction that answers the question. Origin PERSON; not tried again by itself. */
  | 'QUESTION_DISMISSED'
  /** Try again with the answer in the prompt, or try again and answer in time. Origin PERSON; tried again by itself while attempts are left. */
  | 'QUESTION_EXPIRED'
  /** See in the session what the agent repeats, then try again with an instruction or another model. Origin AGENT; not tried again by itself. */
  | 'RUNAWAY'
  /** Try again; if it stays, look at the provider and at OpenCode's log. Origin ENGINE; tried again by itself while attempts are left. */
  | 'STALLED'
  /** Try again with a longer limit, or split the step into smaller ones. Origin PIPELINE; tried again by itself while attempts are left. */
  | 'STEP_TIMEOUT'
  /** Mend what stopped the sub-agent, then try again. Origin AGENT; not tried again by itself. */
  | 'SUBAGENT_FAILED'
  /** Check that OpenCode's version is one that stepwire knows (stepwire doctor). Origin ENGINE; not tried again by itself. */
  | 'UNEXPECTED_SHAPE'
  /** Correct the agent's name in the template, or add it to OpenCode, then try again with today's definition. Origin PIPELINE; not tried again by itself. */
  | 'UNKNOWN_AGENT'
  /** Try again with a model that OpenCode has, or configure its provider there first. Origin PIPELINE; not tried again by itself. */
  | 'UNKNOWN_MODEL';

/** Who is to blame, and so where to look. */
export type FailureOrigin =
  /** Look at what the agent said or did: its prompt, its instructions, its model. */
  | 'AGENT'
  /** Look at OpenCode: is it up, is it the right one, what does its log say. */
  | 'ENGINE'
  /** Look at who was asked: somebody decided it, or nobody did in time. */
  | 'PERSON'
  /** Look at stepwire's own side: template, directory, limits, a restart. */
  | 'PIPELINE'
  /** Look at whoever runs the model: key, quota, status page. */
  | 'PROVIDER';

/** The answer to one field of a question. */
export type FieldAnswer = {
  /** QuestionField.key. */
  key: string;
  /** What is answered, as text: the values of the options chosen, a text, a number, true or false; empty: nothing. */
  values: Array<string>;
};

/** What a field of a question takes. */
export type FieldKind =
  /** Yes or no: true or false. */
  | 'BOOLEAN'
  /** One of the options. */
  | 'CHOICE'
  /** A whole number. */
  | 'INTEGER'
  /** Nothing: it is looked at, at its url. */
  | 'LINK'
  /** Any number of the options. */
  | 'MULTI'
  /** A number, e.g. 1.5. */
  | 'NUMBER'
  /** A text. */
  | 'TEXT';

/** What became of a file. */
export type FileStatus =
  /** It was not there before. */
  | 'ADDED'
  /** It is not there any more. */
  | 'DELETED'
  /** Its content, its mode or its kind is another one. */
  | 'MODIFIED'
  /** It has another name, and mostly the same content. */
  | 'RENAMED';

/** All that is given must hold. */
export type PipelineFilter = {
  /** With a step given to the agent of exactly this name; null: to whomever. */
  agent?: string | null | undefined;
  /** Standing failed for the cause of this FailureGroup.id; null: whatever the cause. */
  cause?: string | number | null | undefined;
  /** At work in exactly this directory, an absolute path; null: anywhere. */
  directory?: string | null | undefined;
  /** Ended by a failure of one of these kinds; null: whatever became of it. */
  failureKind?: Array<FailureKind> | null | undefined;
  /** In this section of the list; null: in any. */
  section?: PipelineSection | null | undefined;
  /** Asked for then or later; null: at any time. */
  since?: string | null | undefined;
  /** One of these; null: any. */
  status?: Array<PipelineStatus> | null | undefined;
  /** Started from the template of exactly this name; null: from any, or none. */
  template?: string | null | undefined;
  /** Words that are looked for in title, prompt, template, directory, branch, agents and messages of failures; all have to be there, whatever the case. Null: anything. */
  text?: string | null | undefined;
  /** Asked for before then; null: up to now. */
  until?: string | null | undefined;
};

/** Where a pipeline stands in the list that people look at; every pipeline is in one. */
export type PipelineSection =
  /** It succeeded, was cancelled, or failed and somebody has settled that. */
  | 'DONE'
  /** A person is asked, or it stands failed and nobody has settled it. */
  | 'NEEDS_YOU'
  /** It is at work, or waits for its turn. */
  | 'RUNNING';

/** Where a pipeline stands. */
export type PipelineStatus =
  /** A person ended it. It can be tried again. */
  | 'CANCELLED'
  /** A step did not succeed; errorMessage says why. It can be tried again. */
  | 'FAILED'
  /** It waits for its turn. */
  | 'PENDING'
  /** A step of it is being worked on, or the next attempt is waited for. */
  | 'RUNNING'
  /** Every step has succeeded or was skipped. */
  | 'SUCCEEDED'
  /** A person is asked: see its attention. */
  | 'WAITING';

/** One way on from a step that did not succeed. */
export type Remedy =
  /** Try again with a further `instruction`. */
  | 'FURTHER_INSTRUCTION'
  /** Try again with a longer `timeoutSeconds`. */
  | 'LONGER_LIMIT'
  /** Try again with another `model`. */
  | 'OTHER_MODEL'
  /** Try again with another `prompt`. */
  | 'OTHER_PROMPT'
  /** Write the output in the agent's place: supplyHandoff. */
  | 'SUPPLY_HANDOFF'
  /** Try again with template and agent as they are defined now: `today`. */
  | 'TODAYS_DEFINITION'
  /** Try again as it is: retryStep. */
  | 'TRY_AGAIN';

/** Whether another attempt follows a failed one by itself. */
export type RetryOutcome =
  /** It does not: no attempt is left. */
  | 'EXHAUSTED'
  /** It does not: it would fail in the same way. */
  | 'NOT_RETRYABLE'
  /** It does, at nextAttemptAt. */
  | 'RETRYING';

/** What a further attempt does differently; what is absent stays as it was. */
export type RetryStepInput = {
  /** Whether the pipeline's branch is made anew where it is gone; false: UnknownBranch is answered. */
  createBranch?: boolean | null | undefined;
  /** The same request under the same key does nothing more, returns the pipeline; null: each counts. */
  idempotencyKey?: string | null | undefined;
  /** Appended to the prompt of this attempt, at most 20,000 characters; null: nothing. */
  instruction?: string | null | undefined;
  /** provider/model; null: as before. */
  model?: string | null | undefined;
  /** What the step is asked from now on in place of the pipeline's prompt, Markdown; null: as before. */
  prompt?: string | null | undefined;
  /** Step.id of the one to try again. */
  stepId: string | number;
  /** Time limit of one attempt, 1 second to 30 days, in seconds; null: as before. */
  timeoutSeconds?: number | null | undefined;
  /** Whether its template and agent count as they are defined now; false: as when the pipeline began. */
  today?: boolean | null | undefined;
};

/** What a principal may do. */
export type Right =
  /** Edit definitions and manage tokens. */
  | 'ADMINISTER'
  /** Decide approvals and permissions. */
  | 'DECIDE'
  /** Start pipelines, and act on them. */
  | 'OPERATE'
  /** Ask, and follow. */
  | 'READ';

/** What a token is for; each may also do what those before it may. */
export type Role =
  /** Edits definitions and manages tokens. */
  | 'ADMIN'
  /** Decides approvals and permissions. */
  | 'APPROVER'
  /** Starts, tries again, skips, cancels, and answers agents' questions. */
  | 'OPERATOR'
  /** Reads, and follows. */
  | 'VIEWER';

/** What to start: a prompt, and either a template or steps. */
export type StartPipelineInput = {
  /** Git branch to work on, checked out when the server does that; null: as it is. */
  branch?: string | null | undefined;
  /** Whether the branch is made where it is not there; false: UnknownBranch is answered. */
  createBranch?: boolean | null | undefined;
  /** Absolute path that the agents work in; null: wherever OpenCode was started, refused under roots. */
  directory?: string | null | undefined;
  /** owner/name#number: its text goes before the prompt; null: none does. */
  githubIssue?: string | null | undefined;
  /** At most 200 characters; the same request under the same key returns the pipeline that it started. Null: each starts one. */
  idempotencyKey?: string | null | undefined;
  /** Other models than the steps have, at most one for each; null: those they have. */
  models?: Array<StepModelInput> | null | undefined;
  /** What is to be done, Markdown, at most 1,000,000 characters; goes to every agent. */
  prompt: string;
  /** 1 to 100, in the order in which they run; null when a template is given. */
  steps?: Array<StepInput> | null | undefined;
  /** Name of the template to take the steps from; null when steps are given. */
  template?: string | null | undefined;
  /** For people, at most 200 characters; null takes the prompt's first line. */
  title?: string | null | undefined;
};

/** One step of a pipeline or template. */
export type StepInput = {
  /** Name in agents.yaml; failing that, OpenCode's own agent of that name; null for an approval. */
  agent?: string | null | undefined;
  /** What the agent is told that its part is, or the person asked; null: nothing. */
  description?: string | null | undefined;
  /** Seconds until an open approval fails the step; null: never. */
  expiresAfterSeconds?: number | null | undefined;
  /** JSON Schema that the handoff must satisfy; null: any handoff will do. */
  handoffSchema?: unknown;
  /** Whether an agent works or a person decides. */
  kind?: StepKind | null | undefined;
  /** Attempts in all, 1 to 20; null takes the server's number. */
  maxAttempts?: number | null | undefined;
  /** provider/model; null takes the agent's own. */
  model?: string | null | undefined;
  /** Seconds until an open approval is said once more; null: never. */
  remindAfterSeconds?: number | null | undefined;
  /** Time limit of one attempt, 1 to 2,592,000 seconds; null takes the server's. */
  timeoutSeconds?: number | null | undefined;
};

/** Who has the turn in a step. */
export type StepKind =
  /** An agent does some work. */
  | 'AGENT'
  /** A person says whether the pipeline may go on. */
  | 'APPROVAL';

/** A model for one step of this start alone, or for all that an agent works on. */
export type StepModelInput = {
  /** provider/model, in place of the template's and the agent's. */
  model: string;
  /** Step.position, from 0; null: every step of an agent that no other choice names. */
  position?: number | null | undefined;
};

/** Where a step or an attempt stands. */
export type StepStatus =
  /** It ended because a person cancelled the pipeline. */
  | 'CANCELLED'
  /** It ended without success; errorMessage says why. */
  | 'FAILED'
  /** It waits for its turn. */
  | 'PENDING'
  /** An attempt is being made, or the next one is waited for. */
  | 'RUNNING'
  /** A person went on without it. */
  | 'SKIPPED'
  /** It is done, and its handoff is there. */
  | 'SUCCEEDED'
  /** A person is asked: see its attention. */
  | 'WAITING';

/** A template as pipelines.yaml shall define it. */
export type TemplateInput = {
  /** What it is for, for people. */
  description?: string | null | undefined;
  /** How it is started; another name than before renames it. */
  name: string;
  /** 1 to 100, in the order in which they run. */
  steps: Array<StepInput>;
};

export type AuditQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  pipelineId?: string | number | null | undefined;
  types?: Array<EventType> | EventType | null | undefined;
  since?: string | null | undefined;
  until?: string | null | undefined;
}>;


export type AuditQuery = { events: { pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, nodes: Array<
      | { __typename: 'ApprovalDecided', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, expiresAt: string | null, decidedBy: { name: string } | null }, actor: { name: string } | null }
      | { __typename: 'ApprovalRequested', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, expiresAt: string | null, decidedBy: { name: string } | null }, actor: { name: string } | null }
      | { __typename: 'AttentionCleared', attentionId: string, kind: AttentionKind, answer: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'AttentionRaised', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, attention: { id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, question: { options: Array<string> } | null }, actor: { name: string } | null }
      | { __typename: 'ChangesFound', attempt: number, files: number, added: number, removed: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'DefinitionChanged', definition: string, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null }
      | { __typename: 'EngineStarted', reachable: boolean, url: string, version: string | null, message: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null }
      | { __typename: 'FailureGroupChanged', cursor: string, at: string, channel: Channel | null, sentence: string, group: { id: string, kind: FailureKind, title: string, count: number, status: FailureGroupStatus, acknowledgement: { note: string | null } | null }, actor: { name: string } | null }
      | { __typename: 'LogPruned', before: string, events: number, pipelines: number, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null }
      | { __typename: 'PipelineFinished', status: PipelineStatus, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, actor: { name: string } | null }
      | { __typename: 'PipelineResumed', reason: string, model: string | null, instruction: string | null, timeoutSeconds: number | null, prompt: string | null, today: boolean, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'PipelineStarted', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, actor: { name: string } | null }
      | { __typename: 'SessionOpened', attempt: number, sessionId: string, model: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'StepFailed', attempt: number, errorMessage: string, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, statusCode: number | null, retryable: boolean, attempt: number, causes: Array<{ source: string, message: string }>, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number } }, actor: { name: string } | null }
      | { __typename: 'StepRetrying', attempt: number, errorMessage: string, nextAttemptAt: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, statusCode: number | null, retryable: boolean, attempt: number, causes: Array<{ source: string, message: string }>, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number } }, actor: { name: string } | null }
      | { __typename: 'StepSkipped', reason: string, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'StepStarted', attempt: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'StepSucceeded', attempt: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null }
      | { __typename: 'TokenChanged', token: string, role: Role, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null }
      | { __typename: 'TrustChanged', directory: string, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null }
    > } };

export type StepChangesQueryVariables = Exact<{
  stepId: string | number;
}>;


export type StepChangesQuery = { node:
    | { __typename: 'Approval' }
    | { __typename: 'Failure' }
    | { __typename: 'FailureGroup' }
    | { __typename: 'Pipeline' }
    | { __typename: 'Step', attempts: Array<{ number: number, changes: { source: ChangeSource | null, unknown: string | null, fileCount: number, added: number, removed: number, truncated: boolean, sharedWith: Array<string>, files: Array<{ path: string, previousPath: string | null, status: FileStatus, added: number, removed: number, binary: boolean, diff: string, truncated: boolean }> } | null }> }
   | null };

export type ChangedFragment = { source: ChangeSource | null, unknown: string | null, fileCount: number, added: number, removed: number, truncated: boolean, sharedWith: Array<string>, files: Array<{ path: string, previousPath: string | null, status: FileStatus, added: number, removed: number, binary: boolean, diff: string, truncated: boolean }> };

export type ChangesSoFarQueryVariables = Exact<{
  id: string | number;
}>;


export type ChangesSoFarQuery = { pipeline: { steps: Array<{ id: string, attempts: Array<{ changes: { unknown: string | null, fileCount: number, added: number, removed: number } | null }> }> } | null };

export type DefinitionsQueryVariables = Exact<{
  directory?: string | null | undefined;
}>;


export type DefinitionsQuery = { templates: Array<{ name: string, description: string, problems: Array<string>, revision: string, steps: Array<{ kind: StepKind, agent: string | null, description: string | null, model: string | null, timeoutSeconds: number | null, maxAttempts: number | null, remindAfterSeconds: number | null, expiresAfterSeconds: number | null, handoffSchema: unknown }> }>, agents: Array<{ name: string, description: string, engineAgent: string, defined: boolean, model: string | null, instructions: string, available: boolean | null, problems: Array<string>, revision: string | null }> };

export type TemplateCardFragment = { name: string, description: string, problems: Array<string>, revision: string, steps: Array<{ kind: StepKind, agent: string | null, description: string | null, model: string | null, timeoutSeconds: number | null, maxAttempts: number | null, remindAfterSeconds: number | null, expiresAfterSeconds: number | null, handoffSchema: unknown }> };

export type AgentCardFragment = { name: string, description: string, engineAgent: string, defined: boolean, model: string | null, instructions: string, available: boolean | null, problems: Array<string>, revision: string | null };

export type ModelsQueryVariables = Exact<{
  directory?: string | null | undefined;
  search?: string | null | undefined;
}>;


export type ModelsQuery = { models: Array<{ name: string }> | null };

export type TemplateNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type TemplateNamesQuery = { templates: Array<{ name: string }> };

export type ConflictsQueryVariables = Exact<{
  directory: string;
}>;


export type ConflictsQuery = { conflicts: Array<{ id: string, title: string, status: PipelineStatus, directory: string | null }> };

export type SaveAgentMutationVariables = Exact<{
  name?: string | null | undefined;
  input: AgentInput;
  revision?: string | null | undefined;
}>;


export type SaveAgentMutation = { saveAgent:
    | { __typename: 'Agent' }
    | { __typename: 'EditConflict', message: string, stored:
        | { name: string, description: string, engineAgent: string, defined: boolean, model: string | null, instructions: string, available: boolean | null, problems: Array<string>, revision: string | null }
        | Record<PropertyKey, never>
       | null }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type DeleteAgentMutationVariables = Exact<{
  name: string;
  revision?: string | null | undefined;
}>;


export type DeleteAgentMutation = { deleteAgent:
    | { __typename: 'Deleted' }
    | { __typename: 'EditConflict', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type SaveTemplateMutationVariables = Exact<{
  name?: string | null | undefined;
  input: TemplateInput;
  revision?: string | null | undefined;
}>;


export type SaveTemplateMutation = { saveTemplate:
    | { __typename: 'EditConflict', message: string, stored:
        | { name: string, description: string, problems: Array<string>, revision: string, steps: Array<{ kind: StepKind, agent: string | null, description: string | null, model: string | null, timeoutSeconds: number | null, maxAttempts: number | null, remindAfterSeconds: number | null, expiresAfterSeconds: number | null, handoffSchema: unknown }> }
        | Record<PropertyKey, never>
       | null }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'Template' }
   };

export type DeleteTemplateMutationVariables = Exact<{
  name: string;
  revision?: string | null | undefined;
}>;


export type DeleteTemplateMutation = { deleteTemplate:
    | { __typename: 'Deleted' }
    | { __typename: 'EditConflict', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type DirectoryQueryVariables = Exact<{
  path?: string | null | undefined;
}>;


export type DirectoryQuery = { directory:
    | { __typename: 'Directory', path: string, parent: string | null, isRepository: boolean, entries: Array<{ name: string, path: string, isRepository: boolean }> }
    | { __typename: 'InvalidInput', message: string }
   };

export type TrustQueryVariables = Exact<{
  path: string;
}>;


export type TrustQuery = { directory:
    | { __typename: 'Directory', path: string, trusted: boolean }
    | { __typename: 'InvalidInput' }
   };

export type TrustDirectoryMutationVariables = Exact<{
  path: string;
}>;


export type TrustDirectoryMutation = { trustDirectory:
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'TrustedDirectory' }
   };

export type GithubIssueQueryVariables = Exact<{
  reference: string;
}>;


export type GithubIssueQuery = { githubIssue:
    | { __typename: 'GithubIssue', reference: string, markdown: string }
    | { __typename: 'InvalidInput', message: string }
   };

export type StartEngineMutationVariables = Exact<{ [key: string]: never; }>;


export type StartEngineMutation = { startEngine: { reachable: boolean, message: string | null } };

export type ReasonFragment = { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } };

export type KnownFragment = { at: string, note: string | null, count: number, by: { name: string } | null };

export type AskFragment = { id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null };

export type StepRowFragment = { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> };

export type PipelineRowFragment = { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> };

export type UsagesFragment = { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null };

export type EvidencesFragment = { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> };

export type FailureCardFragment = { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } };

export type PipelineStoryFragment = { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> };

export type FeedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FeedSubscription = { events:
    | { __typename: 'ApprovalDecided', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'ApprovalRequested', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'AttentionCleared', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'AttentionRaised', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }, attention: { kind: AttentionKind, message: string } }
    | { __typename: 'ChangesFound', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'DefinitionChanged', cursor: string, at: string, definition: string, change: string }
    | { __typename: 'EngineStarted', cursor: string, at: string }
    | { __typename: 'FailureGroupChanged', cursor: string, at: string, group: { id: string, kind: FailureKind, title: string, count: number, firstSeenAt: string, lastSeenAt: string, lastSuccessAt: string | null, status: FailureGroupStatus, acknowledgement: { at: string, note: string | null, count: number, by: { name: string } | null } | null } }
    | { __typename: 'Heartbeat', cursor: string, at: string }
    | { __typename: 'LogPruned', cursor: string, at: string }
    | { __typename: 'PipelineFinished', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'PipelineResumed', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'PipelineStarted', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'Resync', reason: string, cursor: string }
    | { __typename: 'SessionOpened', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'StepFailed', cursor: string, at: string, errorMessage: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }, step: { id: string, agent: string | null } }
    | { __typename: 'StepRetrying', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'StepSkipped', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'StepStarted', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'StepSucceeded', cursor: string, at: string, pipeline: { id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> } }
    | { __typename: 'TokenChanged', cursor: string, at: string }
    | { __typename: 'TrustChanged', cursor: string, at: string }
   };

export type StorySubscriptionVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type StorySubscription = { events:
    | { __typename: 'ApprovalDecided', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'ApprovalRequested', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'AttentionCleared', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'AttentionRaised', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'ChangesFound', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'DefinitionChanged', cursor: string, at: string }
    | { __typename: 'EngineStarted', cursor: string, at: string }
    | { __typename: 'FailureGroupChanged', cursor: string, at: string }
    | { __typename: 'Heartbeat', cursor: string, at: string }
    | { __typename: 'LogPruned', cursor: string, at: string }
    | { __typename: 'PipelineFinished', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'PipelineResumed', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'PipelineStarted', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'Resync', reason: string, cursor: string }
    | { __typename: 'SessionOpened', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'StepFailed', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'StepRetrying', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'StepSkipped', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'StepStarted', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'StepSucceeded', cursor: string, at: string, pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } }
    | { __typename: 'TokenChanged', cursor: string, at: string }
    | { __typename: 'TrustChanged', cursor: string, at: string }
   };

export type EngineStateSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type EngineStateSubscription = { engine: { reachable: boolean, product: string | null, version: string | null, url: string, support: EngineSupport | null, message: string | null, since: string | null } };

export type ActivitySubscriptionVariables = Exact<{
  stepId: string | number;
}>;


export type ActivitySubscription = { activity:
    | { __typename: 'ActivitySnapshot', text: string, tools: Array<{ tool: string, input: unknown, status: string, error: string | null, output: string | null }>, todos: Array<{ content: string, status: string }> }
    | { __typename: 'TextDelta', delta: string }
    | { __typename: 'TodosChanged', todos: Array<{ content: string, status: string }> }
    | { __typename: 'ToolProgress', callId: string, title: string | null, call: { tool: string, input: unknown, status: string, error: string | null, output: string | null } }
   };

export type CallFragment = { tool: string, input: unknown, status: string, error: string | null, output: string | null };

export type StartPipelineMutationVariables = Exact<{
  input: StartPipelineInput;
  force: boolean;
}>;


export type StartPipelineMutation = { startPipeline:
    | { __typename: 'DirectoryBusy', message: string, conflicts: Array<{ id: string, title: string, status: PipelineStatus }> }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'Pipeline', id: string }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string, near: Array<string> }
   };

export type RetryStepMutationVariables = Exact<{
  input: RetryStepInput;
  force: boolean;
}>;


export type RetryStepMutation = { retryStep:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type CancelPipelineMutationVariables = Exact<{
  id: string | number;
  reason?: string | null | undefined;
}>;


export type CancelPipelineMutation = { cancelPipeline:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type SkipStepMutationVariables = Exact<{
  stepId: string | number;
  reason: string;
  force: boolean;
}>;


export type SkipStepMutation = { skipStep:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type SupplyHandoffMutationVariables = Exact<{
  stepId: string | number;
  markdown: string;
  force: boolean;
}>;


export type SupplyHandoffMutation = { supplyHandoff:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type AnswerPermissionMutationVariables = Exact<{
  attentionId: string | number;
  allow: boolean;
  always: boolean;
  message?: string | null | undefined;
}>;


export type AnswerPermissionMutation = { answerPermission:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type AnswerQuestionMutationVariables = Exact<{
  attentionId: string | number;
  fields: Array<FieldAnswer> | FieldAnswer;
}>;


export type AnswerQuestionMutation = { answerQuestion:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

export type DismissQuestionMutationVariables = Exact<{
  attentionId: string | number;
}>;


export type DismissQuestionMutation = { dismissQuestion:
    | { __typename: 'DirectoryBusy', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string, field: Array<string> }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'Pipeline' }
    | { __typename: 'StorageUnavailable', message: string }
    | { __typename: 'UnknownBranch', message: string }
   };

type Outcome_DirectoryBusy_Fragment = { __typename: 'DirectoryBusy', message: string };

type Outcome_Forbidden_Fragment = { __typename: 'Forbidden', message: string };

type Outcome_InvalidInput_Fragment = { __typename: 'InvalidInput', message: string, field: Array<string> };

type Outcome_NotAllowed_Fragment = { __typename: 'NotAllowed', message: string };

type Outcome_NotFound_Fragment = { __typename: 'NotFound', message: string };

type Outcome_Pipeline_Fragment = { __typename: 'Pipeline' };

type Outcome_StorageUnavailable_Fragment = { __typename: 'StorageUnavailable', message: string };

type Outcome_UnknownBranch_Fragment = { __typename: 'UnknownBranch', message: string };

export type OutcomeFragment =
  | Outcome_DirectoryBusy_Fragment
  | Outcome_Forbidden_Fragment
  | Outcome_InvalidInput_Fragment
  | Outcome_NotAllowed_Fragment
  | Outcome_NotFound_Fragment
  | Outcome_Pipeline_Fragment
  | Outcome_StorageUnavailable_Fragment
  | Outcome_UnknownBranch_Fragment
;

export type ApproveMutationVariables = Exact<{
  approvalId: string | number;
  comment?: string | null | undefined;
}>;


export type ApproveMutation = { approve:
    | { __typename: 'Approval' }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type RejectMutationVariables = Exact<{
  approvalId: string | number;
  comment?: string | null | undefined;
}>;


export type RejectMutation = { reject:
    | { __typename: 'Approval' }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotAllowed', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type AcknowledgeFailureGroupMutationVariables = Exact<{
  id: string | number;
}>;


export type AcknowledgeFailureGroupMutation = { acknowledgeFailureGroup:
    | { __typename: 'FailureGroup' }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type ResolveFailureGroupMutationVariables = Exact<{
  id: string | number;
}>;


export type ResolveFailureGroupMutation = { resolveFailureGroup:
    | { __typename: 'FailureGroup' }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'NotFound', message: string }
    | { __typename: 'StorageUnavailable', message: string }
   };

export type NewestPlaceQueryVariables = Exact<{ [key: string]: never; }>;


export type NewestPlaceQuery = { events: { edges: Array<{ cursor: string }> } };

export type PipelinesQueryVariables = Exact<{
  asking: PipelineFilter;
  running: PipelineFilter;
  done: PipelineFilter;
}>;


export type PipelinesQuery = { asking: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> }, running: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> }, done: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> } };

export type OverviewQueryVariables = Exact<{
  filter?: PipelineFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type OverviewQuery = { counts: { asking: number, failed: number, running: number, done: number }, openCauses: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ pipelineCount: number, since: string, group: { id: string }, pipelines: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> }> } };

export type PipelineNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type PipelineNamesQuery = { pipelineNames: { templates: Array<string>, agents: Array<string>, kinds: Array<FailureKind> } };

export type OfCauseQueryVariables = Exact<{
  filter: PipelineFilter;
  after?: string | null | undefined;
}>;


export type OfCauseQuery = { pipelines: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ steps: Array<{ id: string, status: StepStatus }> }> } };

export type DecisionQueryVariables = Exact<{
  id: string | number;
}>;


export type DecisionQuery = { pipeline: { prompt: string, steps: Array<{ id: string, agent: string | null, position: number, handoff: { markdown: string } | null }> } | null };

export type MorePipelinesQueryVariables = Exact<{
  after?: string | null | undefined;
  filter?: PipelineFilter | null | undefined;
}>;


export type MorePipelinesQuery = { pipelines: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> } };

export type PipelinePageFragment = { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }>, steps: Array<{ id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, attempts: Array<{ number: number, status: StepStatus, failure: { message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }> }> };

export type PipelineStoryQueryVariables = Exact<{
  id: string | number;
}>;


export type PipelineStoryQuery = { pipeline: { prompt: string, cursor: string, id: string, title: string, template: string | null, directory: string | null, branch: string | null, status: PipelineStatus, errorMessage: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, startedBy: { name: string }, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, steps: Array<{ model: string | null, description: string | null, id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus, errorMessage: string | null, startedAt: string | null, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } } | null, handoff: { markdown: string, data: unknown, createdAt: string, suppliedBy: { name: string } | null } | null, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, decidedAt: string | null, decidedBy: { name: string } | null } | null, attempts: Array<{ number: number, status: StepStatus, engineAgent: string | null, model: string | null, sessionId: string | null, startedAt: string, finishedAt: string | null, workedSeconds: number, waitedSeconds: number, usage: { knownInputTokens: number | null, knownOutputTokens: number | null, knownCost: number | null }, failure: { id: string, message: string, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null } } | null }> }>, attention: Array<{ id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, step: { id: string, agent: string | null, approval: { id: string, status: ApprovalStatus, description: string | null } | null }, permission: { id: string, permission: string, patterns: Array<string>, saves: Array<string>, reason: string | null, options: Array<{ id: string }> } | null, question: { id: string, title: string | null, fields: Array<{ key: string, kind: FieldKind, title: string | null, text: string, custom: boolean, required: boolean, minimum: number | null, maximum: number | null, default: unknown, url: string | null, options: Array<{ value: string, label: string, description: string | null }>, conditions: Array<{ key: string, value: unknown, equal: boolean }> }> } | null }> } | null };

export type PromptsSentQueryVariables = Exact<{
  stepId: string | number;
}>;


export type PromptsSentQuery = { node:
    | { __typename: 'Approval' }
    | { __typename: 'Failure' }
    | { __typename: 'FailureGroup' }
    | { __typename: 'Pipeline' }
    | { __typename: 'Step', attempts: Array<{ number: number, prompt: string | null }> }
   | null };

export type FailuresQueryVariables = Exact<{
  after?: string | null | undefined;
  filter?: FailureFilter | null | undefined;
}>;


export type FailuresQuery = { failures: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, pipeline: { id: string, title: string, template: string | null }, step: { id: string, position: number, agent: string | null }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } }> } };

export type FailureLineFragment = { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, pipeline: { id: string, title: string, template: string | null }, step: { id: string, position: number, agent: string | null }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } };

export type FailureByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type FailureByIdQuery = { node:
    | { __typename: 'Approval' }
    | { __typename: 'Failure', detail: string | null, statusCode: number | null, id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, causes: Array<{ source: string, message: string }>, evidence: { sessionId: string | null, model: string | null, lastText: string | null, sideEffects: Array<string>, lastTool: { tool: string, input: unknown, status: string, error: string | null, output: string | null } | null, todos: Array<{ content: string, status: string }>, engineRetries: Array<{ attempt: number, message: string }> } | null, pipeline: { id: string, directory: string | null }, step: { id: string }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } }
    | { __typename: 'FailureGroup' }
    | { __typename: 'Pipeline' }
    | { __typename: 'Step' }
   | null };

export type FailureReportQueryVariables = Exact<{
  id: string | number;
}>;


export type FailureReportQuery = { node:
    | { __typename: 'Approval' }
    | { __typename: 'Failure', report: string }
    | { __typename: 'FailureGroup' }
    | { __typename: 'Pipeline' }
    | { __typename: 'Step' }
   | null };

export type FailureGroupsQueryVariables = Exact<{
  after?: string | null | undefined;
  status?: Array<FailureGroupStatus> | FailureGroupStatus | null | undefined;
}>;


export type FailureGroupsQuery = { failureGroups: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: FailureKind, title: string, count: number, firstSeenAt: string, lastSeenAt: string, lastSuccessAt: string | null, status: FailureGroupStatus, acknowledgement: { at: string, note: string | null, count: number, by: { name: string } | null } | null }> } };

export type GroupCardFragment = { id: string, kind: FailureKind, title: string, count: number, firstSeenAt: string, lastSeenAt: string, lastSuccessAt: string | null, status: FailureGroupStatus, acknowledgement: { at: string, note: string | null, count: number, by: { name: string } | null } | null };

export type GroupFailuresQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type GroupFailuresQuery = { node:
    | { __typename: 'Approval' }
    | { __typename: 'Failure' }
    | { __typename: 'FailureGroup', failures: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, remedies: Array<Remedy>, attempt: number, occurredAt: string, settled: boolean, pipeline: { id: string, title: string, template: string | null }, step: { id: string, position: number, agent: string | null }, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number }, known: { at: string, note: string | null, count: number, by: { name: string } | null } | null, group: { id: string, status: FailureGroupStatus, count: number } }> } }
    | { __typename: 'Pipeline' }
    | { __typename: 'Step' }
   | null };

export type StorageQueryVariables = Exact<{ [key: string]: never; }>;


export type StorageQuery = { storage: { message: string | null } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, role: Role, rights: Array<Right> }, server: { approvalsBind: boolean | null, message: string } };

export type DefinitionProblemsQueryVariables = Exact<{ [key: string]: never; }>;


export type DefinitionProblemsQuery = { definitionProblems: Array<{ file: string, line: number | null, column: number | null, message: string, since: string, fatal: boolean }> };

type Trail_ApprovalDecided_Fragment = { __typename: 'ApprovalDecided', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, expiresAt: string | null, decidedBy: { name: string } | null }, actor: { name: string } | null };

type Trail_ApprovalRequested_Fragment = { __typename: 'ApprovalRequested', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, approval: { id: string, status: ApprovalStatus, description: string | null, comment: string | null, expiresAt: string | null, decidedBy: { name: string } | null }, actor: { name: string } | null };

type Trail_AttentionCleared_Fragment = { __typename: 'AttentionCleared', attentionId: string, kind: AttentionKind, answer: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_AttentionRaised_Fragment = { __typename: 'AttentionRaised', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, attention: { id: string, kind: AttentionKind, message: string, since: string, nextAt: string | null, question: { options: Array<string> } | null }, actor: { name: string } | null };

type Trail_ChangesFound_Fragment = { __typename: 'ChangesFound', attempt: number, files: number, added: number, removed: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_DefinitionChanged_Fragment = { __typename: 'DefinitionChanged', definition: string, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null };

type Trail_EngineStarted_Fragment = { __typename: 'EngineStarted', reachable: boolean, url: string, version: string | null, message: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null };

type Trail_FailureGroupChanged_Fragment = { __typename: 'FailureGroupChanged', cursor: string, at: string, channel: Channel | null, sentence: string, group: { id: string, kind: FailureKind, title: string, count: number, status: FailureGroupStatus, acknowledgement: { note: string | null } | null }, actor: { name: string } | null };

type Trail_LogPruned_Fragment = { __typename: 'LogPruned', before: string, events: number, pipelines: number, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null };

type Trail_PipelineFinished_Fragment = { __typename: 'PipelineFinished', status: PipelineStatus, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, actor: { name: string } | null };

type Trail_PipelineResumed_Fragment = { __typename: 'PipelineResumed', reason: string, model: string | null, instruction: string | null, timeoutSeconds: number | null, prompt: string | null, today: boolean, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_PipelineStarted_Fragment = { __typename: 'PipelineStarted', cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, actor: { name: string } | null };

type Trail_SessionOpened_Fragment = { __typename: 'SessionOpened', attempt: number, sessionId: string, model: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_StepFailed_Fragment = { __typename: 'StepFailed', attempt: number, errorMessage: string, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, statusCode: number | null, retryable: boolean, attempt: number, causes: Array<{ source: string, message: string }>, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number } }, actor: { name: string } | null };

type Trail_StepRetrying_Fragment = { __typename: 'StepRetrying', attempt: number, errorMessage: string, nextAttemptAt: string | null, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, failure: { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, statusCode: number | null, retryable: boolean, attempt: number, causes: Array<{ source: string, message: string }>, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number } }, actor: { name: string } | null };

type Trail_StepSkipped_Fragment = { __typename: 'StepSkipped', reason: string, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_StepStarted_Fragment = { __typename: 'StepStarted', attempt: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_StepSucceeded_Fragment = { __typename: 'StepSucceeded', attempt: number, cursor: string, at: string, channel: Channel | null, sentence: string, pipeline: { id: string, title: string, template: string | null, status: PipelineStatus, errorMessage: string | null }, step: { id: string, position: number, kind: StepKind, agent: string | null, status: StepStatus }, actor: { name: string } | null };

type Trail_TokenChanged_Fragment = { __typename: 'TokenChanged', token: string, role: Role, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null };

type Trail_TrustChanged_Fragment = { __typename: 'TrustChanged', directory: string, change: string, cursor: string, at: string, channel: Channel | null, sentence: string, actor: { name: string } | null };

export type TrailFragment =
  | Trail_ApprovalDecided_Fragment
  | Trail_ApprovalRequested_Fragment
  | Trail_AttentionCleared_Fragment
  | Trail_AttentionRaised_Fragment
  | Trail_ChangesFound_Fragment
  | Trail_DefinitionChanged_Fragment
  | Trail_EngineStarted_Fragment
  | Trail_FailureGroupChanged_Fragment
  | Trail_LogPruned_Fragment
  | Trail_PipelineFinished_Fragment
  | Trail_PipelineResumed_Fragment
  | Trail_PipelineStarted_Fragment
  | Trail_SessionOpened_Fragment
  | Trail_StepFailed_Fragment
  | Trail_StepRetrying_Fragment
  | Trail_StepSkipped_Fragment
  | Trail_StepStarted_Fragment
  | Trail_StepSucceeded_Fragment
  | Trail_TokenChanged_Fragment
  | Trail_TrustChanged_Fragment
;

export type TrailFailureFragment = { id: string, kind: FailureKind, origin: FailureOrigin, message: string, hint: string, statusCode: number | null, retryable: boolean, attempt: number, causes: Array<{ source: string, message: string }>, retryDecision: { outcome: RetryOutcome, nextAttemptAt: string | null, attemptsLeft: number } };

export type TrailApprovalFragment = { id: string, status: ApprovalStatus, description: string | null, comment: string | null, expiresAt: string | null, decidedBy: { name: string } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ChangedFragmentDoc = new TypedDocumentString(`
    fragment Changed on Changes {
  source
  unknown
  fileCount
  added
  removed
  truncated
  sharedWith
  files {
    path
    previousPath
    status
    added
    removed
    binary
    diff
    truncated
  }
}
    `, {"fragmentName":"Changed"}) as unknown as TypedDocumentString<ChangedFragment, unknown>;
export const TemplateCardFragmentDoc = new TypedDocumentString(`
    fragment TemplateCard on Template {
  name
  description
  problems
  revision
  steps {
    kind
    agent
    description
    model
    timeoutSeconds
    maxAttempts
    remindAfterSeconds
    expiresAfterSeconds
    handoffSchema
  }
}
    `, {"fragmentName":"TemplateCard"}) as unknown as TypedDocumentString<TemplateCardFragment, unknown>;
export const AgentCardFragmentDoc = new TypedDocumentString(`
    fragment AgentCard on Agent {
  name
  description
  engineAgent
  defined
  model
  instructions
  available
  problems
  revision
}
    `, {"fragmentName":"AgentCard"}) as unknown as TypedDocumentString<AgentCardFragment, unknown>;
export const AskFragmentDoc = new TypedDocumentString(`
    fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
    `, {"fragmentName":"Ask"}) as unknown as TypedDocumentString<AskFragment, unknown>;
export const KnownFragmentDoc = new TypedDocumentString(`
    fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
    `, {"fragmentName":"Known"}) as unknown as TypedDocumentString<KnownFragment, unknown>;
export const ReasonFragmentDoc = new TypedDocumentString(`
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
    fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}`, {"fragmentName":"Reason"}) as unknown as TypedDocumentString<ReasonFragment, unknown>;
export const StepRowFragmentDoc = new TypedDocumentString(`
    fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}`, {"fragmentName":"StepRow"}) as unknown as TypedDocumentString<StepRowFragment, unknown>;
export const PipelineRowFragmentDoc = new TypedDocumentString(`
    fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}`, {"fragmentName":"PipelineRow"}) as unknown as TypedDocumentString<PipelineRowFragment, unknown>;
export const UsagesFragmentDoc = new TypedDocumentString(`
    fragment Usages on Usage {
  knownInputTokens
  knownOutputTokens
  knownCost
}
    `, {"fragmentName":"Usages"}) as unknown as TypedDocumentString<UsagesFragment, unknown>;
export const EvidencesFragmentDoc = new TypedDocumentString(`
    fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}
    `, {"fragmentName":"Evidences"}) as unknown as TypedDocumentString<EvidencesFragment, unknown>;
export const FailureCardFragmentDoc = new TypedDocumentString(`
    fragment FailureCard on Failure {
  ...Reason
  detail
  statusCode
  causes {
    source
    message
  }
  evidence {
    ...Evidences
  }
  pipeline {
    id
    directory
  }
  step {
    id
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}`, {"fragmentName":"FailureCard"}) as unknown as TypedDocumentString<FailureCardFragment, unknown>;
export const PipelineStoryFragmentDoc = new TypedDocumentString(`
    fragment PipelineStory on Pipeline {
  ...PipelineRow
  prompt
  cursor
  startedBy {
    name
  }
  usage {
    ...Usages
  }
  steps {
    ...StepRow
    model
    description
    usage {
      ...Usages
    }
    failure {
      ...FailureCard
    }
    handoff {
      markdown
      data
      createdAt
      suppliedBy {
        name
      }
    }
    approval {
      id
      status
      description
      comment
      decidedAt
      decidedBy {
        name
      }
    }
    attempts {
      number
      status
      engineAgent
      model
      sessionId
      startedAt
      finishedAt
      workedSeconds
      waitedSeconds
      usage {
        ...Usages
      }
      failure {
        id
      }
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment Usages on Usage {
  knownInputTokens
  knownOutputTokens
  knownCost
}
fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}
fragment FailureCard on Failure {
  ...Reason
  detail
  statusCode
  causes {
    source
    message
  }
  evidence {
    ...Evidences
  }
  pipeline {
    id
    directory
  }
  step {
    id
  }
}`, {"fragmentName":"PipelineStory"}) as unknown as TypedDocumentString<PipelineStoryFragment, unknown>;
export const CallFragmentDoc = new TypedDocumentString(`
    fragment Call on ToolCall {
  tool
  input
  status
  error
  output
}
    `, {"fragmentName":"Call"}) as unknown as TypedDocumentString<CallFragment, unknown>;
export const OutcomeFragmentDoc = new TypedDocumentString(`
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}
    `, {"fragmentName":"Outcome"}) as unknown as TypedDocumentString<OutcomeFragment, unknown>;
export const PipelinePageFragmentDoc = new TypedDocumentString(`
    fragment PipelinePage on PipelineConnection {
  pageInfo {
    hasNextPage
    endCursor
  }
  nodes {
    ...PipelineRow
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}`, {"fragmentName":"PipelinePage"}) as unknown as TypedDocumentString<PipelinePageFragment, unknown>;
export const FailureLineFragmentDoc = new TypedDocumentString(`
    fragment FailureLine on Failure {
  ...Reason
  pipeline {
    id
    title
    template
  }
  step {
    id
    position
    agent
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}`, {"fragmentName":"FailureLine"}) as unknown as TypedDocumentString<FailureLineFragment, unknown>;
export const GroupCardFragmentDoc = new TypedDocumentString(`
    fragment GroupCard on FailureGroup {
  id
  kind
  title
  count
  firstSeenAt
  lastSeenAt
  lastSuccessAt
  status
  acknowledgement {
    ...Known
  }
}
    fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}`, {"fragmentName":"GroupCard"}) as unknown as TypedDocumentString<GroupCardFragment, unknown>;
export const TrailFailureFragmentDoc = new TypedDocumentString(`
    fragment TrailFailure on Failure {
  id
  kind
  origin
  message
  hint
  statusCode
  retryable
  attempt
  causes {
    source
    message
  }
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
}
    `, {"fragmentName":"TrailFailure"}) as unknown as TypedDocumentString<TrailFailureFragment, unknown>;
export const TrailApprovalFragmentDoc = new TypedDocumentString(`
    fragment TrailApproval on Approval {
  id
  status
  description
  comment
  expiresAt
  decidedBy {
    name
  }
}
    `, {"fragmentName":"TrailApproval"}) as unknown as TypedDocumentString<TrailApprovalFragment, unknown>;
export const TrailFragmentDoc = new TypedDocumentString(`
    fragment Trail on Event {
  __typename
  cursor
  at
  actor {
    name
  }
  channel
  sentence
  ... on PipelineEvent {
    pipeline {
      id
      title
      template
      status
      errorMessage
    }
  }
  ... on StepEvent {
    step {
      id
      position
      kind
      agent
      status
    }
  }
  ... on PipelineResumed {
    reason
    model
    instruction
    timeoutSeconds
    prompt
    today
  }
  ... on PipelineFinished {
    status
  }
  ... on StepStarted {
    attempt
  }
  ... on SessionOpened {
    attempt
    sessionId
    model
  }
  ... on StepSucceeded {
    attempt
  }
  ... on ChangesFound {
    attempt
    files
    added
    removed
  }
  ... on StepSkipped {
    reason
  }
  ... on StepRetrying {
    attempt
    errorMessage
    nextAttemptAt
    failure {
      ...TrailFailure
    }
  }
  ... on StepFailed {
    attempt
    errorMessage
    failure {
      ...TrailFailure
    }
  }
  ... on AttentionRaised {
    attention {
      id
      kind
      message
      since
      nextAt
      question {
        options
      }
    }
  }
  ... on AttentionCleared {
    attentionId
    kind
    answer
  }
  ... on ApprovalRequested {
    approval {
      ...TrailApproval
    }
  }
  ... on ApprovalDecided {
    approval {
      ...TrailApproval
    }
  }
  ... on DefinitionChanged {
    definition
    change
  }
  ... on FailureGroupChanged {
    group {
      id
      kind
      title
      count
      status
      acknowledgement {
        note
      }
    }
  }
  ... on LogPruned {
    before
    events
    pipelines
  }
  ... on EngineStarted {
    reachable
    url
    version
    message
  }
  ... on TokenChanged {
    token
    role
    change
  }
  ... on TrustChanged {
    directory
    change
  }
}
    fragment TrailFailure on Failure {
  id
  kind
  origin
  message
  hint
  statusCode
  retryable
  attempt
  causes {
    source
    message
  }
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
}
fragment TrailApproval on Approval {
  id
  status
  description
  comment
  expiresAt
  decidedBy {
    name
  }
}`, {"fragmentName":"Trail"}) as unknown as TypedDocumentString<TrailFragment, unknown>;
export const AuditDocument = new TypedDocumentString(`
    query Audit($first: Int, $after: Cursor, $last: Int, $before: Cursor, $pipelineId: ID, $types: [EventType!], $since: DateTime, $until: DateTime) {
  events(
    first: $first
    after: $after
    last: $last
    before: $before
    pipelineId: $pipelineId
    types: $types
    since: $since
    until: $until
  ) {
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    nodes {
      ...Trail
    }
  }
}
    fragment Trail on Event {
  __typename
  cursor
  at
  actor {
    name
  }
  channel
  sentence
  ... on PipelineEvent {
    pipeline {
      id
      title
      template
      status
      errorMessage
    }
  }
  ... on StepEvent {
    step {
      id
      position
      kind
      agent
      status
    }
  }
  ... on PipelineResumed {
    reason
    model
    instruction
    timeoutSeconds
    prompt
    today
  }
  ... on PipelineFinished {
    status
  }
  ... on StepStarted {
    attempt
  }
  ... on SessionOpened {
    attempt
    sessionId
    model
  }
  ... on StepSucceeded {
    attempt
  }
  ... on ChangesFound {
    attempt
    files
    added
    removed
  }
  ... on StepSkipped {
    reason
  }
  ... on StepRetrying {
    attempt
    errorMessage
    nextAttemptAt
    failure {
      ...TrailFailure
    }
  }
  ... on StepFailed {
    attempt
    errorMessage
    failure {
      ...TrailFailure
    }
  }
  ... on AttentionRaised {
    attention {
      id
      kind
      message
      since
      nextAt
      question {
        options
      }
    }
  }
  ... on AttentionCleared {
    attentionId
    kind
    answer
  }
  ... on ApprovalRequested {
    approval {
      ...TrailApproval
    }
  }
  ... on ApprovalDecided {
    approval {
      ...TrailApproval
    }
  }
  ... on DefinitionChanged {
    definition
    change
  }
  ... on FailureGroupChanged {
    group {
      id
      kind
      title
      count
      status
      acknowledgement {
        note
      }
    }
  }
  ... on LogPruned {
    before
    events
    pipelines
  }
  ... on EngineStarted {
    reachable
    url
    version
    message
  }
  ... on TokenChanged {
    token
    role
    change
  }
  ... on TrustChanged {
    directory
    change
  }
}
fragment TrailFailure on Failure {
  id
  kind
  origin
  message
  hint
  statusCode
  retryable
  attempt
  causes {
    source
    message
  }
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
}
fragment TrailApproval on Approval {
  id
  status
  description
  comment
  expiresAt
  decidedBy {
    name
  }
}`) as unknown as TypedDocumentString<AuditQuery, AuditQueryVariables>;
export const StepChangesDocument = new TypedDocumentString(`
    query StepChanges($stepId: ID!) {
  node(id: $stepId) {
    __typename
    ... on Step {
      attempts {
        number
        changes {
          ...Changed
        }
      }
    }
  }
}
    fragment Changed on Changes {
  source
  unknown
  fileCount
  added
  removed
  truncated
  sharedWith
  files {
    path
    previousPath
    status
    added
    removed
    binary
    diff
    truncated
  }
}`) as unknown as TypedDocumentString<StepChangesQuery, StepChangesQueryVariables>;
export const ChangesSoFarDocument = new TypedDocumentString(`
    query ChangesSoFar($id: ID!) {
  pipeline(id: $id) {
    steps {
      id
      attempts {
        changes {
          unknown
          fileCount
          added
          removed
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ChangesSoFarQuery, ChangesSoFarQueryVariables>;
export const DefinitionsDocument = new TypedDocumentString(`
    query Definitions($directory: String) {
  templates(directory: $directory) {
    ...TemplateCard
  }
  agents(directory: $directory) {
    ...AgentCard
  }
}
    fragment TemplateCard on Template {
  name
  description
  problems
  revision
  steps {
    kind
    agent
    description
    model
    timeoutSeconds
    maxAttempts
    remindAfterSeconds
    expiresAfterSeconds
    handoffSchema
  }
}
fragment AgentCard on Agent {
  name
  description
  engineAgent
  defined
  model
  instructions
  available
  problems
  revision
}`) as unknown as TypedDocumentString<DefinitionsQuery, DefinitionsQueryVariables>;
export const ModelsDocument = new TypedDocumentString(`
    query Models($directory: String, $search: String) {
  models(directory: $directory, search: $search) {
    name
  }
}
    `) as unknown as TypedDocumentString<ModelsQuery, ModelsQueryVariables>;
export const TemplateNamesDocument = new TypedDocumentString(`
    query TemplateNames {
  templates {
    name
  }
}
    `) as unknown as TypedDocumentString<TemplateNamesQuery, TemplateNamesQueryVariables>;
export const ConflictsDocument = new TypedDocumentString(`
    query Conflicts($directory: String!) {
  conflicts(directory: $directory) {
    id
    title
    status
    directory
  }
}
    `) as unknown as TypedDocumentString<ConflictsQuery, ConflictsQueryVariables>;
export const SaveAgentDocument = new TypedDocumentString(`
    mutation SaveAgent($name: String, $input: AgentInput!, $revision: String) {
  saveAgent(name: $name, input: $input, revision: $revision) {
    __typename
    ... on UserError {
      message
    }
    ... on InvalidInput {
      field
    }
    ... on EditConflict {
      stored {
        ...AgentCard
      }
    }
  }
}
    fragment AgentCard on Agent {
  name
  description
  engineAgent
  defined
  model
  instructions
  available
  problems
  revision
}`) as unknown as TypedDocumentString<SaveAgentMutation, SaveAgentMutationVariables>;
export const DeleteAgentDocument = new TypedDocumentString(`
    mutation DeleteAgent($name: String!, $revision: String) {
  deleteAgent(name: $name, revision: $revision) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteAgentMutation, DeleteAgentMutationVariables>;
export const SaveTemplateDocument = new TypedDocumentString(`
    mutation SaveTemplate($name: String, $input: TemplateInput!, $revision: String) {
  saveTemplate(name: $name, input: $input, revision: $revision) {
    __typename
    ... on UserError {
      message
    }
    ... on InvalidInput {
      field
    }
    ... on EditConflict {
      stored {
        ...TemplateCard
      }
    }
  }
}
    fragment TemplateCard on Template {
  name
  description
  problems
  revision
  steps {
    kind
    agent
    description
    model
    timeoutSeconds
    maxAttempts
    remindAfterSeconds
    expiresAfterSeconds
    handoffSchema
  }
}`) as unknown as TypedDocumentString<SaveTemplateMutation, SaveTemplateMutationVariables>;
export const DeleteTemplateDocument = new TypedDocumentString(`
    mutation DeleteTemplate($name: String!, $revision: String) {
  deleteTemplate(name: $name, revision: $revision) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteTemplateMutation, DeleteTemplateMutationVariables>;
export const DirectoryDocument = new TypedDocumentString(`
    query Directory($path: String) {
  directory(path: $path) {
    __typename
    ... on Directory {
      path
      parent
      isRepository
      entries {
        name
        path
        isRepository
      }
    }
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DirectoryQuery, DirectoryQueryVariables>;
export const TrustDocument = new TypedDocumentString(`
    query Trust($path: String!) {
  directory(path: $path) {
    __typename
    ... on Directory {
      path
      trusted
    }
  }
}
    `) as unknown as TypedDocumentString<TrustQuery, TrustQueryVariables>;
export const TrustDirectoryDocument = new TypedDocumentString(`
    mutation TrustDirectory($path: String!) {
  trustDirectory(path: $path) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TrustDirectoryMutation, TrustDirectoryMutationVariables>;
export const GithubIssueDocument = new TypedDocumentString(`
    query GithubIssue($reference: String!) {
  githubIssue(reference: $reference) {
    __typename
    ... on GithubIssue {
      reference
      markdown
    }
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GithubIssueQuery, GithubIssueQueryVariables>;
export const StartEngineDocument = new TypedDocumentString(`
    mutation StartEngine {
  startEngine {
    reachable
    message
  }
}
    `) as unknown as TypedDocumentString<StartEngineMutation, StartEngineMutationVariables>;
export const FeedDocument = new TypedDocumentString(`
    subscription Feed($after: Cursor) {
  events(after: $after) {
    __typename
    ... on Event {
      cursor
      at
    }
    ... on PipelineEvent {
      pipeline {
        ...PipelineRow
      }
    }
    ... on StepFailed {
      errorMessage
      step {
        id
        agent
      }
    }
    ... on AttentionRaised {
      attention {
        kind
        message
      }
    }
    ... on FailureGroupChanged {
      group {
        ...GroupCard
      }
    }
    ... on DefinitionChanged {
      definition
      change
    }
    ... on Heartbeat {
      cursor
      at
    }
    ... on Resync {
      reason
      cursor
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment GroupCard on FailureGroup {
  id
  kind
  title
  count
  firstSeenAt
  lastSeenAt
  lastSuccessAt
  status
  acknowledgement {
    ...Known
  }
}`) as unknown as TypedDocumentString<FeedSubscription, FeedSubscriptionVariables>;
export const StoryDocument = new TypedDocumentString(`
    subscription Story($id: ID!, $after: Cursor) {
  events(pipelineId: $id, after: $after) {
    __typename
    ... on Event {
      cursor
      at
    }
    ... on PipelineEvent {
      pipeline {
        ...PipelineStory
      }
    }
    ... on Heartbeat {
      cursor
      at
    }
    ... on Resync {
      reason
      cursor
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment Usages on Usage {
  knownInputTokens
  knownOutputTokens
  knownCost
}
fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}
fragment FailureCard on Failure {
  ...Reason
  detail
  statusCode
  causes {
    source
    message
  }
  evidence {
    ...Evidences
  }
  pipeline {
    id
    directory
  }
  step {
    id
  }
}
fragment PipelineStory on Pipeline {
  ...PipelineRow
  prompt
  cursor
  startedBy {
    name
  }
  usage {
    ...Usages
  }
  steps {
    ...StepRow
    model
    description
    usage {
      ...Usages
    }
    failure {
      ...FailureCard
    }
    handoff {
      markdown
      data
      createdAt
      suppliedBy {
        name
      }
    }
    approval {
      id
      status
      description
      comment
      decidedAt
      decidedBy {
        name
      }
    }
    attempts {
      number
      status
      engineAgent
      model
      sessionId
      startedAt
      finishedAt
      workedSeconds
      waitedSeconds
      usage {
        ...Usages
      }
      failure {
        id
      }
    }
  }
}`) as unknown as TypedDocumentString<StorySubscription, StorySubscriptionVariables>;
export const EngineStateDocument = new TypedDocumentString(`
    subscription EngineState {
  engine {
    reachable
    product
    version
    url
    support
    message
    since
  }
}
    `) as unknown as TypedDocumentString<EngineStateSubscription, EngineStateSubscriptionVariables>;
export const ActivityDocument = new TypedDocumentString(`
    subscription Activity($stepId: ID!) {
  activity(stepId: $stepId) {
    __typename
    ... on ActivitySnapshot {
      text
      tools {
        ...Call
      }
      todos {
        content
        status
      }
    }
    ... on TextDelta {
      delta
    }
    ... on ToolProgress {
      callId
      title
      call {
        ...Call
      }
    }
    ... on TodosChanged {
      todos {
        content
        status
      }
    }
  }
}
    fragment Call on ToolCall {
  tool
  input
  status
  error
  output
}`) as unknown as TypedDocumentString<ActivitySubscription, ActivitySubscriptionVariables>;
export const StartPipelineDocument = new TypedDocumentString(`
    mutation StartPipeline($input: StartPipelineInput!, $force: Boolean!) {
  startPipeline(input: $input, force: $force) {
    __typename
    ... on Pipeline {
      id
    }
    ... on UserError {
      message
    }
    ... on InvalidInput {
      field
    }
    ... on DirectoryBusy {
      conflicts {
        id
        title
        status
      }
    }
    ... on UnknownBranch {
      near
    }
  }
}
    `) as unknown as TypedDocumentString<StartPipelineMutation, StartPipelineMutationVariables>;
export const RetryStepDocument = new TypedDocumentString(`
    mutation RetryStep($input: RetryStepInput!, $force: Boolean!) {
  retryStep(input: $input, force: $force) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<RetryStepMutation, RetryStepMutationVariables>;
export const CancelPipelineDocument = new TypedDocumentString(`
    mutation CancelPipeline($id: ID!, $reason: String) {
  cancelPipeline(id: $id, reason: $reason) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<CancelPipelineMutation, CancelPipelineMutationVariables>;
export const SkipStepDocument = new TypedDocumentString(`
    mutation SkipStep($stepId: ID!, $reason: String!, $force: Boolean!) {
  skipStep(stepId: $stepId, reason: $reason, force: $force) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<SkipStepMutation, SkipStepMutationVariables>;
export const SupplyHandoffDocument = new TypedDocumentString(`
    mutation SupplyHandoff($stepId: ID!, $markdown: String!, $force: Boolean!) {
  supplyHandoff(stepId: $stepId, markdown: $markdown, force: $force) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<SupplyHandoffMutation, SupplyHandoffMutationVariables>;
export const AnswerPermissionDocument = new TypedDocumentString(`
    mutation AnswerPermission($attentionId: ID!, $allow: Boolean!, $always: Boolean!, $message: String) {
  answerPermission(
    attentionId: $attentionId
    allow: $allow
    always: $always
    message: $message
  ) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<AnswerPermissionMutation, AnswerPermissionMutationVariables>;
export const AnswerQuestionDocument = new TypedDocumentString(`
    mutation AnswerQuestion($attentionId: ID!, $fields: [FieldAnswer!]!) {
  answerQuestion(attentionId: $attentionId, answers: [], fields: $fields) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<AnswerQuestionMutation, AnswerQuestionMutationVariables>;
export const DismissQuestionDocument = new TypedDocumentString(`
    mutation DismissQuestion($attentionId: ID!) {
  dismissQuestion(attentionId: $attentionId) {
    ...Outcome
  }
}
    fragment Outcome on PipelineResult {
  __typename
  ... on UserError {
    message
  }
  ... on InvalidInput {
    field
  }
}`) as unknown as TypedDocumentString<DismissQuestionMutation, DismissQuestionMutationVariables>;
export const ApproveDocument = new TypedDocumentString(`
    mutation Approve($approvalId: ID!, $comment: String) {
  approve(approvalId: $approvalId, comment: $comment) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ApproveMutation, ApproveMutationVariables>;
export const RejectDocument = new TypedDocumentString(`
    mutation Reject($approvalId: ID!, $comment: String) {
  reject(approvalId: $approvalId, comment: $comment) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RejectMutation, RejectMutationVariables>;
export const AcknowledgeFailureGroupDocument = new TypedDocumentString(`
    mutation AcknowledgeFailureGroup($id: ID!) {
  acknowledgeFailureGroup(id: $id) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AcknowledgeFailureGroupMutation, AcknowledgeFailureGroupMutationVariables>;
export const ResolveFailureGroupDocument = new TypedDocumentString(`
    mutation ResolveFailureGroup($id: ID!) {
  resolveFailureGroup(id: $id) {
    __typename
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResolveFailureGroupMutation, ResolveFailureGroupMutationVariables>;
export const NewestPlaceDocument = new TypedDocumentString(`
    query NewestPlace {
  events(last: 1) {
    edges {
      cursor
    }
  }
}
    `) as unknown as TypedDocumentString<NewestPlaceQuery, NewestPlaceQueryVariables>;
export const PipelinesDocument = new TypedDocumentString(`
    query Pipelines($asking: PipelineFilter!, $running: PipelineFilter!, $done: PipelineFilter!) {
  asking: pipelines(first: 25, filter: $asking) {
    ...PipelinePage
  }
  running: pipelines(first: 50, filter: $running) {
    ...PipelinePage
  }
  done: pipelines(first: 25, filter: $done) {
    ...PipelinePage
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment PipelinePage on PipelineConnection {
  pageInfo {
    hasNextPage
    endCursor
  }
  nodes {
    ...PipelineRow
  }
}`) as unknown as TypedDocumentString<PipelinesQuery, PipelinesQueryVariables>;
export const OverviewDocument = new TypedDocumentString(`
    query Overview($filter: PipelineFilter, $after: String) {
  counts(filter: $filter) {
    asking
    failed
    running
    done
  }
  openCauses(first: 20, after: $after, filter: $filter) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      pipelineCount
      since
      group {
        id
      }
      pipelines {
        ...PipelineRow
      }
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}`) as unknown as TypedDocumentString<OverviewQuery, OverviewQueryVariables>;
export const PipelineNamesDocument = new TypedDocumentString(`
    query PipelineNames {
  pipelineNames {
    templates
    agents
    kinds
  }
}
    `) as unknown as TypedDocumentString<PipelineNamesQuery, PipelineNamesQueryVariables>;
export const OfCauseDocument = new TypedDocumentString(`
    query OfCause($filter: PipelineFilter!, $after: String) {
  pipelines(first: 100, after: $after, filter: $filter) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      steps {
        id
        status
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OfCauseQuery, OfCauseQueryVariables>;
export const DecisionDocument = new TypedDocumentString(`
    query Decision($id: ID!) {
  pipeline(id: $id) {
    prompt
    steps {
      id
      agent
      position
      handoff {
        markdown
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DecisionQuery, DecisionQueryVariables>;
export const MorePipelinesDocument = new TypedDocumentString(`
    query MorePipelines($after: String, $filter: PipelineFilter) {
  pipelines(first: 50, after: $after, filter: $filter) {
    ...PipelinePage
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment PipelinePage on PipelineConnection {
  pageInfo {
    hasNextPage
    endCursor
  }
  nodes {
    ...PipelineRow
  }
}`) as unknown as TypedDocumentString<MorePipelinesQuery, MorePipelinesQueryVariables>;
export const PipelineStoryDocument = new TypedDocumentString(`
    query PipelineStory($id: ID!) {
  pipeline(id: $id) {
    ...PipelineStory
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Ask on Attention {
  id
  kind
  message
  since
  nextAt
  step {
    id
    agent
    approval {
      id
      status
      description
    }
  }
  permission {
    id
    permission
    patterns
    saves
    reason
    options {
      id
    }
  }
  question {
    id
    title
    fields {
      key
      kind
      title
      text
      options {
        value
        label
        description
      }
      custom
      required
      minimum
      maximum
      default
      url
      conditions {
        key
        value
        equal
      }
    }
  }
}
fragment StepRow on Step {
  id
  position
  kind
  agent
  status
  errorMessage
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  failure {
    ...Reason
  }
  attempts {
    number
    status
    failure {
      message
      retryDecision {
        outcome
        nextAttemptAt
      }
    }
  }
}
fragment PipelineRow on Pipeline {
  id
  title
  template
  directory
  branch
  status
  errorMessage
  createdAt
  startedAt
  finishedAt
  workedSeconds
  waitedSeconds
  attention {
    ...Ask
  }
  steps {
    ...StepRow
  }
}
fragment Usages on Usage {
  knownInputTokens
  knownOutputTokens
  knownCost
}
fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}
fragment FailureCard on Failure {
  ...Reason
  detail
  statusCode
  causes {
    source
    message
  }
  evidence {
    ...Evidences
  }
  pipeline {
    id
    directory
  }
  step {
    id
  }
}
fragment PipelineStory on Pipeline {
  ...PipelineRow
  prompt
  cursor
  startedBy {
    name
  }
  usage {
    ...Usages
  }
  steps {
    ...StepRow
    model
    description
    usage {
      ...Usages
    }
    failure {
      ...FailureCard
    }
    handoff {
      markdown
      data
      createdAt
      suppliedBy {
        name
      }
    }
    approval {
      id
      status
      description
      comment
      decidedAt
      decidedBy {
        name
      }
    }
    attempts {
      number
      status
      engineAgent
      model
      sessionId
      startedAt
      finishedAt
      workedSeconds
      waitedSeconds
      usage {
        ...Usages
      }
      failure {
        id
      }
    }
  }
}`) as unknown as TypedDocumentString<PipelineStoryQuery, PipelineStoryQueryVariables>;
export const PromptsSentDocument = new TypedDocumentString(`
    query PromptsSent($stepId: ID!) {
  node(id: $stepId) {
    __typename
    ... on Step {
      attempts {
        number
        prompt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PromptsSentQuery, PromptsSentQueryVariables>;
export const FailuresDocument = new TypedDocumentString(`
    query Failures($after: String, $filter: FailureFilter) {
  failures(first: 50, after: $after, filter: $filter) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...FailureLine
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment FailureLine on Failure {
  ...Reason
  pipeline {
    id
    title
    template
  }
  step {
    id
    position
    agent
  }
}`) as unknown as TypedDocumentString<FailuresQuery, FailuresQueryVariables>;
export const FailureByIdDocument = new TypedDocumentString(`
    query FailureById($id: ID!) {
  node(id: $id) {
    __typename
    ... on Failure {
      ...FailureCard
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment Evidences on Evidence {
  sessionId
  model
  lastText
  lastTool {
    tool
    input
    status
    error
    output
  }
  todos {
    content
    status
  }
  engineRetries {
    attempt
    message
  }
  sideEffects
}
fragment FailureCard on Failure {
  ...Reason
  detail
  statusCode
  causes {
    source
    message
  }
  evidence {
    ...Evidences
  }
  pipeline {
    id
    directory
  }
  step {
    id
  }
}`) as unknown as TypedDocumentString<FailureByIdQuery, FailureByIdQueryVariables>;
export const FailureReportDocument = new TypedDocumentString(`
    query FailureReport($id: ID!) {
  node(id: $id) {
    __typename
    ... on Failure {
      report
    }
  }
}
    `) as unknown as TypedDocumentString<FailureReportQuery, FailureReportQueryVariables>;
export const FailureGroupsDocument = new TypedDocumentString(`
    query FailureGroups($after: String, $status: [FailureGroupStatus!]) {
  failureGroups(first: 50, after: $after, status: $status) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...GroupCard
    }
  }
}
    fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment GroupCard on FailureGroup {
  id
  kind
  title
  count
  firstSeenAt
  lastSeenAt
  lastSuccessAt
  status
  acknowledgement {
    ...Known
  }
}`) as unknown as TypedDocumentString<FailureGroupsQuery, FailureGroupsQueryVariables>;
export const GroupFailuresDocument = new TypedDocumentString(`
    query GroupFailures($id: ID!, $after: String) {
  node(id: $id) {
    __typename
    ... on FailureGroup {
      failures(first: 20, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...FailureLine
        }
      }
    }
  }
}
    fragment Reason on Failure {
  id
  kind
  origin
  message
  hint
  remedies
  attempt
  occurredAt
  retryDecision {
    outcome
    nextAttemptAt
    attemptsLeft
  }
  settled
  known {
    ...Known
  }
  group {
    id
    status
    count
  }
}
fragment Known on Acknowledgement {
  by {
    name
  }
  at
  note
  count
}
fragment FailureLine on Failure {
  ...Reason
  pipeline {
    id
    title
    template
  }
  step {
    id
    position
    agent
  }
}`) as unknown as TypedDocumentString<GroupFailuresQuery, GroupFailuresQueryVariables>;
export const StorageDocument = new TypedDocumentString(`
    query Storage {
  storage {
    message
  }
}
    `) as unknown as TypedDocumentString<StorageQuery, StorageQueryVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    name
    role
    rights
  }
  server {
    approvalsBind
    message
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const DefinitionProblemsDocument = new TypedDocumentString(`
    query DefinitionProblems {
  definitionProblems {
    file
    line
    column
    message
    since
    fatal
  }
}
    `) as unknown as TypedDocumentString<DefinitionProblemsQuery, DefinitionProblemsQueryVariables>;