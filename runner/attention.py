"""Why a step is not moving, as values; and what an agent asks a person, where that is why."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from runner.failures import Json


@unique
class AttentionKind(Enum):
    """What keeps a step from moving, or is not as it was asked for, although it has not failed."""

    RETRYING = "RETRYING"
    RATE_LIMITED = "RATE_LIMITED"
    STALLED = "STALLED"
    MODEL_REPLACED = "MODEL_REPLACED"
    ENGINE_SILENT = "ENGINE_SILENT"
    PERMISSION = "PERMISSION"
    QUESTION = "QUESTION"
    APPROVAL = "APPROVAL"

    @property
    def asks_a_person(self) -> bool:
        return self in (AttentionKind.PERMISSION, AttentionKind.QUESTION, AttentionKind.APPROVAL)


@dataclass(frozen=True, kw_only=True)
class PermissionOption:
    """One way to answer a permission request."""

    id: str
    label: str
    needs_message: bool = False


PERMISSION_OPTIONS = (
    PermissionOption(id="once", label="Allow once"),
    PermissionOption(id="always", label="Always allow"),
    PermissionOption(id="reject", label="Refuse"),
)


@dataclass(frozen=True, kw_only=True)
class PermissionRequest:
    """`patterns` and `saves` are in the engine's own words: what it is about, what "always" would store."""

    id: str
    permission: str
    patterns: tuple[str, ...] = ()
    saves: tuple[str, ...] = ()
    reason: str | None = None
    options: tuple[PermissionOption, ...] = PERMISSION_OPTIONS


@unique
class FieldKind(Enum):
    """What a form's field takes; CHOICE one of its options, MULTI any number of them, LINK nothing: it is looked at."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    CHOICE = "CHOICE"
    MULTI = "MULTI"
    LINK = "LINK"


@dataclass(frozen=True, kw_only=True)
class FieldOption:
    """`value` is what is answered, `label` what is shown."""

    value: str
    label: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class FieldCondition:
    """Another field, and the value that it must have; or, unless `equal`, must not have."""

    key: str
    value: Json
    equal: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    """One blank of a form, answered under its key. `custom`: other texts than the options are taken, too.

    `url` is there for a LINK. The field is asked only while all of its conditions hold.
    """

    key: str
    kind: FieldKind
    title: str = ""
    description: str | None = None
    options: tuple[FieldOption, ...] = ()
    custom: bool = False
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    default: Json = None
    url: str | None = None
    conditions: tuple[FieldCondition, ...] = ()

    @property
    def text(self) -> str:
        """What is asked, in full."""
        return self.description or self.title or self.key


@dataclass(frozen=True, kw_only=True)
class Form:
    """What an agent asks, as blanks to be filled in."""

    id: str
    title: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an agent asks, in one text; the form beside it, where there is one, says it in full."""

    id: str
    text: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    form: Form | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """Those of the form; without one, all of it as a single field."""
        if self.form is not None:
            return self.form.fields
        kind = FieldKind.TEXT if not self.options else FieldKind.MULTI if self.multiple else FieldKind.CHOICE
        options = tuple(FieldOption(value=option, label=option) for option in self.options)
        return (Field(key="q0", kind=kind, description=self.text, options=options, custom=True, required=True),)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Why a step is not moving, since when, and what would move it: `next_at` says when it tries again or gives up."""

    id: str
    kind: AttentionKind
    message: str
    since: datetime
    next_at: datetime | None = None
    permission: PermissionRequest | None = None
    question: Question | None = None
