"""What an attempt has changed is kept and told once its end is stored, and costs the attempt nothing if it fails."""

import asyncio

import pytest

from runner.agents import Observer, ToolProgress, Work
from runner.attention import Attention, AttentionKind, PermissionRequest
from runner.changes import IllegalTransition
from runner.events import ChangesFound
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, ToolCall
from runner.file_changes import ChangeSource, FileChange, FileChanges, FileStatus, of_files
from runner.inventory import Inventories, Inventory
from runner.model import Pipeline, PipelineId, PipelineStatus
from runner.ports import TreeError
from runner.settler import Settler
from runner.transitions import find_changes
from tests.runner.bench import Bench
from tests.support.builders import NOW, a_failure, a_pipeline, a_plan, after
from tests.support.fakes import (
    NOTHING_CHANGED,
    FakeClock,
    FakeTrees,
    Held,
    Play,
    ScriptedAgents,
    answers,
    fails,
    opens,
    tells,
)
from tests.support.memory import MemoryJournal
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio

FILES = of_files(ChangeSource.GIT, [FileChange(path="login.py", status=FileStatus.MODIFIED, added=40, removed=2)])
BY_ENGINE = of_files(ChangeSource.ENGINE, [FileChange(path="login.py", status=FileStatus.ADDED, added=1)])


class TellingAgents(ScriptedAgents):
    """Their engine keeps what was changed."""

    def __init__(self, told: FileChanges | AgentError | None) -> None:
        super().__init__()
        self.kept = told
        self.asked: list[str] = []

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        self.asked.append(session_id)
        if isinstance(self.kept, AgentError):
            raise self.kept
        return self.kept


async def uses_a_tool(_: Work, observer: Observer) -> None:
    observer.activity(ToolProgress(call_id="1", call=ToolCall(tool="edit", status="completed")))


async def asks(_: Work, observer: Observer) -> None:
    """Two things at once, as agents do."""
    for number in (1, 2):
        request = PermissionRequest(id=f"per_{number}", permission="bash", patterns=("rm *",))
        kind, attention_id = AttentionKind.PERMISSION, f"att_{number}"
        asked = Attention(id=attention_id, kind=kind, message="May I?", since=NOW, permission=request)
        await observer.attention_raised(asked)


async def never() -> None:
    await asyncio.Event().wait()


def works(then: Play | None = None) -> Play:
    """In a session, with a tool."""
    return opens("ses_1", then=tells(uses_a_tool, then))


async def ended(bench: Bench, directory: str | None = "/srv/app") -> Pipeline:
    """After it has ended and its agents are not asked any more."""
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder", max_attempts=1)], directory=directory)
        await eventually(lambda: not bench.supervisor._loops and not bench.supervisor._due.ids)
        return await bench.pipeline(pipeline_id)


async def kept(bench: Bench, pipeline: Pipeline) -> FileChanges | None:
    key = (pipeline.steps[0].id, 1)
    return (await bench.stored.changes_of_attempts([key])).get(key)


async def names(bench: Bench, pipeline_id: PipelineId) -> list[str]:
    return [name for name in await bench.names(pipeline_id) if name != "SessionOpened"]


@pytest.mark.parametrize(("play", "end"), [(answers(), "StepSucceeded"), (fails(), "StepFailed")])
async def test_they_are_told_right_after_the_end(play: Play, end: str) -> None:
    bench = Bench(trees=FakeTrees(FILES))
    bench.agents.script("coder", play)

    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder", max_attempts=1)], directory="/srv/app")
        await bench.told(pipeline_id, ChangesFound)

    assert await names(bench, pipeline_id) == [
        "PipelineStarted",
        "StepStarted",
        end,
        "PipelineFinished",
        "ChangesFound",
    ]
    assert await kept(bench, await bench.pipeline(pipeline_id)) == FILES


