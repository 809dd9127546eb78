"""An observer that remembers what it was told, and by which a test can wait for it."""

import asyncio
from typing import Any

from runner.agents import Activity, TextDelta, ToolProgress
from runner.attention import Attention
from runner.failures import Json


class Listener:
    def __init__(self) -> None:
        self.session_id: str | None = None
        self.model: str | None = None
        self.resume: Json = None
        self.told: list[tuple[Any, ...]] = []
        self.raised: list[Attention] = []
        self.activities: list[Activity] = []
        self._news = asyncio.Condition()

    @property
    def text(self) -> str:
        return "".join(activity.delta for activity in self.activities if isinstance(activity, TextDelta))

    def has_seen(self, tool: str, status: str) -> bool:
        calls = (activity.call for activity in self.activities if isinstance(activity, ToolProgress))
        return any(call.tool == tool and call.status == status for call in calls)

    async def session_opened(self, session_id: str, model: str | None, resume: Json = None) -> None:
        self.session_id, self.model, self.resume = session_id, model, resume
        await self._notify()

    async def progressed(self, resume: Json) -> None:
        self.resume = resume

    async def attention_raised(self, attention: Attention) -> None:
        self.raised.append(attention)
        self.told.append(("raised", attention.id))
        await self._notify()

    async def attention_cleared(self, attention_id: str, answer: str | None = None) -> None:
        self.told.append(("cleared", attention_id, answer))
        await self._notify()

    def activity(self, activity: Activity) -> None:
        self.activities.append(activity)

    async def session(self) -> str:
        """Waits for the session."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: self.session_id is not None)
        assert self.session_id is not None
        return self.session_id

    async def attention(self, count: int = 1) -> Attention:
        """Waits for the n-th attention that is raised."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.raised) >= count)
        return self.raised[count - 1]

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()
