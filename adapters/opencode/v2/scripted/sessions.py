"""A session of a scripted OpenCode 2: what its durable events have made of it, and what only this process knows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.messages import Messages

if TYPE_CHECKING:
    from adapters.opencode.v2.scripted.scripts import Script

Usage: TypeAlias = tuple[int, int, int, int, int]
_NOTHING: Usage = (0, 0, 0, 0, 0)
_OUTCOMES = {f"session.execution.{outcome}": outcome for outcome in ("succeeded", "failed", "interrupted")}


@dataclass(kw_only=True)
class Session:
    """`begun` is the data of `session.created`. Scripts in `plays` take the place of the one chosen by name.

    `executing` is what the log says, `active` what is so: after a kill they differ.
    """

    begun: Properties
    created: int
    updated: int = 0
    idle: int | None = None
    usage: Usage = _NOTHING
    cost: float = 0.0
    outcome: str | None = None
    messages: Messages = field(default_factory=Messages)
    inputs: dict[str, Properties] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    diffs: list[Json] = field(default_factory=list)
    told_instructions: bool = False
    executing: bool = False
    deleted: bool = False

    instructions: dict[str, Json] = field(default_factory=dict)
    plays: "dict[str, Script]" = field(default_factory=dict)
    run: "asyncio.Task[None] | None" = None
    stop_reason: str | None = None

    @property
    def id(self) -> str:
        return str(self.begun["sessionID"])

    @property
    def directory(self) -> str:
        location = self.begun["location"]
        return str(location["directory"]) if isinstance(location, dict) else ""

    @property
    def parent_id(self) -> str | None:
        parent = self.begun.get("parentID")
        return None if parent is None else str(parent)

    @property
    def title(self) -> str | None:
        title = self.begun.get("title")
        return None if title is None else str(title)

    @property
    def agent(self) -> str | None:
        agent = self.begun.get("agent")
        return None if agent is None else str(agent)

    @property
    def model(self) -> str | None:
        """As in `scripted/text`."""
        model = self.begun.get("model")
        return f"{model['providerID']}/{model['id']}" if isinstance(model, dict) else None

    @property
    def rules(self) -> Sequence[Json]:
        rules = self.begun.get("permissions")
        return rules if isinstance(rules, list) else ()

    @property
    def active(self) -> bool:
        return self.run is not None and not self.run.done()

    @property
    def tokens(self) -> Properties:
        return tokens_of(self.usage)

    def happened(self, event: Properties) -> None:
        """Takes in one of its events, durable or not."""
        kind, data = str(event["type"]), event["data"]
        assert isinstance(data, dict)
        self.messages.happened(event)
        if "durable" not in event:
            return
        self.updated = int(str(event["created"]))
        if kind in _OUTCOMES:
            self.outcome, self.idle, self.executing = _OUTCOMES[kind], self.updated, False
        elif kind == "session.execution.started":
            self.executing = True
        elif kind in ("session.step.ended", "session.step.failed", "session.usage.recorded"):
            self._spent(data)
        elif kind == "session.inbox.enqueued":
            self._enqueued(data)
        elif kind == "session.inbox.delivered":
            self.waiting.remove(str(data["inboxID"]))
        elif kind == "session.instructions.updated":
            self.told_instructions = True
        elif kind == "session.deleted":
            self.deleted = True
        elif change := _CHANGES.get(kind):
            self.begun[change] = data[change]

    def shown(self) -> Properties:
        kept = ("parentID", "projectID", "agent", "model", "title", "metadata", "permissions", "location")
        time: Properties = {"created": self.created, "updated": self.updated}
        if self.idle is not None:
            time["idle"] = self.idle
        shown: Properties = {"id": self.id, **{name: self.begun[name] for name in kept if name in self.begun}}
        shown |= {"cost": self.cost, "tokens": self.tokens, "time": time}
        return shown if self.outcome is None else {**shown, "outcome": self.outcome}

    def _spent(self, data: Properties) -> None:
        if isinstance(tokens := data.get("tokens"), dict):
            self.usage = _sum(self.usage, usage_of(tokens))
            self.cost += float(str(data["cost"]))

    def _enqueued(self, data: Properties) -> None:
        item, inbox_id = data["item"], str(data["inboxID"])
        assert isinstance(item, dict)
        self.inputs[inbox_id] = {"id": inbox_id, "sessionID": self.id, "time": {"created": self.updated}, **item}
        self.waiting.append(inbox_id)


_CHANGES = {
    "session.renamed": "title",
    "session.agent.selected": "agent",
    "session.model.selected": "model",
    "session.permissions": "permissions",
    "session.metadata.updated": "metadata",
}


def begun_with(event: Properties) -> Session:
    """The session that `session.created` began."""
    data, created = event["data"], int(str(event["created"]))
    assert isinstance(data, dict)
    return Session(begun=dict(data), created=created, updated=created)


def tokens_of(usage: Usage) -> Properties:
    told, said, thought, read, written = usage
    return {"input": told, "output": said, "reasoning": thought, "cache": {"read": read, "write": written}}


def usage_of(tokens: Properties) -> Usage:
    cache = tokens["cache"]
    assert isinstance(cache, dict)
    told, said, thought = (int(str(tokens[name])) for name in ("input", "output", "reasoning"))
    return told, said, thought, int(str(cache["read"])), int(str(cache["write"]))


def _sum(before: Usage, more: Usage) -> Usage:
    first, second, third, fourth, fifth = (one + other for one, other in zip(before, more, strict=True))
    return first, second, third, fourth, fifth
