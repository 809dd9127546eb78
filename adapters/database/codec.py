"""Events as they stand in the log: a type in snake_case and a payload of JSON text, and back.

What has a column of its own (pipeline, time, actor, channel) is not in the payload. Rows are never rewritten: what an
older stepwire wrote is read leniently (see `values`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.database.values import converter, dumps, text_of
from runner.copies import replace
from runner.events import REGISTER, Event, PipelineEvent, StepFailed, StepRetrying
from runner.model import Channel, Cursor

_CLASSES: Mapping[str, type[Event]] = {facts.stored: event for event, facts in REGISTER.items()}
_IN_COLUMNS = ("at", "actor", "pipeline_id")


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """An event without its place."""

    type: str
    pipeline_id: str | None
    at: str
    actor: str | None
    channel: str | None
    payload: str


def encode(event: Event) -> StoredEvent:
    payload: dict[str, Any] = converter(type(event)).write(event)
    for name in _IN_COLUMNS:
        payload.pop(name, None)
    if isinstance(event, StepFailed | StepRetrying):
        payload["error_message"] = event.failure.failure.message
    return StoredEvent(
        type=REGISTER[type(event)].stored,
        pipeline_id=getattr(event, "pipeline_id", None),
        at=text_of(event.at),
        actor=event.actor.name if event.actor else None,
        channel=event.actor.channel.value if event.actor and event.actor.channel else None,
        payload=dumps(payload),
    )


def decode(stored: StoredEvent) -> Event:
    fields: dict[str, Any] = json.loads(stored.payload)
    fields |= {
        "at": stored.at,
        "actor": {"name": stored.actor} if stored.actor is not None else None,
        "pipeline_id": stored.pipeline_id,
    }
    event: Event = converter(_CLASSES[stored.type]).read(fields)
    if event.actor is None or stored.channel is None:
        return event
    return replace(event, actor=replace(event.actor, channel=Channel(stored.channel)))


def placed(event: PipelineEvent, cursor: Cursor) -> PipelineEvent:
    """The event whose failure, if it has one, knows its place in the log."""
    if isinstance(event, StepFailed | StepRetrying):
        return replace(event, failure=replace(event.failure, cursor=cursor))
    return event
