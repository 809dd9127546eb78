"""Whoever joins, stops reading, leaves and comes back, in whatever order, has each event it wants once, in order."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.wanted import Wanted
from runner.events import DefinitionChanged, Recorded
from runner.failure_kinds import FailureKind
from runner.journal import CursorLost, StorageError
from runner.model import Cursor
from runner.principals import RIGHTS, Principal, Role
from schema.scalars import encode_cursor
from tests.support.live import EVENTS, FAILURES, LiveSubscriber, LiveWorld
from tests.support.patience import eventually
from web import groups, hub, renderer

SUBSCRIBERS = 6
FILTERS = (
    Wanted(),
    Wanted(types=frozenset({"step_failed", "pipeline_started"})),
    Wanted(types=frozenset({"definition_changed"})),
)
ACTIONS = st.one_of(
    st.tuples(st.just("say"), st.integers(1, 5)),
    st.tuples(st.just("fail"), st.just(0)),
    st.tuples(st.sampled_from(["stop", "read", "read", "go", "return"]), st.integers(0, SUBSCRIBERS - 1)),
    st.tuples(st.just("let"), st.integers(1, 9)),
    st.tuples(st.sampled_from(["break", "mend"]), st.just(0)),
)


class Reads:
    """Breaks the hub's reads of the journal while it is `broken`."""

    def __init__(self, world: LiveWorld) -> None:
        self.broken = False
        self.count = 0
        self._after = world.journal.after
        world.journal.after = self.after  # type: ignore[method-assign]  # the journal of this test alone

    async def after(self, place: Cursor) -> Sequence[Recorded]:
        self.count += 1
        await asyncio.sleep(0)
        if self.broken:
            raise StorageError("disk I/O error")
        return await self._after(place)


class BreakableWorld(LiveWorld):
    def __init__(self, **hub: float) -> None:
        super().__init__(**hub)
        self.hub_reads = Reads(self)


class Story:
    """Subscribers who do what they are told; of each what it has had so far, wherever it was connected."""

    def __init__(self, world: BreakableWorld) -> None:
        self.world = world
        self.began: dict[int, int] = {}
        self.had: dict[int, list[str]] = {}
        self.now: dict[int, LiveSubscriber] = {}

    async def act(self, name: str, number: int) -> None:
        match name:
            case "say":
                for _ in range(number):
                    at = self.world.clock.later(1)
                    await self.world.journal.record(DefinitionChanged(at=at, definition="agent a", change="saved"))
            case "fail":
                await self.world.failed()
            case "come":
                self.began[number] = self.world.journal._stored.newest.position
                self.had[number] = []
                await self.connect(number, encode_cursor(self.world.journal._stored.newest))
            case "go" | "return" if number in self.now:
                await self.go(number)
                if name == "return":
                    await self.connect(number, None)
            case "return" if number in self.had:
                await self.connect(number, None)
            case "stop" | "read" if number in self.now:
                self.now[number].sink.reads = name == "read"
            case "break" | "mend":
                self.world.hub_reads.broken = name == "break"
            case "let":
                for _ in range(number):
                    await asyncio.sleep(0)

    async def connect(self, number: int, first: str | None) -> None:
        wanted = FILTERS[number % len(FILTERS)]
        had = self.had[number]
        place = had[-1] if had else first or encode_cursor(self.place_of(self.began[number]))
        types = None if wanted.types is None else [name.upper() for name in sorted(wanted.types)]
        self.now[number] = await self.world.subscriber(EVENTS, resumed=place, types=types)

    async def go(self, number: int) -> None:
        gone = self.now.pop(number)
        await gone.leave()
        self.world.subscribers.remove(gone)
        self.had[number] += gone.cursors

    def place_of(self, position: int) -> Cursor:
        stored = self.world.journal._stored
        return next((one.cursor for one in stored.log if one.cursor.position == position), stored.pruned)

    async def end(self) -> None:
        self.world.hub_reads.broken = False
        for number in self.had:
            if number not in self.now:
                await self.connect(number, None)
            self.now[number].sink.reads = True
        await self.world.settled()
        for number in list(self.now):
            await self.go(number)

    def missed(self, number: int) -> list[str]:
        """What a plain look at the log says that it should have had."""
        log = self.world.journal._stored.log
        wanted = FILTERS[number % len(FILTERS)]
        later = (one for one in log if one.cursor.position > self.began[number])
        return [encode_cursor(one.cursor) for one in later if wanted(one)]


