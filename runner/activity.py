"""What agents are doing this second, for whoever looks: kept in memory while a step runs, never stored."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from runner.failures import Todo, ToolCall
from runner.model import StepId
from runner.ports import Activity, ActivitySnapshot, TextDelta, TodosChanged, ToolProgress

_TEXT_LIMIT = 20_000
_TOOLS_LIMIT = 50
_RECENT_LIMIT = 512


@dataclass(kw_only=True)
class _Shown:
    """The newest view of one step, and the last changes for those who are nearly up to date."""

    text: str = ""
    tools: dict[str, ToolCall] = field(default_factory=dict)
    todos: tuple[Todo, ...] = ()
    recent: list[Activity] = field(default_factory=list)
    count: int = 0
    ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def snapshot(self) -> ActivitySnapshot:
        return ActivitySnapshot(text=self.text, tools=tuple(self.tools.values()), todos=self.todos)


class Activities:
    """Where those who tell and those who follow meet. Who cannot keep up gets a new snapshot, not the backlog."""

    def __init__(self) -> None:
        self._shown: dict[StepId, _Shown] = {}

    def tell(self, step_id: StepId, activity: Activity) -> None:
        """Never blocks. A snapshot starts the view anew: the attempt's text begins again."""
        shown = self._shown.get(step_id)
        if shown is None:
            return
        match activity:
            case TextDelta():
                shown.text = (shown.text + activity.delta)[-_TEXT_LIMIT:]
            case ToolProgress():
                shown.tools[activity.call_id] = activity.call
                while len(shown.tools) > _TOOLS_LIMIT:
                    shown.tools.pop(next(iter(shown.tools)))
            case TodosChanged():
                shown.todos = activity.todos
            case ActivitySnapshot():
                shown.text, shown.todos = activity.text[-_TEXT_LIMIT:], activity.todos
                shown.tools = {str(place): call for place, call in enumerate(activity.tools)}
        shown.recent = [*shown.recent[-_RECENT_LIMIT:], activity]
        shown.count += 1
        self._wake(shown)

    def begin(self, step_id: StepId) -> None:
        """An attempt of the step begins with nothing to show yet."""
        self.end(step_id)
        self._shown[step_id] = _Shown()

    def end(self, step_id: StepId) -> None:
        """The step's attempt is over: followers complete and the view is forgotten."""
        if shown := self._shown.pop(step_id, None):
            shown.ended = True
            self._wake(shown)

    async def follow(self, step_id: StepId) -> AsyncIterator[Activity]:
        """First what is shown now, then every change, until the attempt is over; nothing when none is running."""
        shown = self._shown.get(step_id)
        if shown is None:
            return
        place = shown.count
        yield shown.snapshot()
        while not (shown.ended and place == shown.count):
            changed = shown.changed
            if place == shown.count:
                await changed.wait()
            missed, place = shown.count - place, shown.count
            if missed > len(shown.recent):
                yield shown.snapshot()
            elif missed:
                for activity in shown.recent[-missed:]:
                    yield activity

    def _wake(self, shown: _Shown) -> None:
        shown.changed.set()
        shown.changed = asyncio.Event()
