"""The way of one attempt: look before, open a session, send the prompt, watch over it, stop it if need be, judge.

Two connections tell of one attempt: the answer to the prompt, which is the verdict, and the event stream, which is the
witness of what led to it. Nothing orders the one after the other. So once the answer is there, the attempt settles: it
gives the stream a quarter of a second to bring what was already under way, such as who refused, or that a sub-agent
broke down. It cannot wait until the session is said to be idle, because OpenCode says so twice, too early, or never;
and to read the messages anew each time would cost every attempt a request and tell nothing of retries and asks. Where
the stream had a gap, they are read, because then it is known that something is missing.

A stop comes before its verdict. Whatever ends an attempt early (a limit of ours, a cancel, a bug) aborts the session
and sees that it rests before `run` returns, so that two attempts never work at once. The reason was fixed when we
decided to stop; what OpenCode still says, for half a second, becomes a cause of it and no other reason. To judge first
and abort then would let the abort's own traces (an answer cut short, a tool that failed) pass for what went wrong.

What the attempt has cost is told by the messages that the stream brought, and read where that may not be all. It comes
last, and may be missing: no look behind the verdict can change it or hold it up for long.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf

from pydantic import JsonValue, ValidationError

from adapters.opencode.attention import Teller, attentions
from adapters.opencode.evidence import evidence_of, partly_known, unread_totals
from adapters.opencode.interruption import not_found_again
from adapters.opencode.limits import exceeded, next_check
from adapters.opencode.observations import Now, Observations, asked_earlier, nothing_seen
from adapters.opencode.preparation import Preparation, Waiting
from adapters.opencode.provider_errors import has_told_overflow
from adapters.opencode.refusals import Refusals
from adapters.opencode.reply import Reply
from adapters.opencode.v1 import wire
from adapters.opencode.v1.abort import STOP_WITHIN, stop_sessions
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.left_behind import LeftBehindSession
from adapters.opencode.v1.mcp import McpServers
from adapters.opencode.v1.preflight import check_directory, check_names, check_taken
from adapters.opencode.v1.shower import Shower
from adapters.opencode.v1.verdict import Success, Verdict, answer_of, verdict
from adapters.opencode.v1.witness import Witness
from adapters.opencode.watch import Watch
from adapters.opencode.words import with_cause
from runner.agents import Answer, LeftBehind, Observer, Work
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure

_STREAM_WITHIN = 2.0
_FIND_WITHIN = 3.0
_SETTLE_WITHIN = 0.25
_WORDS_WITHIN = 5.0
_LAST_WORDS_WITHIN = 0.5
_LOOK_WITHIN = 10.0
_ASK_EVERY = 1.0


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What every attempt on one server shares."""

    client: Client
    watch: Watch[Client, wire.Event]
    now: Now
    stop_within: float = STOP_WITHIN
    refusals: Refusals = field(default_factory=Refusals)
    waiting: Waiting = field(default_factory=Waiting)


