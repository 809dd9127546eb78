"""The messages of a session, as its events make them: what `GET …/message` shows, also after a restart."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from adapters.opencode.v2.scripted.log import Json, Properties

Change: TypeAlias = Callable[["Messages", Properties, Json], None]


class Messages:
    """Oldest first. Each is in the shape in which the server shows it."""

    def __init__(self) -> None:
        self.all: list[Properties] = []
        self._items: dict[str, Properties] = {}
        self._awaited: dict[str, Properties] = {}

    def happened(self, event: Properties) -> None:
        change, data = _CHANGES.get(str(event["type"])), event["data"]
        if change is not None and isinstance(data, dict):
            change(self, {**data, "eventID": event["id"]}, event["created"])

    def running_tools(self) -> Iterator[tuple[str, str, str]]:
        """Message, call and name of each tool that has begun and not ended."""
        for message, item in self._content():
            if item["type"] == "tool" and _is_running(item):
                yield str(message["id"]), str(item["id"]), str(item["name"])

    def last_text(self) -> str:
        """What the agent said last."""
        texts = [str(item["text"]) for _, item in self._content() if item["type"] == "text"]
        return texts[-1] if texts else ""

    def last_error(self) -> str:
        """Why the last run failed, or nothing."""
        error = self.all[-1].get("error") if self.all else None
        return str(error["message"]) if isinstance(error, dict) else ""

    def enqueued(self, data: Properties, at: Json) -> None:
        item = data["item"]
        assert isinstance(item, dict)
        self._awaited[str(data["inboxID"])] = item

    def delivered(self, data: Properties, at: Json) -> None:
        item = self._awaited.pop(str(data["inboxID"]))
        payload = item["payload"]
        assert isinstance(payload, dict)
        self.all.append({"id": data["inboxID"], "time": {"created": at}, "type": item["type"], **payload})

    def step_started(self, data: Properties, at: Json) -> None:
        if isinstance(message := self._items.get(str(data["assistantMessageID"])), dict):
            message.pop("retry", None)
            return
        begun: Properties = {"id": data["assistantMessageID"], "type": "assistant", "agent": data["agent"]}
        begun |= {"model": data["model"], "content": [], "time": {"created": at}}
        self._items[str(data["assistantMessageID"])] = begun
        self.all.append(begun)

    def step_ended(self, data: Properties, at: Json) -> None:
        told: Properties = {name: data[name] for name in ("error", "cost", "tokens") if name in data}
        self._message(data).update(told, finish=data.get("finish", "error"))
        self._time(self._message(data))["completed"] = at

    def retry_scheduled(self, data: Properties, at: Json) -> None:
        self._message(data)["retry"] = {name: data[name] for name in ("attempt", "at", "error")}

    def text_started(self, data: Properties, at: Json) -> None:
        self._add(data, f"text-{data['ordinal']}", {"type": "text", "text": ""})

    def reasoning_started(self, data: Properties, at: Json) -> None:
        self._add(data, f"reasoning-{data['ordinal']}", {"type": "reasoning", "text": ""})

    def text_ended(self, data: Properties, at: Json) -> None:
        self._item(data, f"text-{data['ordinal']}")["text"] = data["text"]

    def reasoning_ended(self, data: Properties, at: Json) -> None:
        self._item(data, f"reasoning-{data['ordinal']}")["text"] = data["text"]

    def tool_started(self, data: Properties, at: Json) -> None:
        begun: Properties = {"type": "tool", "id": data["id"], "name": data["name"], "time": {"created": at}}
        self._add(data, str(data["id"]), {**begun, "state": {"status": "streaming", "input": ""}})

    def tool_called(self, data: Properties, at: Json) -> None:
        item = self._item(data, str(data["id"]))
        item |= {"executed": data["executed"], "state": {"status": "running", "input": data["input"], "metadata": {}}}
        self._time(item)["ran"] = at

    def tool_progressed(self, data: Properties, at: Json) -> None:
        state = self._item(data, str(data["id"]))["state"]
        assert isinstance(state, dict)
        state["metadata"] = data["metadata"]

    def tool_ended(self, data: Properties, at: Json) -> None:
        item = self._item(data, str(data["id"]))
        before = item["state"]
        told = before["input"] if isinstance(before, dict) and isinstance(before["input"], dict) else {}
        outcome: Properties = {name: data[name] for name in ("error", "content", "metadata") if name in data}
        item["state"] = {"status": "error" if "error" in data else "completed", "input": told, **outcome}
        self._time(item)["completed"] = at

    def compaction_started(self, data: Properties, at: Json) -> None:
        self._add_compaction(data, at, {"status": "running", "summary": ""})

    def compaction_ended(self, data: Properties, at: Json) -> None:
        self.all.pop()
        self._add_compaction(data, at, {"status": "completed", "summary": data["text"]})

    def compaction_failed(self, data: Properties, at: Json) -> None:
        self.all.pop()
        self._add_compaction(data, at, {"status": "failed", "error": data["error"]})

    def became_idle(self, data: Properties, at: Json, outcome: str) -> None:
        idle: Properties = {"id": _own_id(data), "type": "idle", "time": {"created": at}, "outcome": outcome}
        self.all.append({**idle, "error": data["error"]} if "error" in data else idle)

    def _content(self) -> Iterator[tuple[Properties, Properties]]:
        for message in self.all:
            content = message.get("content")
            for item in content if isinstance(content, list) else ():
                if isinstance(item, dict):
                    yield message, item

    def _message(self, data: Properties) -> Properties:
        return self._items[str(data["assistantMessageID"])]

    def _item(self, data: Properties, name: str) -> Properties:
        return self._items[f"{data['assistantMessageID']} {name}"]

    def _add(self, data: Properties, name: str, item: Properties) -> None:
        content = self._message(data)["content"]
        assert isinstance(content, list)
        content.append(item)
        self._items[f"{data['assistantMessageID']} {name}"] = item

    def _add_compaction(self, data: Properties, at: Json, state: Properties) -> None:
        begun: Properties = {"id": _own_id(data), "type": "compaction", "time": {"created": at}}
        self.all.append({**begun, "reason": data["reason"], **state})

    def _time(self, item: Properties) -> Properties:
        time = item["time"]
        assert isinstance(time, dict)
        return time


def _own_id(data: Properties) -> str:
    """Of a message that no event names: the event's, so that it is the same after a restart."""
    return str(data["eventID"]).replace("evt_", "msg_")


