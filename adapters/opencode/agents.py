"""The runner's port `Agents` over whichever OpenCode answers: looked at when it is needed, and anew once it was lost.

People upgrade in place, and a server may be another one after any pause. So what was found is kept exactly as long as
the event stream from then has stood; an attempt stays with the adapter that it began with, and one that breaks in a
way that another version would explain is looked at once more before it is told.

Asking anew before each attempt was rejected: it costs two requests a step and still misses an upgrade in its middle.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from typing import Protocol

import httpx

from adapters.opencode.held_secrets import HeldSecrets, Learn
from adapters.opencode.identity import Identity, identify, unusable
from adapters.opencode.interruption import interrupted
from adapters.opencode.limits import timed_out
from adapters.opencode.process import Starter
from runner.definitions import Known
from runner.failures import AgentError, Failure, FailureCause, FailureKind, Json, failure
from runner.model import Actor, EngineHealth
from runner.ports import Answer, Observer, PermissionReply, Work

PRODUCT = "OpenCode"
# What another version in the same place can look like to whoever still speaks to the one before.
_MISFITS = frozenset(
    (
        FailureKind.ENGINE_LOST,
        FailureKind.ENGINE_UNREACHABLE,
        FailureKind.ENGINE_UNAUTHORIZED,
        FailureKind.ENGINE_ABORTED,
        FailureKind.ENGINE_ERROR,
        FailureKind.EMPTY_BODY,
        FailureKind.INVALID_BODY,
        FailureKind.UNEXPECTED_SHAPE,
        FailureKind.INTERRUPTED,
    )
)


class Generation(Protocol):
    """The adapter of one generation over one server: the port without what is asked of the address itself."""

    @property
    def is_connected(self) -> bool:
        """Whether its event stream stands."""

    async def run(self, work: Work, observer: Observer) -> Answer: ...

    async def stop(self, session_id: str, directory: str | None) -> bool | None: ...

    async def reload(self, directory: str | None) -> None: ...

    async def known(self, directory: str | None) -> Known: ...

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None: ...

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None: ...

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None: ...


Open = Callable[[], AbstractAsyncContextManager[Generation]]


class OpenCodeAgents:
    """Gives work to the agents of one OpenCode server. Each generation is opened when it is first met, in `stack`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        generations: Mapping[int, Open],
        stack: AsyncExitStack,
        starter: Starter | None = None,
        held: HeldSecrets | None = None,
    ) -> None:
        self._http = http
        self._url = str(http.base_url).rstrip("/")
        self._generations = generations
        self._stack = stack
        self._starter = starter
        self._held = held or HeldSecrets(http)
        self._looked_in: set[str | None] = set()
        self._opened: dict[int, Generation] = {}
        self._found: Identity | None = None
        self._one_at_a_time = asyncio.Lock()

    def tell_secrets(self, learn: Learn) -> None:
        self._held.tell(learn)

    async def run(self, work: Work, observer: Observer) -> Answer:
        found, adapter = await self._in_time(work)
        await self._learn(work.directory)
        try:
            return await adapter.run(work, observer)
        except AgentError as error:
            reason = await self._looked_at_again(error.failure, found)
            raise AgentError(reason, usage=error.usage) from error

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        return await (await self._chosen()).stop(session_id, directory)

    async def reload(self, directory: str | None) -> None:
        await (await self._chosen()).reload(directory)
        await self._learn(directory)

    async def known(self, directory: str | None) -> Known:
        chosen = await self._chosen()
        if directory in self._looked_in:
            return await chosen.known(directory)
        # Beside each other: whoever asks waits no longer than a person would.
        known, _ = await asyncio.gather(chosen.known(directory), self._learn(directory))
        return known

    async def health(self) -> EngineHealth:
        try:
            found = await self._look()
        except AgentError as error:
            message = f"{error.failure.message}. {error.failure.hint}"
            return EngineHealth(reachable=False, url=self._url, product=PRODUCT, message=message)
        return EngineHealth(
            reachable=found.support is not None and found.support.usable,
            url=self._url,
            product=PRODUCT if found.generation else None,
            generation=found.generation,
            version=found.version,
            support=found.support,
            message=found.message,
        )

    async def start(self) -> EngineHealth:
        health = await self.health()
        if not await self._is_absent():
            return health
        if self._starter is None:
            message = f"OpenCode at {self._url} is not on this machine: start it where it belongs."
            return replace(health, message=message)
        try:
            await self._starter.start(self._is_there)
        except AgentError as error:
            return replace(health, message=f"{error.failure.message}. {error.failure.hint}")
        return await self.health()

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        await (await self._chosen()).answer_permission(request_id, directory, reply, message, by)

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        return await (await self._chosen()).answer_question(request_id, directory, answers, values)

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        await (await self._chosen()).dismiss_question(request_id, directory, by)

    async def _in_time(self, work: Work) -> tuple[Identity, Generation]:
        """Looking is part of the attempt, whose limit a server that never answers must not outlast."""
        try:
            async with asyncio.timeout(work.limits.timeout_seconds):
                found = await self._identity()
                return found, await self._adapter(found)
        except TimeoutError as error:
            raise AgentError(timed_out(work.limits)) from error
        except AgentError as error:
            if work.left_behind is None:
                raise
            raise AgentError(interrupted(error.failure.message)) from error

    async def _learn(self, directory: str | None) -> None:
        """What OpenCode holds as secret there, before it can say it."""
        await self._held.look(self._found.generation or 1 if self._found else 1, directory)
        self._looked_in.add(directory)

    async def _chosen(self) -> Generation:
        return await self._adapter(await self._identity())

    async def _identity(self) -> Identity:
        found = self._found
        if found is not None and found.generation in self._opened and self._opened[found.generation].is_connected:
            return found
        return await self._look()

    async def _look(self) -> Identity:
        """Raises AgentError where nobody answers, or only somebody who wants another password."""
        self._found = None
        self._looked_in.clear()
        self._found = found = await identify(self._http)
        return found

    async def _adapter(self, found: Identity) -> Generation:
        """Raises AgentError where it is no OpenCode that can be used."""
        if found.support is not None and not found.support.usable:
            raise AgentError(unusable(found, self._url))
        # Where it cannot be told, its own answers will say what is wrong, in the words of the first generation.
        number = found.generation or max(self._opened, default=1)
        async with self._one_at_a_time:
            if number not in self._opened:
                self._opened[number] = await self._stack.enter_async_context(self._generations[number]())
        return self._opened[number]

    async def _looked_at_again(self, reason: Failure, before: Identity) -> Failure:
        """An upgrade in the middle of an attempt looks like anything; the true reason is that it was one."""
        if reason.kind not in _MISFITS:
            return reason
        try:
            now = await self._look()
        except AgentError:
            return reason
        if now.support is None or (now.generation, now.version) == (before.generation, before.version):
            return reason
        said = FailureCause(source="stepwire", message=reason.message)
        became = f"OpenCode {now.version}" if now.generation else "no OpenCode"
        replaced = failure(
            FailureKind.ENGINE_LOST,
            f"OpenCode was replaced while the step was running: it was {before.version or 'another one'}, "
            f"now it is {became}",
            causes=(said, *reason.causes),
            evidence=reason.evidence,
        )
        return replaced if now.support.usable else replace(replaced, hint=unusable(now, self._url).hint)

    async def _is_there(self) -> bool:
        return not await self._is_absent()

    async def _is_absent(self) -> bool:
        """Whether nobody answers: where somebody does, though it wants a password or is another program, nothing can be
        started.
        """
        try:
            await self._look()
        except AgentError as error:
            return error.failure.kind is FailureKind.ENGINE_UNREACHABLE
        return False
