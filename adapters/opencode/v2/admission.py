"""How a prompt gets into a session once: under ids of our own, so that it may be sent again when an answer is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from adapters.opencode.v2.client import Client, Opening
from adapters.opencode.v2.run import Run
from runner.agents import Work
from runner.failure_kinds import FailureKind
from runner.failures import AgentError

Answered = TypeVar("Answered")

_KEY = "stepwire"
_TRIES = 3
_PAUSE = 0.5
_LOST_ON_THE_WAY = (FailureKind.ENGINE_LOST, FailureKind.ENGINE_UNREACHABLE)


@dataclass(frozen=True, kw_only=True)
class Admission:
    opening: Opening
    input_id: str
    prompt: str
    instructions: str

    @classmethod
    def of(cls, work: Work, run: Run) -> Self:
        opening = Opening(
            session_id=run.session_id,
            title=work.title,
            agent=work.engine_agent,
            model=work.model,
            directory=work.directory,
        )
        return cls(opening=opening, input_id=run.input_id, prompt=work.prompt, instructions=work.instructions)


async def admit(client: Client, admission: Admission) -> None:
    """Returns when the prompt is in the session; what was done before is done again without harm.

    Raises:
        AgentError: OpenCode has refused it, or could not be reached in several tries.
    """
    session_id, prompt = admission.opening.session_id, admission.prompt
    await _insisting(lambda: client.open_session(admission.opening))
    if admission.instructions:
        taken = await _insisting(lambda: client.instruct(session_id, _KEY, admission.instructions))
        prompt = prompt if taken else f"{admission.instructions}\n\n{prompt}"
    await _insisting(lambda: client.prompt(session_id, admission.input_id, prompt))


async def _insisting(call: Callable[[], Awaitable[Answered]]) -> Answered:
    for _ in range(_TRIES - 1):
        try:
            return await call()
        except AgentError as error:
            if error.failure.kind not in _LOST_ON_THE_WAY:
                raise
        await asyncio.sleep(_PAUSE)
    return await call()
