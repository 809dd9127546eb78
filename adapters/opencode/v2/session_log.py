"""The durable log of one session, followed without loss: cut off, it is taken up again after the last known place."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol

from adapters.opencode.v2.client import Client
from adapters.opencode.v2.run import Run
from adapters.opencode.v2.wire import Frame
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure

log = logging.getLogger("stepwire.opencode")

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_FOR_GOOD = (FailureKind.ENGINE_UNAUTHORIZED, FailureKind.UNEXPECTED_SHAPE, FailureKind.INVALID_BODY)


class LogReader(Protocol):
    """Who is told of the log; `run` knows up to which place it has been."""

    run: Run

    def take_logged(self, event: Frame) -> None: ...

    def caught_up(self) -> None: ...

    def cut_off(self, severed: Failure | None = None) -> None: ...

    def removed(self) -> None: ...


async def follow(client: Client, reader: LogReader) -> None:
    """Tells the log of the reader's session until cancelled; returns only when there is none any more."""
    pause = _SHORTEST_PAUSE
    while True:
        before = reader.run.seq
        try:
            await _read(client, reader)
        except AgentError as error:
            if error.failure.status_code == 404 and await _is_deleted(client, reader.run.session_id):
                reader.removed()
                return
            if error.failure.status_code == 404 or error.failure.kind in _FOR_GOOD:
                reader.cut_off(error.failure)
                return
            log.info("session_log_lost", extra={"session_id": reader.run.session_id, "why": str(error)})
        reader.cut_off()
        # Only a connection that has brought something shows that the next one may be tried at once.
        pause = _SHORTEST_PAUSE if reader.run.seq > before else min(pause * 2, _LONGEST_PAUSE)
        await asyncio.sleep(pause)


async def entries(frames: AsyncIterator[bytes]) -> AsyncGenerator[Frame, None]:
    """The events of a log, without those that are none."""
    async for frame in frames:
        if not frame:
            continue
        try:
            yield Frame.read(frame)
        except ValueError:
            log.info("log_entry_not_understood", extra={"size": len(frame)})


async def _read(client: Client, reader: LogReader) -> None:
    async with client.log(reader.run.session_id, reader.run.seq) as frames, aclosing(entries(frames)) as events:
        async for event in events:
            if event.type == "log.synced":
                reader.caught_up()
            else:
                reader.take_logged(event)


async def _is_deleted(client: Client, session_id: str) -> bool:
    """Tells a session that is gone from a server that keeps no log."""
    try:
        await client.session(session_id)
    except AgentError as error:
        return error.failure.status_code == 404
    return False
