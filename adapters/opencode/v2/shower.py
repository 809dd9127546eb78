"""What an agent does this second, for whoever looks: text as it comes, and its tool calls."""

from pydantic import ValidationError

from adapters.opencode.v2.run import Run
from adapters.opencode.v2.wire import Frame, TextEvent
from runner.agents import Onlooker, TextDelta, ToolProgress


class Shower:
    """Tells an onlooker what an event has changed. The events of the log up to `quiet_until` have been told before."""

    def __init__(self, onlooker: Onlooker, quiet_until: int = 0) -> None:
        self._onlooker = onlooker
        self._quiet_until = quiet_until
        self._part = ""
        self._length = 0

    def show(self, before: Run, after: Run, frame: Frame) -> None:
        if after.seq <= self._quiet_until:
            return
        if after.seen.text is not before.seen.text and frame.kind in ("session.text.delta", "session.text.ended"):
            self._show_text(frame)
        if after.seen.tools is not before.seen.tools:
            self._show_tools(before, after)

    def _show_text(self, frame: Frame) -> None:
        try:
            told = TextEvent.model_validate(frame.data)
        except ValidationError:
            return
        if told.part != self._part:
            if self._part:
                self._onlooker.activity(TextDelta(delta="\n\n", last=True))
            self._part, self._length = told.part, 0
        new, last = told.delta or told.text[self._length :], bool(told.text)
        self._length += len(new)
        if new or last:
            self._onlooker.activity(TextDelta(delta=new, last=last))

    def _show_tools(self, before: Run, after: Run) -> None:
        for call_id, tool in after.seen.tools.items():
            if (known := before.seen.tools.get(call_id)) is not tool and known != tool:
                self._onlooker.activity(ToolProgress(call_id=call_id, call=tool.call, title=tool.title))
