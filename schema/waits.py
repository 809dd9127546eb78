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
    id: strawberry.ID
    permission: str
    patterns: list[str]

    @classmethod
    def of(cls, request: domain.PermissionRequest) -> Self:
        return cls(id=strawberry.ID(request.id), permission=request.permission, patterns=list(request.patterns))


@strawberry.type(description="What an agent asks a person.")
class Question:
    id: strawberry.ID
    text: str
    options: list[str]
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
    id: strawberry.ID
    kind: AttentionKind
    message: str
    step: AnyStep
    since: datetime
    next_at: datetime | None = strawberry.field(
        description="When the engine tries again by itself, or when this turns into a failure."
    )
    permission: PermissionRequest | None
    question: Question | None

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
    step: AnyStep
    status: ApprovalStatus
    description: str | None = strawberry.field(description="What the person is asked to decide.")
    comment: str | None
    decided_by: Actor | None
    requested_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None

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