class AttemptRun:
    """One attempt on one server; used once."""

    def __init__(self, engine: Engine, work: Work, observer: Observer) -> None:
        self._engine = engine
        self._client = engine.client
        self._work = work
        self._observer = observer
        self._teller = Teller(observer, work.left_behind.attention if work.left_behind else ())
        self._limits = work.limits
        self._mcp = McpServers(engine.client, work, engine.waiting.notice)
        self._last = engine.client.hurried()
        self._stopped_at: Observations | None = None

    async def run(self) -> Answer:
        """Runs it to its end. Whatever ends it early, a cancel included, the session is stopped before it returns.

        Raises:
            AgentError: for every way in which it can fail.
        """
        left = self._work.left_behind
        begun = self._engine.now().after(-left.running_seconds if left else 0.0)
        if left:
            model, session = await self._find_again(left)
        else:
            preparation = Preparation(
                self._work, self._teller, self._engine.now, self._client.is_up, self._engine.waiting
            )
            model, session = await preparation.done(self._prepare(self._client.with_limit(self._engine.waiting.open)))
        seen = nothing_seen(session.id, begun, session.directory or self._work.directory)
        witness = Witness(
            asked_earlier(seen, left.attention) if left else seen,
            Shower(self._observer),
            self._engine.now,
        )
        with self._engine.watch.told(witness):
            return await self._run_in(witness, model)

    async def _prepare(self, client: Client) -> tuple[str | None, wire.Session]:
        directory = self._work.directory
        await check_directory(client, directory)
        model = await check_names(client, directory, self._work.engine_agent, self._work.model)
        await self._engine.watch.connected(within=_STREAM_WITHIN)
        session = await client.create_session(self._work.title, directory)
        await check_taken(client, directory, session.directory)
        return model, session

    async def _find_again(self, left: LeftBehind) -> tuple[str | None, wire.Session]:
        """The session that an earlier stepwire opened. Raises AgentError when it cannot be had within seconds."""
        try:
            async with asyncio.timeout(_FIND_WITHIN):
                await self._engine.watch.connected(within=_FIND_WITHIN / 2)
                return self._work.model, await self._client.session(left.session_id)
        except TimeoutError as error:
            raise not_found_again(left.session_id, "OpenCode did not answer in time") from error
        except AgentError as error:
            raise not_found_again(left.session_id, error.failure.message) from error

    async def _run_in(self, witness: Witness, model: str | None) -> Answer:
        over = False
        try:
            if self._work.left_behind is None:
                await self._observer.session_opened(witness.seen.session_id, model)
            reply, stopped = await self._converse(witness)
            over = stopped is not None or isinstance(reply, Reply)
            reached = await self._judge(witness, reply, stopped)
            over = True
        finally:
            if not over and not self._work.is_left():
                await self._abort(witness)
        return await self._concluded(witness, reached, reply, model)

    async def _converse(self, witness: Witness) -> tuple[Reply | Failure, Failure | None]:
        """The reply, and why we stopped the session if we did."""
        async with asyncio.TaskGroup() as tasks:
            left = self._work.left_behind
            earlier = LeftBehindSession(self._client, witness)
            post = tasks.create_task(earlier.outcome() if left else self._post(witness.seen.session_id))
            post.add_done_callback(lambda _: witness.changed.set())
            stopped = await self._watch_over(witness, post)
            if stopped is None:
                return await post, None
            trouble = await self._stop(witness)
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if trouble else _LAST_WORDS_WITHIN):
                    return await post, with_cause(stopped, trouble)
            post.cancel()
        silent = failure(FailureKind.ENGINE_LOST, "OpenCode did not end its answer after the abort")
        return silent, with_cause(stopped, trouble)

    async def _post(self, session_id: str) -> Reply | Failure:
        try:
            return await self._client.prompt(session_id, self._body(), self._work.directory)
        except AgentError as error:
            return error.failure

    def _body(self) -> JsonValue:
        work = self._work
        body: dict[str, JsonValue] = {
            "agent": work.engine_agent,
            "parts": [{"type": "text", "text": work.prompt}],
        }
        if work.instructions:
            body["system"] = work.instructions
        if work.model is not None:
            provider, _, model = work.model.partition("/")
            body["model"] = {"providerID": provider, "modelID": model}
        return body

    async def _watch_over(self, witness: Witness, post: "asyncio.Task[Reply | Failure]") -> Failure | None:
        """Tells what is not moving until the reply is there; returns early, with a reason, when a limit is reached."""
        while not post.done():
            witness.changed.clear()
            if (stop := await self._limit_reached(witness)) is not None:
                return stop
            await self._tell(witness)
            if not post.done():
                await self._wait_for_news(witness)
        return None

    async def _limit_reached(self, witness: Witness) -> Failure | None:
        """Whatever is asked from here on shares the one silence that may be waited for."""
        stop = exceeded(witness.seen, self._limits, self._engine.now())
        if stop is None:
            return None
        self._last = self._client.hurried()
        stalled = stop.kind is FailureKind.STALLED
        if stalled and await self._has_moved(witness):
            return None
        if witness.blind and not stalled:
            await self._catch_up(witness, self._last)
        return self._mcp.blamed(stop, witness.seen)

    async def _wait_for_news(self, witness: Witness) -> None:
        """Until something happens or can be due. Without the stream, OpenCode is asked from time to time instead."""
        now, connected = self._engine.now(), self._engine.watch.is_connected
        due, look_in = next_check(witness.seen, self._limits, now), self._mcp.look_in(witness.seen, now)
        try:
            async with asyncio.timeout(min(due, look_in, inf if connected else _ASK_EVERY)):
                await witness.changed.wait()
        except TimeoutError:
            now = self._engine.now()
            # No look outlasts the next limit.
            with suppress(TimeoutError):
                async with asyncio.timeout(next_check(witness.seen, self._limits, now)):
                    if self._mcp.look_in(witness.seen, now) <= 0:
                        await self._mcp.look(now)
                    if not connected:
                        await self._catch_up(witness, self._client.hurried())

    async def _has_moved(self, witness: Witness) -> bool:
        """Asks OpenCode whether silence in the stream is silence of the agent."""
        before = witness.seen.last_sign
        await self._catch_up(witness, self._last)
        return witness.seen.last_sign != before

    async def _tell(self, witness: Witness) -> None:
        if self._work.left_behind and not witness.caught_up:
            return  # nothing is known of it yet, and what was said before may well hold
        seen, now = witness.seen, self._engine.now()
        current = attentions(seen, self._limits, now, self._work.step_id, self._work.attempt)
        await self._teller.tell({**current, **self._mcp.attention(seen, now)}, seen.answers)

    async def _stop(self, witness: Witness) -> str | None:
        """Keeps what was seen before the abort, which makes errors of the calls that it ends."""
        self._stopped_at = witness.seen
        return await self._abort(witness)

    async def _abort(self, witness: Witness) -> str | None:
        sessions, within = witness.seen.sessions, self._engine.stop_within
        return await stop_sessions(self._last, sessions, self._work.directory, within=within)

    async def _judge(self, witness: Witness, reply: Reply | Failure, stopped: Failure | None) -> Verdict:
        if stopped is not None:
            return self._verdict(witness, reply, stopped)
        if isinstance(reply, Reply):
            await self._settle(witness, lambda seen: seen.idle)
            await self._tell(witness)
            if witness.blind:
                await self._catch_up(witness, self._client)
        reached = self._verdict(witness, reply)
        if not isinstance(reached, Failure) or reached.kind not in _TOLD_LATE:
            return reached
        arrived, within = _TOLD_LATE[reached.kind]
        await self._settle(witness, arrived, within=within)
        if reached.kind is FailureKind.ENGINE_ERROR and not witness.seen.deleted:
            return await self._named(reached)
        return self._verdict(witness, reply)

    def _verdict(self, witness: Witness, reply: Reply | Failure, stopped: Failure | None = None) -> Verdict:
        witness.seen = self._engine.refusals.named(witness.seen)
        return verdict(reply, witness.seen, self._engine.now(), stopped=stopped)

    async def _settle(
        self, witness: Witness, arrived: Callable[[Observations], bool], *, within: float = _SETTLE_WITHIN
    ) -> None:
        """The stream is a connection of its own: gives its last events a moment to arrive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not arrived(witness.seen) and self._engine.watch.is_connected:
                    witness.changed.clear()
                    await witness.changed.wait()

    async def _catch_up(self, witness: Witness, client: Client) -> None:
        with suppress(TimeoutError, AgentError):
            async with asyncio.timeout(_LOOK_WITHIN):
                await witness.catch_up(client)

    async def _named(self, reason: Failure) -> Failure:
        """An error of OpenCode's that hides its reason may mean that agent, model or directory have gone since."""
        cause = FailureCause(source="opencode", message=reason.message)
        self._last.forget()
        try:
            async with asyncio.timeout(_LOOK_WITHIN):
                await check_directory(self._last, self._work.directory)
                await check_names(self._last, self._work.directory, self._work.engine_agent, self._work.model)
        except TimeoutError:
            return reason
        except AgentError as error:
            if error.failure.kind in _NAMED:
                return replace(error.failure, causes=(*error.failure.causes, cause))
        return reason

    async def _concluded(self, witness: Witness, reached: Verdict, reply: Reply | Failure, model: str | None) -> Answer:
        message = _message_in(reply)
        answered = isinstance(reply, Reply) and self._stopped_at is None
        told = answered and message is not None and witness.add_up(message.info)
        unread = None if told else await unread_totals(witness, self._client if answered else self._last)
        seen, usage = witness.seen, partly_known(witness.seen.usage) if unread else witness.seen.usage
        text = answer_of(message.parts) if message else None
        evidence = evidence_of(seen, text=text, model=model, stopped_at=self._stopped_at)
        if isinstance(reached, Success):
            return Answer(markdown=reached.text, usage=usage, evidence=replace(evidence, last_text=None))
        raise AgentError(replace(with_cause(reached, unread), evidence=evidence), usage=usage)


