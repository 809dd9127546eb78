"""The runner's port `Agents` over whichever OpenCode answers: looked at when it is needed, and anew once it was lost.

People upgrade in place, and a server may be another one after any pause. So what was found is kept exactly as long as
the event stream from then has stood; an attempt stays with the adapter that it began with, and one that breaks in a
way that another version would explain is looked at once more before it is told.

Asking anew before each attempt was rejected: it costs two requests a step and still misses an upgrade in its middle.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import replace
from typing import Protocol

import httpx

from adapters.opencode.answers import Answers
from adapters.opencode.connection import is_silence
from adapters.opencode.held_secrets import HeldSecrets, Learn
from adapters.opencode.identity import Identity, identify, unusable
from adapters.opencode.interruption import not_found_again
from adapters.opencode.limits import timed_out
from adapters.opencode.process import Starter
from adapters.opencode.spans import Instrument, Within
from adapters.opencode.words import ended
from runner.agents import Answer, Observer, PermissionReply, Work
from runner.definitions import Known
from runner.engine_health import EngineHealth
from runner.failure_kinds import KINDS, FailureKind
from runner.failures import AgentError, Failure, FailureCause, Json, failure
from runner.file_changes import FileChanges
from runner.model import Actor
from runner.traces import Traces

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


_MENDED_IN_FILES = frozenset((FailureKind.PROVIDER_AUTH, FailureKind.UNKNOWN_MODEL, FailureKind.CONFIG_INVALID))
_AFTER_A_RESTART = "a changed global opencode.json counts after a restart of OpenCode."
_BY_A_RESTART = "trying again restarts the OpenCode that stepwire has started, when no other step is at work on it."
_NOT_RESTARTED = (
    "The OpenCode that stepwire has started was not restarted, because other steps are at work on it: "
    "a changed global opencode.json does not count yet."
)


class Generation(Protocol):
    """The adapter of one generation over one server: the port without what is asked of the address itself."""

    @property
    def is_connected(self) -> bool:
        """Whether its event stream stands."""

    async def run(self, work: Work, observer: Observer) -> Answer: ...

    async def stop(self, session_id: str, directory: str | None) -> bool | None: ...

    async def traces(self, session_id: str, directory: str | None) -> Traces: ...

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None: ...

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
        answers: Answers | None = None,
    ) -> None:
        self._http = http
        self._url = str(http.base_url).rstrip("/")
        self._generations = generations
        self._stack = stack
        self._starter = starter
        self._answers = answers or Answers()
        self._held = held or HeldSecrets(http, answers=self._answers)
        self._looked_in: set[str | None] = set()
        self._opened: dict[int, Generation] = {}
        self._found: Identity | None = None
        self._one_at_a_time = asyncio.Lock()
        self._restarting = asyncio.Lock()
        self._at_work = 0
        self._within: Within = nullcontext

    def trace(self, instrument: Instrument, within: Within) -> None:
        """From now on each request is a span, below that of its attempt."""
        instrument(self._http)
        self._within = within

    def tell_secrets(self, learn: Learn) -> None:
        self._held.tell(learn)

    async def run(self, work: Work, observer: Observer) -> Answer:
        # One that is being restarted is waited for.
        async with self._restarting:
            self._at_work += 1
        try:
            with self._within(work.step_id):
                return await self._run(work, observer)
        finally:
            self._at_work -= 1

    async def _run(self, work: Work, observer: Observer) -> Answer:
        found, adapter = await self._in_time(work)
        await self._learn(work.directory)
        try:
            return await adapter.run(work, observer)
        except AgentError as error:
            reason = await self._looked_at_again(error.failure, found)
            raise AgentError(self._with_restart(reason, found), usage=error.usage) from error

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        return await (await self._chosen()).stop(session_id, directory)

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        return await (await self._chosen()).traces(session_id, directory)

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        return await (await self._chosen()).changes(session_id, directory)

    async def reload(self, directory: str | None) -> str | None:
        self._forget()
        if self._starter is None or not self._starter.is_running or await self._watches_its_files():
            await (await self._chosen()).reload(directory)
            return None
        async with self._restarting:
            if not self._at_work:
                await self._starter.restart()
                self._forget()
                return None
        await (await self._chosen()).reload(directory)
        await self._learn(directory)
        return _NOT_RESTARTED

    async def _watches_its_files(self) -> bool:
        """A server that does not answer does nothing of the kind."""
        found = await self._seen()
        return isinstance(found, Identity) and found.generation == 2

    async def known(self, directory: str | None) -> Known:
        chosen = await self._chosen()
        if directory in self._looked_in:
            return await chosen.known(directory)
        # Beside each other: whoever asks waits no longer than a person would.
        known, _ = await asyncio.gather(chosen.known(directory), self._learn(directory))
        return known

    async def health(self) -> EngineHealth:
        return self._health_of(await self._seen())

    def _health_of(self, found: Identity | AgentError) -> EngineHealth:
        managed = self._starter is not None and self._starter.is_running
        if isinstance(found, AgentError):
            message = f"{ended(found.failure.message)} {found.failure.hint}"
            return EngineHealth(reachable=False, url=self._url, product=PRODUCT, message=message, managed=managed)
        return EngineHealth(
            managed=managed,
            reachable=found.support is not None and found.support.usable,
            url=self._url,
            product=PRODUCT if found.generation else None,
            generation=found.generation,
            version=found.version,
            support=found.support,
            message=found.message,
        )

    async def start(self) -> EngineHealth:
        found = await self._seen()
        health = self._health_of(found)
        if not _is_absent(found):
            return health
        if isinstance(found, AgentError) and is_silence(found) and not health.managed:
            message = f"{found.failure.message}, but takes the connection: end what runs there, then start it again."
            return replace(health, message=message)
        if self._starter is None:
            message = f"OpenCode at {self._url} is not on this machine: start it where it belongs."
            return replace(health, message=message)
        try:
            await self._starter.start(self._is_there)
        except AgentError as error:
            return replace(health, message=f"{ended(error.failure.message)} {error.failure.hint}")
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
            raise not_found_again(work.left_behind.session_id, error.failure.message) from error

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
        """Raises AgentError where nobody answers, or only somebody who wants another password.

        What was found before holds meanwhile: a page has this asked every second, and steps need not look as well.
        """
        try:
            found = await identify(self._http)
        except AgentError:
            self._found = None
            self._forget()
            raise
        if found != self._found:
            self._forget()
        self._found = found
        return found

    def _forget(self) -> None:
        """What it has said of folders may not hold any more."""
        self._answers.forget()
        self._looked_in.clear()

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

    async def _seen(self) -> Identity | AgentError:
        """What answers, or why nothing can be told of it."""
        try:
            return await self._look()
        except AgentError as error:
            return error

    async def _is_there(self) -> bool:
        return not _is_absent(await self._seen())

    def _with_restart(self, reason: Failure, found: Identity) -> Failure:
        """OpenCode 1 reads its global file and its keys when it starts, a directory's own files when it opens it."""
        if found.generation != 1 or reason.kind not in _MENDED_IN_FILES or reason.hint != KINDS[reason.kind].hint:
            return reason
        ours = self._starter is not None and self._starter.is_running
        return replace(reason, hint=f"{reason.hint.removesuffix('.')}; {_BY_A_RESTART if ours else _AFTER_A_RESTART}")


def _is_absent(found: Identity | AgentError) -> bool:
    """Whether nobody answers: where somebody does, though it wants a password or is another program, nothing can be
    started.
    """
    return isinstance(found, AgentError) and found.failure.kind is FailureKind.ENGINE_UNREACHABLE