async def told(actions: Sequence[tuple[str, int]]) -> Story:
    async with BreakableWorld(poll_seconds=0.01, beat_seconds=0.005) as world:
        story = Story(world)
        coming = [("come", number) for number in range(SUBSCRIBERS)]
        for name, number in [*coming, *actions]:
            await story.act(name, number)
        await story.end()
        return story


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, min_size=25, max_size=50))
def test_in_any_order_of_joining_and_parking_nobody_has_a_gap_or_a_double(actions: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # So small that a short story reaches every edge: slices, what is kept, the window, retries.
        for module, name, value in (
            (groups, "_AT_ONCE", 2),
            (groups, "_KEPT", 3),
            (hub, "_WINDOW", 4),
            (hub, "_FIRST", 3),
            (hub, "_RETRY_SECONDS", 0.001),
        ):
            patch.setattr(module, name, value)
        patch.setattr("web.subscription._RETRY_SECONDS", 0.001)
        story = asyncio.run(told(actions))

    assert story.had == {number: story.missed(number) for number in story.had}


@pytest.mark.asyncio
async def test_who_does_not_read_is_parked_holds_nobody_up_and_resumes_without_a_hole() -> None:
    async with LiveWorld() as world:
        slow, other = await world.subscriber(EVENTS), await world.subscriber(EVENTS)
        await world.settled()
        slow.sink.reads = False
        for _ in range(3):
            await world.failed()
        told = await other.until(12)
        parked = world.hub.figures.parked
        slow.sink.reads = True

        assert await slow.until(12) == told

    assert parked == 1
    assert world.hub.figures.parked == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "error", [StorageError("disk I/O error"), RuntimeError("nobody thought of it"), OSError(24, "too many files")]
)
async def test_the_hub_survives_whatever_its_reads_raise(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_RETRY_SECONDS", 0.001)
    async with LiveWorld(poll_seconds=0.001) as world:
        subscriber = await world.subscriber(EVENTS)
        await world.settled()
        read, failed = world.journal.after, list[Cursor]()

        async def after(place: Cursor) -> Sequence[Recorded]:
            if len(failed) < 3:
                failed.append(place)
                raise error
            return await read(place)

        monkeypatch.setattr(world.journal, "after", after)
        world.journal.hooks.remove(world.hub)  # as if another process stored it
        await world.failed()

        told = await subscriber.until(4)

    assert [item["__typename"] for item in told] == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]
    assert world.hub.figures.failed_reads == 3


@pytest.mark.asyncio
async def test_of_what_another_process_stored_in_between_nothing_is_missed() -> None:
    async with LiveWorld() as world:
        subscriber = await world.subscriber(EVENTS)
        await world.settled()
        world.journal.hooks.remove(world.hub)
        await world.started()
        world.journal.hooks.append(world.hub)
        await world.started()

        assert len(await subscriber.until(2)) == 2
        assert subscriber.cursors == [encode_cursor(one.cursor) for one in world.journal._stored.log]


@pytest.mark.asyncio
async def test_when_the_log_is_another_one_everybody_is_told_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LiveWorld(poll_seconds=0.001) as world:
        subscribers = [await world.subscriber(EVENTS) for _ in range(3)]
        await world.settled()
        read, lost = world.journal.after, list[object]()

        async def after(place: Cursor) -> Sequence[Recorded]:
            if (asker := asyncio.current_task()) not in lost:
                lost.append(asker)
                raise CursorLost("foreign: the cursor is not of this log", await world.journal.newest())
            return await read(place)

        monkeypatch.setattr(world.journal, "after", after)
        monkeypatch.setattr(world.hub, "after", lambda _: None)
        resyncs = [(await subscriber.until(1))[0]["__typename"] for subscriber in subscribers]
        monkeypatch.undo()
        await world.settled()
        await world.started()
        told = [(await subscriber.until(2))[1]["__typename"] for subscriber in subscribers]

    assert resyncs == ["Resync"] * 3
    assert told == ["PipelineStarted"] * 3