# What the stream may still have to tell of a failure: how it is known that it has, and for how long that is waited for.
_TOLD_LATE: Mapping[FailureKind, tuple[Callable[[Observations], bool], float]] = {
    # Why OpenCode aborted it is said after it has said that it did.
    FailureKind.ENGINE_ABORTED: (lambda seen: seen.disposed or seen.deleted, _SETTLE_WITHIN),
    # What the provider said of it, its figures, is in the stream alone, which may lag behind the answer.
    FailureKind.CONTEXT_OVERFLOW: (has_told_overflow, _WORDS_WITHIN),
    # A 500 hides its reason: that the session was deleted meanwhile is told in the stream alone.
    FailureKind.ENGINE_ERROR: (lambda seen: seen.deleted, _LAST_WORDS_WITHIN),
}
_NAMED = frozenset(
    (
        FailureKind.UNKNOWN_AGENT,
        FailureKind.UNKNOWN_MODEL,
        FailureKind.CONFIG_INVALID,
        FailureKind.DIRECTORY_MISSING,
    )
)


def _message_in(reply: Reply | Failure) -> wire.Message | None:
    if isinstance(reply, Failure) or reply.status != 200:
        return None
    try:
        return wire.Message.model_validate_json(reply.body)
    except ValidationError:
        return None
