"""A run that went on, or ended, while stepwire was away: followed to its end, its last message taken as the reply."""

import asyncio
from contextlib import suppress

from adapters.opencode.interruption import interrupted
from adapters.opencode.reply import Reply
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.wire import Message
from adapters.opencode.v1.witness import Witness
from runner.failures import AgentError, Failure

_LOOK_EVERY = 2.0


class LeftBehindSession:
    """Nobody waits on the run's own POST any more, so its end is told by the stream and by looking."""

    def __init__(self, client: Client, witness: Witness) -> None:
        self._client = client
        self._witness = witness

    async def outcome(self) -> Reply | Failure:
        """What the run's POST would have returned, once OpenCode works on the session no more."""
        session_id = self._witness.seen.session_id
        try:
            await self._witness.catch_up(self._client)
            while session_id in await self._client.statuses(self._witness.seen.directory):
                await self._rest()
            messages = await self._client.messages(session_id)
        except AgentError as error:
            return interrupted(error.failure.message)
        if not messages or not _is_over(messages[-1]):
            return interrupted("its session holds no answer")
        return Reply(status=200, body=messages[-1].model_dump_json(by_alias=True).encode())

    async def _rest(self) -> None:
        """Until the stream says that the session rests, or a while has passed without a word of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await self._witness.rested.wait()
                self._witness.rested.clear()


def _is_over(message: Message) -> bool:
    """OpenCode leaves a message that a crash cut off without an end of any kind."""
    info = message.info
    ended = info.time.completed is not None or info.finish is not None or info.error is not None
    return info.role == "assistant" and ended
