"""What an agent does this second, for whoever looks: text as it comes, tool calls, todos."""

from collections.abc import Mapping

from adapters.opencode.observations import Observations, ToolSeen
from adapters.opencode.v1.wire import Event
from runner.agents import Onlooker, TextDelta, TodosChanged, ToolProgress


class Shower:
    """Tells an onlooker the difference between two observations, as activity."""

    def __init__(self, onlooker: Onlooker) -> None:
        self._onlooker = onlooker
        self._part = ""
        self._length = 0

    def show(self, before: Observations, after: Observations, event: Event | None = None) -> None:
        """`event` is what came between the two; None where a gap was filled by reading."""
        kind = event.type if event else "read"
        if after.text_of != before.text_of and self._part:
            self._onlooker.activity(TextDelta(delta="\n\n", last=True))
            self._length = 0
        if kind == "message.part.delta" and after.text != before.text:
            self._add(after, str(event.properties.get("delta")) if event else "")
        elif after.text_of and (after.text != before.text or _is_whole(event, after)):
            missing = after.text[self._length :] if after.text_of == self._part else after.text
            self._add(after, missing, last=True)
        if after.tools is not before.tools:
            self._show_tools(before.tools, after.tools)
        if after.todos != before.todos:
            self._onlooker.activity(TodosChanged(todos=after.todos))

    def _add(self, after: Observations, text: str, *, last: bool = False) -> None:
        self._part = after.text_of
        self._length += len(text)
        if text or last:
            self._onlooker.activity(TextDelta(delta=text, last=last))

    def _show_tools(self, before: Mapping[str, ToolSeen], after: Mapping[str, ToolSeen]) -> None:
        for call_id, tool in after.items():
            if (known := before.get(call_id)) is not tool and known != tool:
                self._onlooker.activity(ToolProgress(call_id=call_id, call=tool.call, title=tool.title))


def _is_whole(event: Event | None, after: Observations) -> bool:
    """Whether the event brought the whole text of the part that was being said."""
    part = event.properties.get("part") if event and event.type == "message.part.updated" else None
    return isinstance(part, dict) and part.get("id") == after.text_of and bool(part.get("text"))
