"""What waits for a person or for time: attention, the questions inside it, and approvals."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

import strawberry
from strawberry.scalars import JSON

from runner import attention as values
from runner import model as domain
from schema.common import Actor, Node
from schema.enums import ApprovalStatus, AttentionKind, FieldKind
from schema.scalars import as_json

if TYPE_CHECKING:
    from schema.pipelines import Step

AnyStep: TypeAlias = Annotated["Step", strawberry.lazy("schema.pipelines")]


@strawberry.type(description="One way to answer a permission request.")
class PermissionOption:
    id: strawberry.ID = strawberry.field(description="once, always or reject, or what else the engine has.")
    label: str = strawberry.field(description="For people.")
    needs_message: bool = strawberry.field(description="Whether it has to come with a message.")

    @classmethod
    def of(cls, option: values.PermissionOption) -> Self:
        return cls(id=strawberry.ID(option.id), label=option.label, needs_message=option.needs_message)


@strawberry.type(description="What an agent asks to be allowed.")
class PermissionRequest:
    id: strawberry.ID = strawberry.field(description="OpenCode's own id of the request.")
    permission: str = strawberry.field(description="What it is about, as OpenCode calls it, e.g. bash or shell.")
    patterns: list[str] = strawberry.field(description="What exactly, e.g. the commands or paths. Untrusted.")
    saves: list[str] = strawberry.field(
        description="What always would allow from now on, in OpenCode's own patterns; empty when it does not say."
    )
    reason: str | None = strawberry.field(description="Why the agent wants it. Untrusted; null when it did not say.")
    options: list[PermissionOption] = strawberry.field(description="How it may be answered.")

    @classmethod
    def of(cls, request: values.PermissionRequest) -> Self:
        return cls(
            id=strawberry.ID(request.id),
            permission=request.permission,
            patterns=list(request.patterns),
            saves=list(request.saves),
            reason=request.reason,
            options=[PermissionOption.of(option) for option in request.options],
        )


@strawberry.type(description="What may be chosen in a field.")
class FieldOption:
    value: str = strawberry.field(description="What is answered.")
    label: str = strawberry.field(description="What is shown. Untrusted.")
    description: str | None = strawberry.field(description="What it means. Untrusted; null when nobody said.")

    @classmethod
    def of(cls, option: values.FieldOption) -> Self:
        return cls(value=option.value, label=option.label, description=option.description)


@strawberry.type(description="On which other field a field depends.")
class FieldCondition:
    key: str = strawberry.field(description="The other field's key.")
    value: JSON | None = strawberry.field(description="The value that counts; null is a value, too.")
    equal: bool = strawberry.field(description="Whether the other field has to have that value, or any but that.")

    @classmethod
    def of(cls, condition: values.FieldCondition) -> Self:
        return cls(key=condition.key, value=as_json(condition.value), equal=condition.equal)


@strawberry.type(description="One of the things that an agent asks at once, with an answer of its own.")
class QuestionField:
    key: str = strawberry.field(description="What it is answered under; unique within the question.")
    kind: FieldKind = strawberry.field(description="What it takes.")
    title: str | None = strawberry.field(description="In a few words. Untrusted; null when there is none.")
    text: str = strawberry.field(description="What is asked, in full. Untrusted.")
    options: list[FieldOption] = strawberry.field(
        description="What may be chosen; empty unless kind is CHOICE or MULTI."
    )
    multiple: bool = strawberry.field(description="Whether more than one option may be chosen: kind is MULTI.")
    custom: bool = strawberry.field(description="Whether other texts than the options will do.")
    required: bool = strawberry.field(description="Whether it must be answered.")
    minimum: float | None = strawberry.field(description="The least that a number may be; null: any.")
    maximum: float | None = strawberry.field(description="The most that a number may be; null: any.")
    default: JSON | None = strawberry.field(description="What it begins with; null: with nothing.")
    url: str | None = strawberry.field(description="Where to look. Untrusted; null unless kind is LINK.")
    conditions: list[FieldCondition] = strawberry.field(
        description="It is asked only while all of these hold; empty: always."
    )

    @classmethod
    def of(cls, field: values.Field) -> Self:
        return cls(
            key=field.key,
            kind=field.kind,
            title=field.title or None,
            text=field.text,
            options=[FieldOption.of(option) for option in field.options],
            multiple=field.kind is FieldKind.MULTI,
            custom=field.custom,
            required=field.required,
            minimum=field.minimum,
            maximum=field.maximum,
            default=as_json(field.default),
            url=field.url,
            conditions=[FieldCondition.of(condition) for condition in field.conditions],
        )


@strawberry.type(description="What an agent asks a person.")
class Question:
    id: strawberry.ID = strawberry.field(description="OpenCode's own id of the request.")
    text: str = strawberry.field(description="The agent's words, of all fields together. Untrusted.")
    options: list[str] = strawberry.field(
        description="What may be chosen, in all fields together; empty when the answer is free text."
    )
    multiple: bool = strawberry.field(description="Whether more than one option may be chosen, in any field.")
    title: str | None = strawberry.field(description="Over all fields. Untrusted; null when there is none.")
    fields: list[QuestionField] = strawberry.field(description="What is asked, each to be answered by itself.")

    @classmethod
    def of(cls, question: values.Question) -> Self:
        return cls(
            id=strawberry.ID(question.id),
            text=question.text,
            options=list(question.options),
            multiple=question.multiple,
            title=(question.form.title or None) if question.form else None,
            fields=[QuestionField.of(field) for field in question.fields],
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
    def of(cls, attention: values.Attention, step: "Step") -> Self:
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
    decided_by: Actor | None = strawberry.field(
        description="Who decided or cancelled; null while it is open, and when it expired."
    )
    requested_at: datetime = strawberry.field(description="When the step came to its turn.")
    decided_at: datetime | None = strawberry.field(
        description="When it was decided, expired or was cancelled; null while it is open."
    )
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
