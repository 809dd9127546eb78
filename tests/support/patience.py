"""Waits for what no event tells of."""

import asyncio
from collections.abc import Callable


async def eventually(condition: Callable[[], bool], *, within: float = 60) -> None:
    """Polls, where nothing tells."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.005)