@pytest.mark.asyncio
async def test_a_place_before_what_was_pruned_is_told_although_it_is_remembered() -> None:
    async with LiveWorld() as world:
        beginning = encode_cursor(await world.journal.newest())
        await world.failed()
        await world.journal.prune(world.clock.later(60), world.clock.now())
        await world.settled()

        subscriber = await world.subscriber(EVENTS, after=beginning)
        (resync,) = await subscriber.until(1)
        await world.started()
        told = await subscriber.until(2)

    assert resync["reason"].startswith("expired")
    assert told[1]["__typename"] == "PipelineStarted"


@pytest.mark.asyncio
async def test_an_event_whose_parts_cannot_be_read_holds_back_its_own_group_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_RETRY_SECONDS", 0.001)
    async with LiveWorld() as world:
        plain, deep = await world.subscriber(EVENTS), await world.subscriber(FAILURES)
        await world.settled()
        found = world.journal.failure_groups_by_id

        async def unreadable(*_: object) -> None:
            raise StorageError("disk I/O error")

        monkeypatch.setattr(world.journal, "failure_groups_by_id", unreadable)
        await world.failed()
        await world.failed()
        await plain.until(8)
        held_back = list(deep.items)
        monkeypatch.setattr(world.journal, "failure_groups_by_id", found)
        told = await deep.until(2)

    assert held_back == []
    assert [item["cursor"] for item in told] == [plain.cursors[2], plain.cursors[6]]


@pytest.mark.asyncio
async def test_silence_is_broken_with_the_place_that_a_subscriber_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "SILENCE_SECONDS", 0.01)
    async with LiveWorld(beat_seconds=0.001) as world:
        await world.started()
        await world.settled()
        everything, nothing = await world.subscriber(EVENTS), await world.subscriber(EVENTS, types=[])
        first = (await nothing.until(1))[0]
        await world.started()
        newest = encode_cursor(await world.journal.newest())
        await eventually(lambda: nothing.items[-1]["cursor"] == newest)
        (*_, last) = await everything.until(1)

    assert first["__typename"] == "Heartbeat"
    assert {item["__typename"] for item in nothing.items} == {"Heartbeat"}
    assert last["cursor"] <= newest


@pytest.mark.asyncio
async def test_a_group_that_waits_for_parts_is_told_how_far_it_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "SILENCE_SECONDS", 0.01)
    monkeypatch.setattr(renderer, "_RETRY_SECONDS", 0.001)
    async with LiveWorld(beat_seconds=0.001) as world:
        deep = await world.subscriber(FAILURES)
        await world.settled()
        running = await world.running()
        before = encode_cursor(await world.journal.newest())
        found = world.journal.failure_groups_by_id

        async def unreadable(*_: object) -> None:
            raise StorageError("disk I/O error")

        monkeypatch.setattr(world.journal, "failure_groups_by_id", unreadable)
        await world.fail(running, FailureKind.PROVIDER_AUTH, "No")
        await eventually(lambda: world.hub.place == world.journal._stored.newest)
        beats = len(deep.items)
        await deep.until(beats + 3)
        held_back = [item["cursor"] for item in deep.items if item["__typename"] == "Heartbeat"]
        monkeypatch.setattr(world.journal, "failure_groups_by_id", found)
        await eventually(lambda: "StepFailed" in [item["__typename"] for item in deep.items])

    assert set(held_back[-2:]) == {before}


