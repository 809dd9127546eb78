"""How a session is made to stop: abort it and its sub-agents' sessions, see that it has, and insist."""

import asyncio
from collections.abc import Collection

from adapters.opencode.connection import to_each
from adapters.opencode.v1.client import Client
from runner.failures import AgentError

STOP_WITHIN = 5.0
_INSIST_EVERY = 1.0
_LOOK_EVERY = 0.05


async def stop_sessions(
    client: Client, sessions: Collection[str], directory: str | None, *, within: float = STOP_WITHIN
) -> str | None:
    """Returns None once OpenCode works on none of them any more, else why that could not be had. Never raises."""
    try:
        async with asyncio.timeout(within):
            await _stop(client, sorted(sessions), directory)
    except TimeoutError:
        return f"OpenCode still worked on it {within:g}s after the abort"
    except AgentError as error:
        return f"The abort failed: {error.failure.message}"
    return None


async def _stop(client: Client, sessions: Collection[str], directory: str | None) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await to_each(sessions, client.abort)
        insist_at = loop.time() + _INSIST_EVERY
        while loop.time() < insist_at:
            if not set(sessions) & set(await client.statuses(directory)):
                return await _withdraw_asks(client, sessions, directory)
            await asyncio.sleep(_LOOK_EVERY)


async def _withdraw_asks(client: Client, sessions: Collection[str], directory: str | None) -> None:
    """An aborted session leaves its open permissions and questions in OpenCode's lists, where nobody can answer."""
    for permission in await client.permissions(directory):
        if permission.session_id in sessions:
            await client.reply_permission(permission.id, directory, "reject", None)
    for question in await client.questions(directory):
        if question.session_id in sessions:
            await client.reject_question(question.id, directory)
