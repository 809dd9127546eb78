"""What agents are doing this second, for whoever looks: kept in memory while a step runs, never stored."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from runner.agents import Activity, ActivitySnapshot, TextDelta, TodosChanged, ToolProgress
from runner.failures import Todo, ToolCall
from runner.model import StepId

_TEXT_LIMIT = 20_000
_TOOLS_LIMIT = 50
_RECENT_LIMIT = 512


@dataclass(kw_only=True)
class _Shown:
    """The newest view of one step, and the last changes for those who are nearly up to date."""

    text: str = ""
    tools: dict[str, ToolCall] = field(default_factory=dict)
    todos: tuple[Todo, ...] = ()
    recent: deque[Activity] = field(default_factory=lambda: deque(maxlen=_RECENT_LIMIT))
    count: int = 0
    begun: bool = False
    ended: bool = False
    followers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def snapshot(self) -> ActivitySnapshot:
        return ActivitySnapshot(text=self.text, tools=tuple(self.tools.values()), todos=self.todos)

    def take(self, activity: Activity) -> None:
        match activity:
            case TextDelta():
                self.text = (self.text + activity.delta)[-_TEXT_LIMIT:]
            case ToolProgress():
                self.tools[activity.call_id] = activity.call
                while len(self.tools) > _TOOLS_LIMIT:
                    self.tools.pop(next(iter(self.tools)))
            case TodosChanged():
                self.todos = activity.todos
            case ActivitySnapshot():
                self.text, self.todos = activity.text[-_TEXT_LIMIT:], activity.todos
                self.tools = {str(place): call for place, call in enumerate(activity.tools)}
            case _:
                assert_never(activity)
        self.recent.append(activity)
        self.count += 1
        self.wake()

    def last(self, count: int) -> Sequence[Activity]:
        """The last changes, or the view as it is where they are not kept any more."""
        if count > len(self.recent):
            return [self.snapshot()]
        return list(self.recent)[len(self.recent) - count :]

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Activities:
    """Where those who tell and those who follow meet. Who cannot keep up gets a new snapshot, not the backlog."""

    def __init__(self) -> None:
        self._shown: dict[StepId, _Shown] = {}

    def begin(self, step_id: StepId) -> None:
        """An attempt of the step begins, with nothing to show yet; who follows the step follows it on."""
        shown = self._shown.setdefault(step_id, _Shown())
        shown.begun = True
        shown.take(ActivitySnapshot())

    def tell(self, step_id: StepId, activity: Activity) -> None:
        """Never blocks; unheard while no attempt runs. A snapshot starts the view anew."""
        shown = self._shown.get(step_id)
        if shown is not None and shown.begun:
            shown.take(activity)

    def end(self, step_id: StepId) -> None:
        """The step is over: followers complete and the view is forgotten."""
        if shown := self._shown.pop(step_id, None):
            shown.ended = True
            shown.wake()

    async def follow(self, step_id: StepId) -> AsyncGenerator[Activity]:
        """First what is shown now, at once, then every change, through all attempts, until `end` of the step."""
        shown = self._shown.setdefault(step_id, _Shown())
        shown.followers += 1
        place = shown.count
        try:
            yield shown.snapshot()
            while not (shown.ended and place == shown.count):
                changed = shown.changed
                if place == shown.count:
                    await changed.wait()
                missed, place = shown.count - place, shown.count
                for activity in shown.last(missed):
                    yield activity
        finally:
            shown.followers -= 1
            if not shown.begun and not shown.followers and self._shown.get(step_id) is shown:
                del self._shown[step_id]
