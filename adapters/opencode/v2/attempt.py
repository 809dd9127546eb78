"""The way of one attempt in OpenCode 2: look before, open a session under an id of our own, put the prompt into it
once, follow its log, stop it if need be, judge.

Two connections tell of one attempt, and neither waits for the other: the session's log, which is durable and says how
it ended, and the bus, which says what a person refused. A refusal, a dismissal and a stop of OpenCode end the log in
one and the same word, `interrupted`. So after that word, and only then, the attempt settles: the bus has a moment to
say which it was. To settle after every end would slow all attempts down for what concerns a few; to read the lists of
asks instead would not help, for an ask that is over stands in none. What became of a sub-agent is not waited for
either: its own log can be read.

When a limit of ours is reached, the stop comes before the verdict: the reason is fixed, the sessions are interrupted
and seen to rest, the log has half a second to bring its end, and that reason is the verdict. To judge by what the log
says after an interrupt would only find that somebody stopped the session, and that was us. Where the attempt has ended
by itself, the verdict comes first, and whatever still works (sub-agents, above all) is stopped after it, so that the
interrupt leaves no traces to be judged. Either way, and after a cancel, the stop is made before `run` returns, so that
two attempts never work at once.

The ids of the session and of the prompt are our own, and stored before OpenCode knows of them. Whenever stepwire ends,
the next one knows where to look; and a call whose answer was lost is made again under the same id, without harm. To
store the id that OpenCode answers with was rejected: an end between the answer and the storing would leave a session
that nobody looks for, and a lost answer would open a second one. The price is an id that OpenCode may never have heard
of: then the next stepwire finds nothing, and says that the attempt was interrupted.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from adapters.opencode.attention import Teller, attentions
from adapters.opencode.evidence import evidence_of, partly_known, unread_totals
from adapters.opencode.interruption import interrupted, not_found_again
from adapters.opencode.limits import exceeded, next_check
from adapters.opencode.observations import Moment, Now, Observations, asked_earlier
from adapters.opencode.preparation import Preparation, Waiting
from adapters.opencode.refusals import Refusals
from adapters.opencode.v2.admission import Admission, admit
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.ids import new_message_id, new_session_id
from adapters.opencode.v2.interrupt import STOP_WITHIN, stopped_or_why
from adapters.opencode.v2.liveness import Liveness, Patience
from adapters.opencode.v2.preflight import check_directory, check_names, looked_into
from adapters.opencode.v2.resume import Resume
from adapters.opencode.v2.run import End, Outcome, Run, nothing_known
from adapters.opencode.v2.session_log import follow
from adapters.opencode.v2.shower import Shower
from adapters.opencode.v2.verdict import Success, Verdict, verdict
from adapters.opencode.v2.wire import Frame
from adapters.opencode.v2.witness import Witness
from adapters.opencode.watch import Watch
from adapters.opencode.words import with_cause
from runner.agents import Answer, LeftBehind, Observer, Work
from runner.attention import Attention, AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure
from runner.ids import part_id

_STREAM_WITHIN = 2.0
_FIND_WITHIN = 3.0
# Chosen, not measured: what the bus has sent already comes in milliseconds, from another machine too; and where nothing
# comes, this is all that it costs, once, in a failure.
_SETTLE_WITHIN = 0.25
_LAST_WORDS_WITHIN = 0.5
_LOOK_WITHIN = 10.0
_PROGRESS_EVERY = 5.0
# As long, for the same reason: what we sent before we hung up is with OpenCode by then, and the second interrupt meets
# it. Longer would be safer, and let everybody who cancels in that moment wait.
_ON_ITS_WAY = 0.25


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What every attempt on one server shares."""

    client: Client
    watch: Watch[Client, Frame]
    now: Now
    stop_within: float = STOP_WITHIN
    patience: Patience = field(default_factory=Patience)
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
        self._pid: int | None = None
        self._model: str | None = work.model
        self._kept_at = engine.now()
        self._kept_seq = 0
        self._replaced: Attention | None = None
        self._limits = work.limits
        self._last = engine.client.hurried()
        self._stopped_at: Observations | None = None

    async def run(self) -> Answer:
        """Runs it to its end. Whatever ends it early, a cancel included, the session is stopped before it returns.

        Raises:
            AgentError: for every way in which it can fail.
        """
        left = self._work.left_behind
        resume = Resume.read(left.resume) if left else Resume()
        begun = self._engine.now().after(-left.running_seconds if left else 0.0)
        preparation = Preparation(self._work, self._teller, self._engine.now, self._client.is_up, self._engine.waiting)
        if left:
            run = await self._find_again(left, resume, begun)
        else:
            run = await preparation.done(self._prepare(self._client.with_limit(self._engine.waiting.open), begun))
        shower = Shower(self._observer, resume.seq)
        witness = Witness(run, shower, self._engine.now, self._engine.refusals)
        with self._engine.watch.told(witness):
            return await self._run_in(witness, preparation)

    async def _prepare(self, client: Client, begun: Moment) -> Run:
        directory = self._work.directory
        await check_directory(client, directory)
        self._model = await check_names(client, directory, self._work.engine_agent, self._work.model)
        self._pid = (client.recalled_info() or await client.info()).pid
        await self._engine.watch.connected(within=_STREAM_WITHIN)
        at = self._engine.now().wall
        return nothing_known(new_session_id(at), new_message_id(at), begun, directory)

    async def _find_again(self, left: LeftBehind, resume: Resume, begun: Moment) -> Run:
        """What an earlier stepwire began. Raises AgentError when nothing of it can be had within seconds."""
        try:
            async with asyncio.timeout(_FIND_WITHIN):
                await self._engine.watch.connected(within=_FIND_WITHIN / 2)
                await self._client.session(left.session_id)
        except TimeoutError as error:
            raise not_found_again(left.session_id, "OpenCode did not answer in time") from error
        except AgentError as error:
            raise not_found_again(left.session_id, error.failure.message) from error
        run = nothing_known(left.session_id, resume.input_id, begun, self._work.directory)
        return replace(run, seen=asked_earlier(run.seen, left.attention))

    async def _run_in(self, witness: Witness, preparation: Preparation) -> Answer:
        over = False
        try:
            if self._work.left_behind is None:
                # Stored before OpenCode knows of it: whatever happens from here on, the session is found again.
                await self._observer.session_opened(witness.run.session_id, self._model, Resume.of(witness.run).json())
            trouble, stopped = await self._converse(witness, preparation)
            over = stopped is not None
            reached = await self._judge(witness, trouble, stopped)
            over = over or _is_at_rest(witness.run)
        finally:
            if not over and not self._work.is_left():
                await self._stop_all(witness)
        return await self._concluded(witness, reached)

    async def _converse(self, witness: Witness, preparation: Preparation) -> tuple[Failure | None, Failure | None]:
        """Why it could not be begun or followed, and why we stopped it, where either happened."""
        admission = Admission.of(self._work, witness.run)
        async with asyncio.TaskGroup() as tasks:
            follower: asyncio.Task[None] | None = None
            try:
                # A session that was left behind has a log, which tells whether the prompt is in it already.
                if self._work.left_behind is None:
                    await preparation.done(admit(self._client.with_limit(self._engine.waiting.open), admission))
                follower = tasks.create_task(follow(self._client, witness))
                if self._work.left_behind is not None:
                    await self._take_up(witness, admission)
                return await self._followed(witness)
            except AgentError as error:
                return error.failure, None
            except TimeoutError:
                return interrupted("its log cannot be read"), None
            finally:
                if follower is not None:
                    follower.cancel()

    async def _take_up(self, witness: Witness, admission: Admission) -> None:
        """Learns what happened meanwhile, and puts the prompt in if the earlier stepwire did not get to that."""
        async with asyncio.timeout(_LOOK_WITHIN):
            while not witness.followed and not witness.seen.deleted and witness.severed is None:
                witness.changed.clear()
                await witness.changed.wait()
        if witness.followed and not witness.run.admitted:
            if not admission.input_id:
                raise AgentError(interrupted("its session holds no prompt of ours"))
            await admit(self._client, admission)
        await self._catch_up(witness, self._client)

    async def _followed(self, witness: Witness) -> tuple[Failure | None, Failure | None]:
        liveness = Liveness(self._client, witness, self._engine.patience)
        while True:
            witness.changed.clear()
            run = witness.run
            if run.is_over or run.seen.deleted:
                return None, None
            if (trouble := liveness.trouble or witness.severed) is not None:
                return trouble, None
            if (stop := await self._limit_reached(witness, liveness)) is not None:
                return await self._stopped(witness, stop)
            await self._tell(witness)
            await self._wait_for_news(witness, liveness)

    async def _limit_reached(self, witness: Witness, liveness: Liveness) -> Failure | None:
        """Whatever is asked from here on shares the one silence that may be waited for."""
        stop = exceeded(witness.seen, self._limits, self._engine.now())
        if stop is None:
            return None
        self._last = self._client.hurried()
        if stop.kind is not FailureKind.STALLED:
            return stop
        before = witness.seen.last_sign
        await self._catch_up(witness, self._last)
        if witness.seen.last_sign != before:
            return None
        return await liveness.loss(self._last) or stop

    async def _wait_for_news(self, witness: Witness, liveness: Liveness) -> None:
        """Until something happens or can be due. In silence, OpenCode is asked from time to time."""
        due = next_check(witness.seen, self._limits, self._engine.now())
        connected = self._engine.watch.is_connected
        look_in = liveness.look_in(connected=connected)
        try:
            async with asyncio.timeout(min(due, look_in)):
                await witness.changed.wait()
        except TimeoutError:
            if due <= look_in:
                return
            # No look outlasts the next limit.
            with suppress(TimeoutError):
                async with asyncio.timeout(next_check(witness.seen, self._limits, self._engine.now())):
                    await liveness.look()
                    if not connected:
                        await self._catch_up(witness, self._client.hurried())

    async def _tell(self, witness: Witness) -> None:
        seen, now = witness.seen, self._engine.now()
        current = attentions(seen, self._limits, now, self._work.step_id, self._work.attempt)
        replaced = self._replaced = self._replaced or self._replacement(seen.model, now)
        if replaced is not None and not witness.run.is_over:
            current = {**current, replaced.id: replaced}
        await self._teller.tell(current, seen.answers)
        moved = witness.run.seq != self._kept_seq
        if moved and now.monotonic - self._kept_at.monotonic >= _PROGRESS_EVERY:
            self._kept_at, self._kept_seq = now, witness.run.seq
            await self._observer.progressed(Resume.of(witness.run).json())

    def _replacement(self, model: str | None, now: Moment) -> Attention | None:
        """OpenCode takes another model, without a word, for one that it does not know."""
        if model is None or self._model is None or model == self._model:
            return None
        return Attention(
            id=part_id("att", self._work.step_id, self._work.attempt, "model"),
            kind=AttentionKind.MODEL_REPLACED,
            message=f"OpenCode answers with the model {model} instead of {self._model}",
            since=now.wall,
        )

    async def _stopped(self, witness: Witness, reason: Failure) -> tuple[None, Failure]:
        """Interrupts it, sees that it has stopped, adds to the reason when it has not, and hears its last words. What
        was seen before is kept: an interrupt makes errors of the calls that it ends.
        """
        self._stopped_at = witness.seen
        trouble = await self._stop_all(witness)
        if trouble is None:
            await self._settle(witness, lambda run: run.end is not None, within=_LAST_WORDS_WITHIN)
        return None, with_cause(reason, trouble)

    async def _stop_all(self, witness: Witness) -> str | None:
        sessions, within = witness.seen.sessions, self._engine.stop_within
        trouble = await stopped_or_why(self._last, sessions, within=within)
        if witness.run.admitted:
            return trouble
        # We hung up on the prompt, which OpenCode may take in all the same.
        await asyncio.sleep(_ON_ITS_WAY)
        return await stopped_or_why(self._last, sessions, within=within)

    async def _judge(self, witness: Witness, trouble: Failure | None, stopped: Failure | None) -> Verdict:
        end, same_server = witness.run.end, None
        if stopped is None and end is not None and end.outcome is Outcome.INTERRUPTED:
            same_server = await self._why_interrupted(witness, end)
        if stopped is None and (witness.blind or _needs_sub_end(witness.run)):
            await self._catch_up(witness, self._client)
        self._note_refusals(witness)
        await self._tell(witness)
        run, now = witness.run, self._engine.now()
        reached = verdict(run, now, stopped=stopped, trouble=trouble, same_server=same_server)
        if isinstance(reached, Failure) and stopped is None:
            return await looked_into(self._client, self._work.directory, reached, self._model)
        return reached

    async def _why_interrupted(self, witness: Witness, end: End) -> bool | None:
        """Waits for what the bus says of it; whether the server is still the one that it began on."""
        await self._settle(witness, lambda run: run.seen.rejected is not None or run.seen.deleted)
        if end.reason != "shutdown" or self._pid is None:
            return None
        try:
            return (await self._client.info()).pid == self._pid
        except AgentError:
            return False

    def _note_refusals(self, witness: Witness) -> None:
        """What was refused through us is known even where the bus did not tell, and by whom."""
        seen, refusals = witness.seen, self._engine.refusals
        open_still = next((ask for ask in seen.asks if refusals.knows(ask.id)), None)
        if seen.rejected is None and open_still is not None:
            seen = replace(seen, rejected=open_still)
        witness.run = replace(witness.run, seen=refusals.named(seen))

    async def _settle(
        self, witness: Witness, arrived: Callable[[Run], bool], *, within: float = _SETTLE_WITHIN
    ) -> None:
        """Log and bus are connections of their own: gives their last events a moment to arrive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not arrived(witness.run):
                    witness.changed.clear()
                    await witness.changed.wait()

    async def _catch_up(self, witness: Witness, client: Client) -> None:
        with suppress(TimeoutError, AgentError):
            async with asyncio.timeout(_LOOK_WITHIN):
                await witness.catch_up(client)

    async def _concluded(self, witness: Witness, reached: Verdict) -> Answer:
        ended = witness.run.is_over and self._stopped_at is None
        told = ended and witness.is_told()
        unread = None if told else await unread_totals(witness, self._client if ended else self._last)
        seen, step = witness.seen, witness.run.step
        usage = partly_known(seen.usage) if unread else seen.usage
        evidence = evidence_of(seen, text=step.text if step else None, model=self._model, stopped_at=self._stopped_at)
        if isinstance(reached, Success):
            return Answer(markdown=reached.text, usage=usage, evidence=replace(evidence, last_text=None))
        raise AgentError(replace(with_cause(reached, unread), evidence=evidence), usage=usage)


def _is_at_rest(run: Run) -> bool:
    """Whether nothing can be at work any more. Sub-agents may be, when the agent that they work for has failed."""
    if run.end is None or not run.is_over:
        return False
    return run.end.outcome is Outcome.SUCCEEDED or len(run.seen.sessions) == 1


def _needs_sub_end(run: Run) -> bool:
    """The last call was of a sub-agent and failed, and nothing has told why: the bus, which tells it, may be behind."""
    last = run.seen.last_tool
    if last is None or last.call.status != "error":
        return False
    return last.call.tool == "subagent" and last.child not in run.sub_ends
