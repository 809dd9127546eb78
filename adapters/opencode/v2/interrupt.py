"""How sessions are made to stop: interrupt them and their sub-agents', see that they have, and insist."""

import asyncio
from collections.abc import Collection

from adapters.opencode.connection import to_each
from adapters.opencode.v2.client import Client
from runner.failures import AgentError

STOP_WITHIN = 5.0
_INSIST_EVERY = 1.0
_LOOK_EVERY = 0.05


async def family_of(client: Client, session_id: str) -> Collection[str]:
    """The session and those of all sub-agents below it. Raises AgentError when OpenCode cannot be asked."""
    family, unread = {session_id}, [session_id]
    while unread:
        children = set(await client.children(unread.pop())) - family
        family |= children
        unread += children
    return family


async def stop_sessions(client: Client, sessions: Collection[str], *, within: float = STOP_WITHIN) -> bool | None:
    """Returns once OpenCode works on none of them any more: whether it did before, None: that is not told.

    Raises:
        AgentError: OpenCode could not be asked.
        TimeoutError: it still worked on them after that time.
    """
    async with asyncio.timeout(within):
        running = bool(set(sessions) & set(await client.active()))
        told = await _stopped(client, sessions)
    return told if told is not None else running


async def stopped_or_why(client: Client, sessions: Collection[str], *, within: float = STOP_WITHIN) -> str | None:
    """None once they have stopped, else why that could not be had, as a sentence. Never raises."""
    try:
        async with asyncio.timeout(within):
            await _stopped(client, sessions)
    except TimeoutError:
        return f"OpenCode still worked on it {within:g}s after the interrupt"
    except AgentError as error:
        return f"The interrupt failed: {error.failure.message}"
    return None


async def _stopped(client: Client, sessions: Collection[str]) -> bool | None:
    """Whether the first interrupt found anything at work."""
    told = await _interrupted(client, sessions)
    while not await _have_stopped(client, sessions):
        await _interrupted(client, sessions)
    return told


async def _interrupted(client: Client, sessions: Collection[str]) -> bool | None:
    """Whether anything was interrupted. A session that is not there any more does not run either."""
    answers = list[bool | None]()

    async def interrupt(session_id: str) -> None:
        try:
            answers.append(await client.interrupt(session_id))
        except AgentError as error:
            if error.failure.status_code != 404:
                raise

    await to_each(sorted(sessions), interrupt)
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


async def _have_stopped(client: Client, sessions: Collection[str]) -> bool:
    """Looks for a while."""
    loop = asyncio.get_running_loop()
    insist_at = loop.time() + _INSIST_EVERY
    while loop.time() < insist_at:
        if not set(sessions) & set(await client.active()):
            return True
        await asyncio.sleep(_LOOK_EVERY)
    return False