def _is_running(item: Properties) -> bool:
    state = item["state"]
    return isinstance(state, dict) and state["status"] in ("streaming", "running")


def _idle(outcome: str) -> Change:
    return lambda messages, data, at: messages.became_idle(data, at, outcome)


_CHANGES: dict[str, Change] = {
    "session.inbox.enqueued": Messages.enqueued,
    "session.inbox.delivered": Messages.delivered,
    "session.step.started": Messages.step_started,
    "session.step.ended": Messages.step_ended,
    "session.step.failed": Messages.step_ended,
    "session.retry.scheduled": Messages.retry_scheduled,
    "session.text.started": Messages.text_started,
    "session.text.ended": Messages.text_ended,
    "session.reasoning.started": Messages.reasoning_started,
    "session.reasoning.ended": Messages.reasoning_ended,
    "session.tool.input.started": Messages.tool_started,
    "session.tool.called": Messages.tool_called,
    "session.tool.progress": Messages.tool_progressed,
    "session.tool.success": Messages.tool_ended,
    "session.tool.failed": Messages.tool_ended,
    "session.compaction.started": Messages.compaction_started,
    "session.compaction.ended": Messages.compaction_ended,
    "session.compaction.failed": Messages.compaction_failed,
    **{f"session.execution.{outcome}": _idle(outcome) for outcome in ("succeeded", "failed", "interrupted")},
}