async def test_what_was_in_a_secret_place_is_redacted_and_long_diffs_are_cut() -> None:
    """See test_redacted for the border itself: here, that nothing gets around it."""
    bench = Bench(agents=TellingAgents(BY_ENGINE), trees=FakeTrees(TreeError("no repository")))
    bench.agents.script("coder", works())
    bench.redactor.learn(["login.py"])

    found = await kept(bench, await ended(bench))

    assert found is not None
    assert [file.path for file in found.files] == ["[redacted:configured]"]


@pytest.mark.parametrize(
    ("engine", "trees", "expected"),
    [
        (BY_ENGINE, FILES, BY_ENGINE),
        (BY_ENGINE, TreeError("No repository."), BY_ENGINE),
        (BY_ENGINE, NOTHING_CHANGED, NOTHING_CHANGED),
        (None, FILES, FILES),
        (FileChanges(source=ChangeSource.ENGINE), FILES, FILES),
        (AgentError(a_failure(FailureKind.ENGINE_UNREACHABLE)), FILES, FILES),
        (None, TreeError("No repository."), FileChanges(unknown="No repository.")),
    ],
)
async def test_the_engine_is_believed_where_it_tells(
    engine: FileChanges | AgentError | None, trees: FileChanges | TreeError, expected: FileChanges
) -> None:
    bench = Bench(agents=TellingAgents(engine), trees=FakeTrees(trees))
    bench.agents.script("coder", works())

    assert await kept(bench, await ended(bench)) == expected


@pytest.mark.parametrize("play", [opens("ses_1"), tells(uses_a_tool)], ids=["no tool", "no session"])
async def test_an_engine_that_can_have_changed_nothing_is_not_asked(play: Play) -> None:
    agents = TellingAgents(BY_ENGINE)
    bench = Bench(agents=agents, trees=FakeTrees(FILES))
    agents.script("coder", play)

    assert await kept(bench, await ended(bench)) == FILES
    assert agents.asked == []


async def test_agents_that_keep_no_changes_are_not_asked() -> None:
    journal, clock, agents = MemoryJournal(), FakeClock(), ScriptedAgents()
    pipeline = a_pipeline([a_plan("coder")], directory=None)
    means = Inventories(trees=None, agents=agents, journal=journal, settler=Settler(journal, clock), clock=clock)
    inventory = Inventory(means, pipeline, pipeline.steps[0].id, 1)
    inventory.has_used_tools = True

    assert await inventory.close(pipeline, "ses_1") is pipeline


async def test_without_a_folder_only_the_engine_can_tell() -> None:
    trees = FakeTrees(FILES)
    silent, telling = Bench(trees=trees), Bench(agents=TellingAgents(BY_ENGINE), trees=trees)
    for bench in (silent, telling):
        bench.agents.script("coder", works())

    assert await kept(silent, await ended(silent, directory=None)) is None
    assert await kept(telling, await ended(telling, directory=None)) == BY_ENGINE
    assert trees.remembered == {}


async def test_why_nothing_can_be_told_is_known_while_the_agent_works_and_is_no_event() -> None:
    trees, held = FakeTrees(), Held()
    trees.remembering = TreeError("/srv/app is in no git repository.")
    bench = Bench(trees=trees)
    bench.agents.script("coder", held)
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await held.begun.wait()
        meanwhile = await kept(bench, await bench.pipeline(pipeline_id))
        held.released.set()
        await bench.ends(pipeline_id)

    assert meanwhile == FileChanges(unknown="/srv/app is in no git repository.")
    assert "ChangesFound" not in await bench.names(pipeline_id)
    assert trees.looks == 0


async def test_an_engine_on_another_machine_has_other_files() -> None:
    bench = Bench(trees=None)
    bench.agents.script("coder", works())

    found = await kept(bench, await ended(bench))

    assert found is not None
    assert found.unknown is not None
    assert found.unknown.startswith("OpenCode runs on another machine")


async def test_a_beginning_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.inventory._LOOK_SECONDS", 0.01)
    trees = FakeTrees(FILES)
    trees.beginning = never
    bench = Bench(trees=trees)

    found = await kept(bench, await ended(bench))

    assert found is not None
    assert found.unknown is not None
    assert "took longer" in found.unknown