@pytest.mark.asyncio
async def test_different_filters_of_one_document_cost_one_execution_an_event() -> None:
    async with LiveWorld() as world:
        pipelines = [await world.running() for _ in range(3)]
        await world.settled()
        own = [await world.subscriber(EVENTS, pipelineId=one.id, types=["STEP_FAILED"]) for one in pipelines]
        others = ("STEP_STARTED", "ENGINE_STARTED")
        every = [await world.subscriber(EVENTS, types=["STEP_FAILED", name]) for name in others]
        await world.settled()
        before = world.hub.figures.executions
        for pipeline in pipelines:
            await world.fail(pipeline, FailureKind.PROVIDER_AUTH, "No")
        await asyncio.gather(*(one.until(1) for one in own), *(one.until(3) for one in every))

    failed = [encode_cursor(one.cursor) for one in world.journal._stored.log if "Failed" in type(one.event).__name__]
    assert [one.cursors for one in own] == [[cursor] for cursor in failed]
    assert [one.cursors for one in every] == [failed, failed]
    assert world.hub.figures.executions - before == 3


@pytest.mark.asyncio
async def test_a_filter_written_into_the_document_is_shared_like_a_variable() -> None:
    literal = "subscription {{ events(types: [{}]) {{ __typename ... on Event {{ cursor }} }} }}"
    async with LiveWorld() as world:
        one = await world.subscriber(literal.format("PIPELINE_STARTED"))
        two = await world.subscriber(literal.format("PIPELINE_STARTED, STEP_FAILED"))
        await world.settled()
        before = world.hub.figures.executions
        await world.started()

        assert await one.until(1) == await two.until(1)
    assert world.hub.figures.executions - before == 1


@pytest.mark.asyncio
async def test_those_with_other_rights_are_a_group_of_their_own() -> None:
    async with LiveWorld() as world:
        for name, role in (("Ana", Role.VIEWER), ("Ben", Role.VIEWER), ("Cleo", Role.ADMIN)):
            await world.subscriber(EVENTS, principal=Principal(name=name, role=role, rights=RIGHTS[role]))
        await world.settled()
        before = world.hub.figures.executions
        await world.started()
        for subscriber in world.subscribers:
            await subscriber.until(1)

    assert world.hub.figures.executions - before == 2


@pytest.mark.asyncio
async def test_who_comes_back_to_a_new_hub_is_served_from_its_one_reading() -> None:
    async with LiveWorld() as before:
        await before.failed()
    after = BreakableWorld()
    after.journal._stored = before.journal._stored
    for _ in range(2):
        await after.failed()
    seen = encode_cursor(after.journal._stored.log[3].cursor)
    async with after as world:
        await world.settled()
        reads = world.hub_reads.count
        back = [await world.subscriber(EVENTS, resumed=seen) for _ in range(50)]
        told = [await subscriber.until(8) for subscriber in back]

    assert told == [told[0]] * 50
    assert after.hub_reads.count == reads
    assert after.hub.figures.executions == 8


@pytest.mark.asyncio
async def test_who_leaves_while_an_event_waits_for_its_parts_leaves_nothing_that_runs_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_RETRY_SECONDS", 0.001)
    async with LiveWorld() as world:
        before = len(asyncio.all_tasks())
        deep = await world.subscriber(FAILURES)
        await world.settled()

        async def unreadable(*_: object) -> None:
            raise StorageError("disk I/O error")

        monkeypatch.setattr(world.journal, "failure_groups_by_id", unreadable)
        await world.failed()
        await world.failed()
        await eventually(lambda: world.hub.figures.executions > 2)
        await deep.leave()

        await eventually(lambda: len(asyncio.all_tasks()) == before)
        assert deep.items == []


@pytest.mark.asyncio
async def test_nobody_who_has_gone_is_remembered() -> None:
    async with LiveWorld() as world:
        for _ in range(3):
            subscriber = await world.subscriber(EVENTS, types=["STEP_FAILED"])
            await world.settled()
            await subscriber.leave()

        assert (world.hub.figures.subscribers, world.hub.behind) == (0, set())
        assert world.hub._groups == {}
        assert world.hub.filters._found == {}
