"""What an agent does this second, for whoever looks: text as it comes, tool calls, todos; all of it redacted.

A secret may come in pieces. Text is therefore let through line by line, and a long line without its last words; a
private key is held back until its end.
"""

from collections.abc import Mapping

from adapters.opencode.observations import Observations, ToolSeen
from adapters.opencode.v1.wire import Event
from runner.failures import Evidence
from runner.ports import Observer, TextDelta, TodosChanged, ToolProgress
from runner.redaction import Redactor

_HELD_WORDS = 5
_LONGEST_LINE = 4000
_KEY_BEGINS, _KEY_ENDS = "-----BEGIN", "-----END"


class LiveText:
    """Turns deltas of one text part after the other into redacted deltas."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._line = ""
        self._shown = 0

    def add(self, delta: str) -> str:
        """What may be shown now."""
        self._line += delta
        if _KEY_BEGINS in self._line and _KEY_ENDS not in self._line and len(self._line) < 10 * _LONGEST_LINE:
            return ""
        whole, newline, rest = self._line.rpartition("\n")
        if newline:
            shown = self._redactor(whole + newline)[self._shown :]
            self._line, self._shown = rest, 0
            return shown + self._beginning()
        return self._beginning()

    def end(self) -> str:
        """The part is over: what was held back."""
        shown = self._redactor(self._line)[self._shown :]
        self._line, self._shown = "", 0
        return shown

    def _beginning(self) -> str:
        """The new words of an unfinished line, except its last ones: they may be the beginning of a secret."""
        if len(self._line) > _LONGEST_LINE:
            return self._begun_anew()
        words = self._redactor(self._line).rsplit(" ", _HELD_WORDS)
        ready = words[0] + " " if len(words) > _HELD_WORDS else ""
        shown = ready[self._shown :]
        self._shown = max(self._shown, len(ready))
        return shown

    def _begun_anew(self) -> str:
        """A line without an end is cut, so that it is not redacted again and again; one without blanks is held back."""
        words = self._line[-_LONGEST_LINE:].rsplit(" ", _HELD_WORDS)
        if len(words) <= _HELD_WORDS:
            return ""
        held = len(self._line) - sum(len(word) + 1 for word in words[1:]) + 1
        shown = self._redactor(self._line[:held])[self._shown :]
        self._line, self._shown = self._line[held:], 0
        return shown


class Shower:
    """Tells an observer the difference between two observations, as activity."""

    def __init__(self, observer: Observer, redactor: Redactor) -> None:
        self._observer = observer
        self._redactor = redactor
        self._text = LiveText(redactor)
        self._part = ""
        self._length = 0

    def show(self, before: Observations, after: Observations, event: Event | None = None) -> None:
        """`event` is what came between the two; None where a gap was filled by reading."""
        kind = event.type if event else "read"
        if after.text_of != before.text_of and self._part:
            self._say(self._text.end() + "\n\n")
            self._length = 0
        if kind == "message.part.delta" and after.text != before.text:
            self._add(after, str(event.properties.get("delta")) if event else "")
        elif after.text_of and (after.text != before.text or _is_whole(event, after)):
            missing = after.text[self._length :] if after.text_of == self._part else after.text
            self._add(after, missing)
            self._say(self._text.end())
        if after.tools is not before.tools:
            self._show_tools(before.tools, after.tools)
        if after.todos != before.todos:
            todos = self._redactor.evidence(Evidence(todos=after.todos)).todos
            self._observer.activity(TodosChanged(todos=todos))

    def _add(self, after: Observations, text: str) -> None:
        self._part = after.text_of
        self._length += len(text)
        self._say(self._text.add(text))

    def _show_tools(self, before: Mapping[str, ToolSeen], after: Mapping[str, ToolSeen]) -> None:
        for call_id, tool in after.items():
            if before.get(call_id) != tool:
                call = self._redactor.tool_call(tool.call)
                title = self._redactor.optional(tool.title)
                self._observer.activity(ToolProgress(call_id=call_id, call=call, title=title))

    def _say(self, text: str) -> None:
        if text:
            self._observer.activity(TextDelta(delta=text))


def _is_whole(event: Event | None, after: Observations) -> bool:
    """Whether the event brought the whole text of the part that was being said."""
    part = event.properties.get("part") if event and event.type == "message.part.updated" else None
    return isinstance(part, dict) and part.get("id") == after.text_of and bool(part.get("text"))
