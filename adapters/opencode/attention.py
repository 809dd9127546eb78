"""Why an attempt is not moving, derived from what was observed, and told to the observer when it changes."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from adapters.opencode.limits import deadline, provider_asked_for, quiet_from
from adapters.opencode.observations import Ask, Moment, Observations, RetryWait
from adapters.opencode.words import ended, ordinal, quoted, wanted
from runner.agents import Observer, Work
from runner.attention import Attention, AttentionKind
from runner.ids import part_id
from runner.limits import Limits
from runner.model import StepId


def attentions(
    seen: Observations, limits: Limits, now: Moment, step_id: StepId, attempt: int
) -> Mapping[str, Attention]:
    """All that hold now, by id; an id stays the same as long as its reason does."""
    if seen.asks:
        found = [_asking(ask, limits, part_id("att", step_id, attempt, ask.id)) for ask in seen.asks]
    elif seen.retry is not None:
        found = [_retrying(seen, seen.retry, limits, part_id("att", step_id, attempt, "retry"))]
    elif now.monotonic - quiet_from(seen) >= limits.warn_seconds:
        found = [_stalled(seen, limits, part_id("att", step_id, attempt, "stall"))]
    else:
        found = []
    return {attention.id: attention for attention in found}


def _asking(ask: Ask, limits: Limits, attention_id: str) -> Attention:
    kind = AttentionKind.QUESTION if ask.question else AttentionKind.PERMISSION
    what = f"asks: {quoted(ask.question.text)}" if ask.question else f"wants permission for {wanted(ask)}"
    return Attention(
        id=attention_id,
        kind=kind,
        message=f"The agent {what}",
        since=ask.since.wall,
        next_at=ask.since.after(limits.ask_seconds).wall,
        permission=ask.permission,
        question=ask.question,
    )


def _retrying(seen: Observations, wait: RetryWait, limits: Limits, attention_id: str) -> Attention:
    limited = provider_asked_for(wait)
    gives_up = _wall(wait.since, deadline(seen, limits, wait.since))
    until = f" at {wait.next_at:%H:%M:%S} UTC" if wait.next_at else ""
    if limited:
        what = f"The provider lets no request through until {wait.next_at:%H:%M:%S} UTC"
    else:
        what = f"OpenCode asks the provider again ({ordinal(wait.attempt + 1)} try{until})"
    return Attention(
        id=attention_id,
        kind=AttentionKind.RATE_LIMITED if limited else AttentionKind.RETRYING,
        message=f"{what}: {ended(quoted(wait.message))} Gives up at {gives_up:%H:%M:%S} UTC.",
        since=(seen.retrying_since or wait.since).wall,
        next_at=wait.next_at,
    )


def _stalled(seen: Observations, limits: Limits, attention_id: str) -> Attention:
    since = _wall(seen.last_sign, quiet_from(seen))
    gives_up = _wall(seen.last_sign, quiet_from(seen) + limits.stall_seconds)
    return Attention(
        id=attention_id,
        kind=AttentionKind.STALLED,
        message=f"No sign of life from the agent since {since:%H:%M:%S} UTC. Gives up at {gives_up:%H:%M:%S} UTC.",
        since=since,
        next_at=gives_up,
    )


def engine_silent(work: Work, what: str, since: Moment, gives_up: datetime) -> Attention:
    """OpenCode itself does not answer; `what` says it up to the full stop. Of an attempt there is one at a time."""
    return Attention(
        id=part_id("att", work.step_id, work.attempt, "silent"),
        kind=AttentionKind.ENGINE_SILENT,
        message=f"{what}. Gives up at {gives_up:%H:%M:%S} UTC.",
        since=since.wall,
        next_at=gives_up,
    )


def _wall(moment: Moment, monotonic: float) -> datetime:
    return moment.after(monotonic - moment.monotonic).wall


_TOLD_FREELY = 20


class Teller:
    """Tells an observer what has changed since it was last told; `told` is what it knows already.

    An ask is always told. Waits are counted: each one after the first twenty has to be twice as long as the one before
    would have had to be, so that a provider that is asked again every instant fills no log, and a long wait is told
    however many short ones there were.
    """

    def __init__(self, observer: Observer, told: Collection[Attention] = ()) -> None:
        self._observer = observer
        self._told = {attention.id: attention for attention in told}
        self._waits = 0

    async def tell(self, current: Mapping[str, Attention], answers: Mapping[str, str]) -> None:
        """Clears what no longer holds, then raises what is new or has changed."""
        for attention_id in [earlier for earlier in self._told if earlier not in current]:
            ask = self._told.pop(attention_id)
            request = ask.permission or ask.question
            await self._observer.attention_cleared(attention_id, answers.get(request.id) if request else None)
        for attention_id, now in current.items():
            attention = _as_first_told(self._told.get(attention_id), now)
            if not _same(self._told.get(attention_id), attention) and self._is_worth(attention):
                self._told[attention_id] = attention
                await self._observer.attention_raised(attention)

    def _is_worth(self, attention: Attention) -> bool:
        if attention.kind.asks_a_person:
            return True
        lasts = (attention.next_at - attention.since).total_seconds() if attention.next_at else 0.0
        if self._waits >= _TOLD_FREELY and lasts < 2.0 ** (self._waits - _TOLD_FREELY):
            return False
        self._waits += 1
        return True


def _as_first_told(told: Attention | None, now: Attention) -> Attention:
    """A retry that an earlier stepwire has told of began when that saw it."""
    goes_on = told is not None and {told.kind, now.kind} <= {AttentionKind.RETRYING, AttentionKind.RATE_LIMITED}
    return replace(now, since=min(told.since, now.since)) if told and goes_on else now


def _same(told: Attention | None, now: Attention) -> bool:
    """An ask stays the same however often its list is read; when it was first seen is when it began."""
    if told is None or not now.kind.asks_a_person:
        return told == now
    return (told.permission, told.question) == (now.permission, now.question)
