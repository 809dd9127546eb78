"""A journal stores state and events together or not at all, and of two writers one is told to decide again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runner import repairs, transitions
from runner.attention import Attention, AttentionKind
from runner.events import DefinitionChanged, PipelineFinished, StepFailed, StepSucceeded
from runner.failures import Evidence, FailureCause, Json, ToolCall
from runner.file_changes import ChangeSource, FileChange, FileStatus, of_files, unknown_changes
from runner.journal import AlreadyDone, Conflict, DirectoryTaken, Journal, KeyTaken
from runner.model import Pipeline, PipelineStatus
from tests.contracts.pipelines import (
    AGENT,
    ANA,
    APPROVAL,
    NOON,
    REFUSED,
    a_pipeline,
    begun,
    broken,
    commit,
    failed,
    later,
    started,
    succeeded,
)
from tests.contracts.stores import Opening, Store, all_events
from tests.support.builders import a_key

pytestmark = pytest.mark.asyncio


async def test_an_unknown_pipeline_is_none(journal: Journal) -> None:
    assert await journal.load(a_pipeline().id) is None


async def test_what_was_committed_is_loaded(journal: Journal) -> None:
    pipeline = await commit(journal, succeeded(await begun(journal, a_pipeline(AGENT, APPROVAL))))

    assert await journal.load(pipeline.id) == pipeline


async def test_a_failure_is_loaded_whole(journal: Journal) -> None:
    evidence = Evidence(session_id="ses_1", last_tool=ToolCall(tool="bash", status="error", input={"command": ["ls"]}))
    causes = (FailureCause(source="provider", message="invalid x-api-key"),)
    reason = REFUSED.__class__(**{**vars(REFUSED), "evidence": evidence, "causes": causes, "detail": "401 …"})

    pipeline = await broken(journal, reason=reason)

    loaded = await journal.load(pipeline.id)
    assert loaded == pipeline
    assert loaded.failure is not None
    assert loaded.failure.failure == reason


async def test_commit_returns_each_event_with_its_place_and_its_pipeline(journal: Journal) -> None:
    before = await journal.newest()
    pipeline = await begun(journal)

    recorded = await journal.commit(failed(pipeline))

    assert [type(after.event) for after in recorded] == [StepFailed, PipelineFinished]
    assert [after.cursor.position for after in recorded] == [before.position + 3, before.position + 4]
    assert [after.pipeline.status for after in recorded if after.pipeline] == [
        PipelineStatus.RUNNING,
        PipelineStatus.FAILED,
    ]


async def test_from_where_an_attempt_is_followed_on_is_kept_without_an_event(journal: Journal) -> None:
    pipeline = await begun(journal)
    step = pipeline.steps[0]
    opened = transitions.open_session(pipeline, step.id, 1, "ses_1", None, later(2), {"seq": 0})
    pipeline = await commit(journal, opened)
    newest = await journal.newest()

    await journal.note_resume(step.id, 1, {"seq": 7})

    assert await resumes(journal, pipeline) == [{"seq": 7}]
    assert await journal.load(pipeline.id) == pipeline
    assert await journal.newest() == newest


async def test_from_where_an_attempt_is_followed_on_outlives_what_else_is_told_of_it(journal: Journal) -> None:
    pipeline = await begun(journal)
    step = pipeline.steps[0]
    opened = transitions.open_session(pipeline, step.id, 1, "ses_1", None, later(2), {"seq": 0})
    pipeline = await commit(journal, opened)
    await journal.note_resume(step.id, 1, {"seq": 7})

    stalled = Attention(id="att_1", kind=AttentionKind.STALLED, message="It is silent", since=later(3))
    await commit(journal, transitions.raise_attention(pipeline, step.id, 1, stalled, later(3)))

    assert await resumes(journal, pipeline) == [{"seq": 7}]


@pytest.mark.parametrize("number", [1, 2])
async def test_an_attempt_that_is_not_open_is_not_to_be_followed_on(journal: Journal, number: int) -> None:
    pipeline = await broken(journal)
    step = pipeline.steps[0]

    await journal.note_resume(step.id, number, {"seq": 7})

    assert await resumes(journal, pipeline) == [None]


async def test_what_an_attempt_changed_is_kept_beside_it_without_an_event(store: Store) -> None:
    journal = store.journal
    pipeline = await begun(journal)
    step = pipeline.steps[0]
    newest = await journal.newest()
    file = FileChange(path="a", status=FileStatus.RENAMED, previous_path="b", added=1, diff="@@\n+1", truncated=True)
    found = replace(of_files(ChangeSource.GIT, [file], ["Other"]), count=400)

    await journal.note_changes(step.id, 1, unknown_changes("No repository."))
    await journal.note_changes(step.id, 1, found)
    await journal.note_changes(step.id, 2, found)

    wanted = [(step.id, 1), (step.id, 2)]
    assert await store.reads.changes_of_attempts(wanted) == {(step.id, 1): found}
    assert await journal.newest() == newest
    assert await journal.load(pipeline.id) == pipeline


async def resumes(journal: Journal, pipeline: Pipeline) -> list[Json]:
    loaded = await journal.load(pipeline.id)
    assert loaded is not None
    return [attempt.resume for attempt in loaded.steps[0].attempts]


async def test_a_stored_failure_knows_its_place(journal: Journal) -> None:
    pipeline = await begun(journal)

    recorded = await journal.commit(failed(pipeline))

    event, after = recorded[0].event, recorded[-1].pipeline
    loaded = await journal.load(pipeline.id)
    assert isinstance(event, StepFailed)
    assert event.failure.cursor == recorded[0].cursor
    assert after is not None
    assert after.failure is not None
    assert after.failure.cursor == recorded[0].cursor
    assert loaded is not None
    assert loaded.failure is not None
    assert loaded.failure.cursor == recorded[0].cursor


async def test_of_two_writers_the_second_conflicts(journal: Journal) -> None:
    pipeline = await begun(journal)
    newest = await commit(journal, succeeded(pipeline))

    with pytest.raises(Conflict):
        await journal.commit(failed(pipeline))

    assert await journal.load(pipeline.id) == newest


async def test_a_conflict_leaves_no_events(journal: Journal) -> None:
    pipeline = await begun(journal)
    await commit(journal, succeeded(pipeline))
    newest = await journal.newest()

    with pytest.raises(Conflict):
        await journal.commit(failed(pipeline))

    assert await journal.newest() == newest


async def test_of_writers_at_the_same_moment_one_wins(journal: Journal) -> None:
    pipeline = await begun(journal)

    outcomes = await asyncio.gather(*(journal.commit(failed(pipeline)) for _ in range(10)), return_exceptions=True)

    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 9


async def test_a_pipeline_is_started_once(journal: Journal) -> None:
    pipeline = a_pipeline()
    await journal.commit(started(pipeline))

    with pytest.raises(Conflict):
        await journal.commit(started(pipeline))


async def test_a_retry_keeps_what_came_before(journal: Journal) -> None:
    pipeline = await commit(journal, succeeded(await begun(journal)))
    pipeline = await commit(journal, failed(pipeline))
    retry = repairs.retry_step(pipeline, pipeline.steps[1].id, ANA, later(60), model="acme/large", instruction="Slowly")

    pipeline = await commit(journal, retry)
    pipeline = await commit(journal, transitions.begin_step(pipeline, later(61)))
    pipeline = await commit(journal, succeeded(pipeline, later(62)))

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert await journal.load(pipeline.id) == pipeline
    assert [attempt.failure is not None for attempt in pipeline.steps[1].attempts] == [True, False]


async def test_concurrent_pipelines_get_gapless_positions(journal: Journal) -> None:
    beginning = await journal.newest()

    async def run(pipeline: Pipeline) -> Pipeline:
        pipeline = await begun(journal, pipeline)
        while not pipeline.status.ended:
            pipeline = await commit(journal, succeeded(pipeline))
        return pipeline

    pipelines = await asyncio.gather(*(run(a_pipeline(AGENT, AGENT, AGENT)) for _ in range(20)))

    recorded = await all_events(journal, beginning)
    assert [after.cursor.position for after in recorded] == list(range(1, 20 * 8 + 1))
    for pipeline in pipelines:
        own = [after.pipeline for after in recorded if after.pipeline and after.pipeline.id == pipeline.id]
        assert [as_of.seq for as_of in own] == list(range(1, 9))
        assert own[-1] == pipeline


async def test_an_idempotency_key_is_used_once(journal: Journal) -> None:
    first, second = a_pipeline(), a_pipeline()
    await journal.commit(started(first), idempotency_key=a_key("k"))

    with pytest.raises(AlreadyDone) as raised:
        await journal.commit(started(second), idempotency_key=a_key("k"))

    assert raised.value.pipeline_id == first.id
    assert await journal.load(second.id) is None


async def test_a_key_belongs_to_one_request(journal: Journal) -> None:
    first, second = a_pipeline(), a_pipeline()
    await journal.commit(started(first), idempotency_key=a_key("k", "one"))

    with pytest.raises(KeyTaken):
        await journal.commit(started(second), idempotency_key=a_key("k", "another"))
    with pytest.raises(KeyTaken):
        await journal.done(a_key("k", "another"))

    assert await journal.load(second.id) is None


async def test_a_used_key_is_known(journal: Journal) -> None:
    pipeline = a_pipeline()
    await journal.commit(started(pipeline), idempotency_key=a_key("k"))

    assert await journal.done(a_key("k")) == pipeline.id
    assert await journal.done(a_key("other")) is None


async def test_a_key_is_free_again_when_its_commit_was_refused(journal: Journal) -> None:
    pipeline = await begun(journal)
    await commit(journal, succeeded(pipeline))

    with pytest.raises(Conflict):
        await journal.commit(failed(pipeline), idempotency_key=a_key("k"))

    assert await journal.done(a_key("k")) is None


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [("app", "app"), ("app", "app/web"), ("app/web", "app"), ("app", "link")],
    ids=["same", "inside", "around", "through a link"],
)
async def test_a_directory_is_taken(journal: Journal, tmp_path: Path, taken: str, wanted: str) -> None:
    (tmp_path / "app" / "web").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "app")
    first = await commit(journal, started(a_pipeline(directory=str(tmp_path / taken))))
    second = a_pipeline(directory=str(tmp_path / wanted))

    with pytest.raises(DirectoryTaken) as raised:
        await journal.commit(started(second), alone_in=second.directory)

    assert raised.value.pipelines == (first,)
    assert await journal.load(second.id) is None


async def test_a_directory_is_free(journal: Journal, tmp_path: Path) -> None:
    await broken(journal, a_pipeline(directory=str(tmp_path / "app")))
    await begun(journal, a_pipeline(directory=str(tmp_path / "application")))
    await begun(journal, a_pipeline())
    pipeline = a_pipeline(directory=str(tmp_path / "app"))

    await journal.commit(started(pipeline), alone_in=pipeline.directory)

    assert await journal.load(pipeline.id) is not None


async def test_a_pipeline_does_not_stand_in_its_own_way(journal: Journal, tmp_path: Path) -> None:
    pipeline = await begun(journal, a_pipeline(directory=str(tmp_path)))

    await journal.commit(succeeded(pipeline), alone_in=str(tmp_path))

    assert (await journal.newest()).position == 4


async def test_unfinished_are_the_living_oldest_first(journal: Journal) -> None:
    young = await begun(journal, a_pipeline(at=later(10)))
    old = await commit(journal, started(a_pipeline(at=NOON)))
    await broken(journal)

    assert await journal.unfinished() == [old, young]


async def test_an_event_of_the_whole_log_is_recorded(journal: Journal) -> None:
    beginning = await journal.newest()
    event = DefinitionChanged(at=NOON, definition="template quick_fix", change="saved", actor=ANA)

    recorded = await journal.record(event)

    assert recorded.event == event
    assert recorded.cursor == await journal.newest()
    assert await all_events(journal, beginning) == [recorded]


async def test_the_newest_place_of_an_empty_log_is_its_beginning(journal: Journal) -> None:
    assert (await journal.newest()).position == 0


async def test_two_logs_begin_in_different_places(opening: Opening) -> None:
    async with opening() as one, opening() as other:
        await begun(one.journal)
        await begun(other.journal)

        assert await one.journal.newest() != await other.journal.newest()


async def test_long_texts_of_any_script_are_kept(journal: Journal) -> None:
    markdown = "日本語 \U0001f600 \x00 \\ ' \" — " * 10_000

    pipeline = await commit(journal, succeeded(await begun(journal), markdown=markdown))

    loaded = await journal.load(pipeline.id)
    assert loaded is not None
    assert loaded.steps[0].handoff is not None
    assert loaded.steps[0].handoff.markdown == markdown


async def test_a_success_knows_when(journal: Journal) -> None:
    beginning = await journal.newest()
    await commit(journal, succeeded(await begun(journal), NOON + timedelta(milliseconds=1)))

    event = (await all_events(journal, beginning))[2].event

    assert isinstance(event, StepSucceeded)
    assert event.at == NOON + timedelta(milliseconds=1)
