"""Versions of a definition: the mark of one, and two between which somebody has to choose."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from runner.definitions import Agent, Template
from runner.idempotency import digest, told_apart

Definition: TypeAlias = Agent | Template

_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class EditConflict:
    """Somebody else has changed the definition since `yours` was begun; nothing was saved.

    `stored` is what there is now, None where it was deleted; `yours` is None where it was to be deleted.
    """

    message: str
    stored: Definition | None
    yours: Definition | None = None


def revision(definition: Definition) -> str:
    """The mark of what a file says of it: 16 hex digits, others for other words, whatever OpenCode knows of it now."""
    judged = {"problems": (), "available": None} if isinstance(definition, Agent) else {"problems": ()}
    return digest(told_apart(type(definition).__name__, replace(definition, **judged)))[:_LENGTH]
