"""What waits for a person or for time: attention, the questions inside it, and approvals."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

import strawberry

from runner import model as domain
from schema.common import Actor, Node
from schema.enums import ApprovalStatus, AttentionKind

if TYPE_CHECKING:
    from schema.pipelines import Step

AnyStep: TypeAlias = Annotated["Step", strawberry.lazy("schema.pipelines")]


@strawberry.type(description="What an agent asks to be allowed.")
class PermissionRequest:
    id: strawberry.ID = strawberry.field(description="OpenCode's own id of the request.")
    permission: str = strawberry.field(description="What it is about, as OpenCode calls it, e.g. bash.")
    patterns: list[str] = strawberry.field(description="What exactly, e.g. the commands or paths. Untrusted.")

    @classmethod
    def of(cls, request: domain.PermissionRequest) -> Self:
        return cls(id=strawberry.ID(request.id), permission=request.permission, patterns=list(request.patterns))


@strawberry.type(description="What an agent asks a person.")
class Question:
    id: strawberry.ID = strawberry.field(description="OpenCode's own id of the request.")
    text: str = strawberry.field(description="The agent's words. Untrusted.")
    options: list[str] = strawberry.field(description="What may be chosen; empty when the answer is free text.")
    multiple: bool = strawberry.field(description="Whether more than one option may be chosen.")

    @classmethod
    def of(cls, question: domain.Question) -> Self:
        return cls(
            id=strawberry.ID(question.id),
            text=question.text,
            options=list(question.options),
            multiple=question.multiple,
        )


@strawberry.type(description="Not a failure yet: why a step is not moving, since when, and what would move it.")
class Attention:
    id: strawberry.ID = strawberry.field(
        description="Opaque; the same again means that the reason has changed and not the occasion."
    )
    kind: AttentionKind = strawberry.field(description="What it waits for or struggles with.")
    message: str = strawberry.field(description="One redacted sentence for the person watching.")
    step: AnyStep = strawberry.field(description="The step that is not moving.")
    since: datetime = strawberry.field(description="When it began.")
    next_at: datetime | None = strawberry.field(
        description="When OpenCode tries again by itself, or when this turns into a failure; null: not known."
    )
    permission: PermissionRequest | None = strawberry.field(
        description="What the agent asks to be allowed; null unless kind is PERMISSION."
    )
    question: Question | None = strawberry.field(description="What the agent asks; null unless kind is QUESTION.")

    @classmethod
    def of(cls, attention: domain.Attention, step: "Step") -> Self:
        return cls(
            id=strawberry.ID(attention.id),
            kind=attention.kind,
            message=attention.message,
            step=step,
            since=attention.since,
            next_at=attention.next_at,
            permission=PermissionRequest.of(attention.permission) if attention.permission else None,
            question=Question.of(attention.question) if attention.question else None,
        )


@strawberry.type(description="A question to a person about going on: requested, then decided once.")
class Approval(Node):
    step: AnyStep = strawberry.field(description="The step that waits for it.")
    status: ApprovalStatus = strawberry.field(description="Open, or how it was decided.")
    description: str | None = strawberry.field(
        description="What the person is asked to decide; null when nobody wrote it down."
    )
    comment: str | None = strawberry.field(description="What the person said to it; null when nothing.")
    decided_by: Actor | None = strawberry.field(description="Who decided; null while it is open, and when it expired.")
    requested_at: datetime = strawberry.field(description="When the step came to its turn.")
    decided_at: datetime | None = strawberry.field(description="When it was decided or expired; null while it is open.")
    expires_at: datetime | None = strawberry.field(
        description="When the step fails unless somebody has decided; null: never."
    )

    @classmethod
    def of(cls, approval: domain.Approval, step: "Step") -> Self:
        return cls(
            id=strawberry.ID(approval.id),
            step=step,
            status=approval.status,
            description=approval.description,
            comment=approval.comment,
            decided_by=Actor.of_known(approval.decided_by),
            requested_at=approval.requested_at,
            decided_at=approval.decided_at,
            expires_at=approval.expires_at,
        )
