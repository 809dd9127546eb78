"""Enums: the domain's own, given to GraphQL with words for each value; the names of events come from their register."""

from collections.abc import Mapping
from enum import Enum, unique
from typing import TypeVar

import strawberry
from strawberry.types.enum import has_enum_definition

from runner.attention import AttentionKind, FieldKind
from runner.engine_health import EngineSupport
from runner.events import REGISTER
from runner.failure_kinds import KINDS, FailureKind, FailureOrigin, KindFacts, Retry
from runner.groups import FailureGroupStatus
from runner.model import ApprovalStatus, Channel, PipelineStatus, RetryOutcome, StepKind, StepStatus
from runner.overview import PipelineSection
from runner.principals import Approvals, Right, Role
from runner.remedies import Remedy

E = TypeVar("E", bound=Enum)

_TRIED_AGAIN: Mapping[Retry, str] = {
    Retry.NO: "not tried again by itself",
    Retry.ONCE: "tried again by itself once",
    Retry.YES: "tried again by itself while attempts are left",
    Retry.LATER: "tried again by itself while attempts are left, not before the provider allows it",
}


def _in_words(facts: KindFacts) -> str:
    return f"{facts.hint} Origin {facts.origin.value}; {_TRIED_AGAIN[facts.retry]}."


def _shown(enum: type[E], description: str, values: Mapping[E, str]) -> None:
    """Gives a domain enum to GraphQL; the domain itself is told nothing of it, hence the words stand here."""
    words = {member.name: said for member, said in values.items()}
    shown = strawberry.enum(enum, description=description)
    assert has_enum_definition(shown)
    for value in shown.__strawberry_definition__.values:
        value.description = words[value.name]