async def test_a_look_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.inventory._LOOK_SECONDS", 0.01)
    trees = FakeTrees(FILES)
    trees.looking = never
    bench = Bench(trees=trees)

    found = await kept(bench, await ended(bench))

    assert found is not None
    assert found.unknown is not None
    assert "took longer" in found.unknown


async def test_what_broke_in_looking_costs_the_attempt_nothing(caplog: pytest.LogCaptureFixture) -> None:
    begins, ends = FakeTrees(), FakeTrees(RuntimeError("a bug"))
    begins.remembering = RuntimeError("a bug")
    for trees in (begins, ends):
        pipeline = await ended(Bench(trees=trees))
        assert pipeline.status is PipelineStatus.SUCCEEDED
    assert [record.message for record in caplog.records].count("no_inventory") == 2


async def test_whoever_is_asked_sees_what_was_done_so_far_and_at_the_end_all_of_it() -> None:
    trees, held = FakeTrees(FILES), Held()
    bench = Bench(trees=trees)

    bench.agents.script("coder", opens("ses_1", then=tells(asks, held)))
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await bench.told(pipeline_id, ChangesFound)
        assert (await bench.pipeline(pipeline_id)).status is PipelineStatus.WAITING
        trees.found = BY_ENGINE
        held.released.set()
        await bench.told(pipeline_id, ChangesFound, 2)

    assert await kept(bench, await bench.pipeline(pipeline_id)) == BY_ENGINE


async def test_nobody_is_told_the_same_twice() -> None:
    trees, held = FakeTrees(FILES), Held()
    bench = Bench(trees=trees)

    bench.agents.script("coder", opens("ses_1", then=tells(asks, held)))
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await bench.told(pipeline_id, ChangesFound)
        held.released.set()
        await eventually(lambda: bool(trees.forgotten))

    assert (await bench.names(pipeline_id)).count("ChangesFound") == 1


@pytest.mark.parametrize("trouble", [RuntimeError("a bug"), None], ids=["breaks", "hangs"])
async def test_a_look_in_the_middle_that_goes_wrong_holds_up_nothing(trouble: Exception | None) -> None:
    trees, held = FakeTrees(trouble or FILES), Held()
    if trouble is None:
        trees.looking = never
    bench = Bench(trees=trees)

    bench.agents.script("coder", opens("ses_1", then=tells(asks, held)))
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await held.begun.wait()
        await eventually(lambda: trees.looks > 0)
        trees.found, trees.looking = FILES, None
        held.released.set()
        await bench.told(pipeline_id, ChangesFound)

    assert await kept(bench, await bench.pipeline(pipeline_id)) == FILES


async def test_of_a_cancelled_attempt_they_are_told_after_the_cancellation() -> None:
    held = Held()
    bench = Bench(trees=FakeTrees(FILES))
    bench.agents.script("coder", held)
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await held.begun.wait()
        await bench.cancel(pipeline_id)
        await bench.told(pipeline_id, ChangesFound)

    pipeline = await bench.pipeline(pipeline_id)
    assert pipeline.status is PipelineStatus.CANCELLED
    assert await names(bench, pipeline_id) == [
        *("PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished", "ChangesFound")
    ]
    assert await kept(bench, pipeline) == FILES


async def test_one_that_is_left_to_the_next_stepwire_is_not_forgotten() -> None:
    trees, held = FakeTrees(FILES), Held()
    bench = Bench(trees=trees)

    bench.agents.script("coder", opens("ses_1", then=tells(asks, held)))
    async with bench.running():
        pipeline_id = await bench.start([a_plan("coder")], directory="/srv/app")
        await bench.told(pipeline_id, ChangesFound)
        await bench.supervisor.stop()

    assert (await bench.pipeline(pipeline_id)).status is PipelineStatus.WAITING
    assert trees.forgotten == []


async def test_an_attempt_that_is_not_there_has_no_changes() -> None:
    pipeline = a_pipeline([a_plan("coder")])

    with pytest.raises(IllegalTransition, match="Step 1 has no attempt 1"):
        find_changes(pipeline, pipeline.steps[0].id, 1, FILES, after(1))