_shown(
    PipelineStatus,
    "Where a pipeline stands.",
    {
        PipelineStatus.PENDING: "It waits for its turn.",
        PipelineStatus.RUNNING: "A step of it is being worked on, or the next attempt is waited for.",
        PipelineStatus.WAITING: "A person is asked: see its attention.",
        PipelineStatus.SUCCEEDED: "Every step has succeeded or was skipped.",
        PipelineStatus.FAILED: "A step did not succeed; errorMessage says why. It can be tried again.",
        PipelineStatus.CANCELLED: "A person ended it. It can be tried again.",
    },
)
_shown(
    StepStatus,
    "Where a step or an attempt stands.",
    {
        StepStatus.PENDING: "It waits for its turn.",
        StepStatus.RUNNING: "An attempt is being made, or the next one is waited for.",
        StepStatus.WAITING: "A person is asked: see its attention.",
        StepStatus.SUCCEEDED: "It is done, and its handoff is there.",
        StepStatus.FAILED: "It ended without success; errorMessage says why.",
        StepStatus.CANCELLED: "It ended because a person cancelled the pipeline.",
        StepStatus.SKIPPED: "A person went on without it.",
    },
)
_shown(
    StepKind,
    "Who has the turn in a step.",
    {
        StepKind.AGENT: "An agent does some work.",
        StepKind.APPROVAL: "A person says whether the pipeline may go on.",
    },
)
_shown(
    ApprovalStatus,
    "Where an approval stands.",
    {
        ApprovalStatus.PENDING: "Nobody has decided yet.",
        ApprovalStatus.APPROVED: "A person let the pipeline go on.",
        ApprovalStatus.REJECTED: "A person did not; the step has failed.",
        ApprovalStatus.EXPIRED: "Nobody decided in time; the step has failed.",
        ApprovalStatus.CANCELLED: "The pipeline was cancelled before anybody decided.",
    },
)
_shown(
    AttentionKind,
    "What keeps a step from moving, or is not as it was asked for, although it has not failed.",
    {
        AttentionKind.RETRYING: "OpenCode asks the provider again after a failure; nothing to do but wait.",
        AttentionKind.RATE_LIMITED: "The provider lets no request through until nextAt.",
        AttentionKind.STALLED: "No sign of life from the agent for a while; at nextAt it fails.",
        AttentionKind.MODEL_REPLACED: "OpenCode answers with another model than was asked for; the step goes on.",
        AttentionKind.ENGINE_SILENT: "OpenCode does not answer, or does not open the folder; at nextAt it is given up.",
        AttentionKind.PERMISSION: "The agent asks to be allowed something: see permission, then answerPermission.",
        AttentionKind.QUESTION: "The agent asks a person: see question, then answerQuestion or dismissQuestion.",
        AttentionKind.APPROVAL: "An approval is open: approve or reject it.",
    },
)
_shown(
    RetryOutcome,
    "Whether another attempt follows a failed one by itself.",
    {
        RetryOutcome.RETRYING: "It does, at nextAttemptAt.",
        RetryOutcome.NOT_RETRYABLE: "It does not: it would fail in the same way.",
        RetryOutcome.EXHAUSTED: "It does not: no attempt is left.",
    },
)
_shown(
    FailureGroupStatus,
    "Whether somebody has looked into the failures of one cause.",
    {
        FailureGroupStatus.OPEN: "Nobody has, or it has come back.",
        FailureGroupStatus.ACKNOWLEDGED: "Somebody has seen those that there were.",
        FailureGroupStatus.RESOLVED: "It is mended; the next failure opens the group again.",
    },
)
_shown(
    PipelineSection,
    "Where a pipeline stands in the list that people look at; every pipeline is in one.",
    {
        PipelineSection.NEEDS_YOU: "A person is asked, or it stands failed and nobody has settled it.",
        PipelineSection.RUNNING: "It is at work, or waits for its turn.",
        PipelineSection.DONE: "It succeeded, was cancelled, or failed and somebody has settled that.",
    },
)
_shown(
    FieldKind,
    "What a field of a question takes.",
    {
        FieldKind.TEXT: "A text.",
        FieldKind.NUMBER: "A number, e.g. 1.5.",
        FieldKind.INTEGER: "A whole number.",
        FieldKind.BOOLEAN: "Yes or no: true or false.",
        FieldKind.CHOICE: "One of the options.",
        FieldKind.MULTI: "Any number of the options.",
        FieldKind.LINK: "Nothing: it is looked at, at its url.",
    },
)
_shown(
    EngineSupport,
    "How far stepwire can work with what answers as its engine.",
    {
        EngineSupport.TESTED: "The tests run against it.",
        EngineSupport.EXPECTED: "It should work; the tests do not run against just this one.",
        EngineSupport.REDUCED: "It works with less: the message says what is missing.",
        EngineSupport.TOO_OLD: "It cannot be used: it does not tell what has to be known.",
        EngineSupport.PREVIEW: "It cannot be used: it is from before the release, and never says that it has finished.",
        EngineSupport.FOREIGN: "It cannot be used: it is another program, or a proxy.",
    },
)
_shown(
    Channel,
    "By which way somebody acts, as the client says of itself.",
    {
        Channel.PAGE: "From the page.",
        Channel.CLI: "From the terminal, with the command stepwire.",
        Channel.API: "By any other client.",
    },
)
_shown(
    Role,
    "What a token is for; each may also do what those before it may.",
    {
        Role.VIEWER: "Reads, and follows.",
        Role.OPERATOR: "Starts, tries again, skips, cancels, and answers agents' questions.",
        Role.APPROVER: "Decides approvals and permissions.",
        Role.ADMIN: "Edits definitions and manages tokens.",
    },
)
_shown(
    Right,
    "What a principal may do.",
    {
        Right.READ: "Ask, and follow.",
        Right.OPERATE: "Start pipelines, and act on them.",
        Right.DECIDE: "Decide approvals and permissions.",
        Right.ADMINISTER: "Edit definitions and manage tokens.",
    },
)
_shown(
    Approvals,
    "Whose approvals count.",
    {
        Approvals.ANY: "Those of whoever has the role.",
        Approvals.SEPARATE: "Those of named tokens alone: agents may be able to read the server's own.",
    },
)
_shown(
    FailureOrigin,
    "Who is to blame, and so where to look.",
    {
        FailureOrigin.ENGINE: "Look at OpenCode: is it up, is it the right one, what does its log say.",
        FailureOrigin.PROVIDER: "Look at whoever runs the model: key, quota, status page.",
        FailureOrigin.AGENT: "Look at what the agent said or did: its prompt, its instructions, its model.",
        FailureOrigin.PIPELINE: "Look at stepwire's own side: template, directory, limits, a restart.",
        FailureOrigin.PERSON: "Look at who was asked: somebody decided it, or nobody did in time.",
    },
)
_shown(
    FailureKind,
    "What happened, chosen from structure and never from wording; each with what to do about it.",
    {kind: _in_words(facts) for kind, facts in KINDS.items()},
)

_shown(
    Remedy,
    "One way on from a step that did not succeed.",
    {
        Remedy.TRY_AGAIN: "Try again as it is: retryStep.",
        Remedy.OTHER_MODEL: "Try again with another `model`.",
        Remedy.OTHER_PROMPT: "Try again with another `prompt`.",
        Remedy.FURTHER_INSTRUCTION: "Try again with a further `instruction`.",
        Remedy.LONGER_LIMIT: "Try again with a longer `timeoutSeconds`.",
        Remedy.TODAYS_DEFINITION: "Try again with template and agent as they are defined now: `today`.",
        Remedy.SUPPLY_HANDOFF: "Write the output in the agent's place: supplyHandoff.",
    },
)


@strawberry.enum(description="The names of the events.")
@unique
class EventType(Enum):
    """The value is the name under which the log stores the event."""

    _ignore_ = ["_members", "_facts"]  # noqa: RUF012 (the way in which Enum wants it)
    _members = vars()
    for _facts in REGISTER.values():
        _members[_facts.stored.upper()] = strawberry.enum_value(_facts.stored, description=_facts.meaning)


__all__ = [
    "ApprovalStatus",
    "Approvals",
    "AttentionKind",
    "Channel",
    "EngineSupport",
    "EventType",
    "FailureGroupStatus",
    "FailureKind",
    "FailureOrigin",
    "FieldKind",
    "PipelineSection",
    "PipelineStatus",
    "Remedy",
    "RetryOutcome",
    "Right",
    "Role",
    "StepKind",
    "StepStatus",
]
