"""Nothing that agents say comes through the border with a secret in it, whatever way it takes."""

import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from runner.agents import Activity, ActivitySnapshot, Agents, Observer, TextDelta, TodosChanged, ToolProgress, Work
from runner.attention import Field, FieldKind, FieldOption, Form
from runner.definitions import Known
from runner.engine_health import EngineHealth
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Evidence, Todo, ToolCall, Usage
from runner.file_changes import ChangeSource, FileChange, FileChanges, FileStatus, of_files
from runner.limits import Limits
from runner.model import StepId
from runner.ports import TreeError
from runner.redacted import RedactedAgents, RedactedTrees
from runner.redaction import Redactor
from tests.adapters.opencode.v1.listening import Listener
from tests.support.builders import Story, a_detailed_failure, a_permission, a_question
from tests.support.fakes import FakeTrees, Play, ScriptedAgents, answers, raises, tells

pytestmark = pytest.mark.asyncio

SECRET = "hunter2hunter2"
GONE = "[redacted:configured]"
WORK = Work(step_id=StepId("stp_1_0"), attempt=1, title="", prompt="", engine_agent="coder", limits=Limits())


def behind_the_border(*plays: Play, known: Known | AgentError | None = None) -> tuple[ScriptedAgents, RedactedAgents]:
    agents = ScriptedAgents(known)
    agents.script("coder", *plays)
    return agents, RedactedAgents(agents, Redactor([SECRET]))


async def told(tell: Callable[[Work, Observer], Awaitable[None]]) -> Listener:
    """What an observer hears of an attempt in which this is told."""
    listener = Listener()
    await behind_the_border(tells(tell))[1].run(WORK, listener)
    return listener


async def shown(*activities: Activity) -> list[Activity]:
    async def tell(_: Work, observer: Observer) -> None:
        for activity in activities:
            observer.activity(activity)

    return (await told(tell)).activities


async def test_an_answer_and_its_evidence() -> None:
    evidence = Evidence(session_id="ses_1", last_text=SECRET)
    _, agents = behind_the_border(answers(f"It is {SECRET}", evidence=evidence))

    answer = await agents.run(WORK, Listener())

    assert answer.markdown == f"It is {GONE}"
    assert answer.evidence == Evidence(session_id="ses_1", last_text=GONE)


async def test_a_large_answer_is_redacted_beside_the_event_loop() -> None:
    threads = set[int]()

    class Watched(Redactor):
        def __call__(self, text: str) -> str:
            threads.add(threading.get_ident())
            return super().__call__(text)

    agents = ScriptedAgents()
    agents.script("coder", answers("x " * 60_000))
    await RedactedAgents(agents, Watched()).run(WORK, Listener())

    assert threads - {threading.get_ident()}


async def test_a_failure_keeps_what_it_cost() -> None:
    error = AgentError(a_detailed_failure(SECRET), usage=Usage(input_tokens=7))
    _, agents = behind_the_border(raises(error))

    with pytest.raises(AgentError) as caught:
        await agents.run(WORK, Listener())

    assert SECRET not in repr(caught.value.failure)
    assert caught.value.failure.message == GONE
    assert caught.value.usage == Usage(input_tokens=7)


async def test_what_is_no_failure_of_an_agent_passes_as_it_is() -> None:
    error = RuntimeError("a bug")
    _, agents = behind_the_border(raises(error))

    with pytest.raises(RuntimeError) as caught:
        await agents.run(WORK, Listener())

    assert caught.value is error


@pytest.mark.parametrize(
    "ask",
    [
        lambda agents: agents.answer_permission("per_1", None, "once", None),
        lambda agents: agents.answer_question("que_1", None, ["a"]),
        lambda agents: agents.dismiss_question("que_1", None),
        lambda agents: agents.stop("ses_1", None),
        lambda agents: agents.known(None),
    ],
    ids=["a permission", "an answer", "a dismissal", "a stop", "what is known"],
)
async def test_a_refusal(ask: Callable[[Agents], Awaitable[object]]) -> None:
    refused = AgentError(a_detailed_failure(SECRET))

    async def refusing(_: str) -> None:
        raise refused

    scripted, agents = behind_the_border(known=refused)
    scripted.answering, scripted.stopping = refused, refusing

    with pytest.raises(AgentError) as caught:
        await ask(agents)

    assert SECRET not in repr(caught.value.failure)


async def test_what_is_asked_of_agents_reaches_them() -> None:
    scripted, agents = behind_the_border()

    await agents.answer_permission("per_1", "/srv", "reject", "no")
    await agents.answer_question("que_1", None, ["a", "b"])
    await agents.dismiss_question("que_2", None)
    await agents.stop("ses_1", "/srv")

    assert [(call.what, call.subject, call.says) for call in scripted.calls] == [
        ("permission", "per_1", ("reject", "no")),
        ("answer", "que_1", ("a", "b")),
        ("dismiss", "que_2", None),
        ("stop", "ses_1", "/srv"),
    ]


async def test_what_is_known_keeps_its_names() -> None:
    known = Known(agents={"build": f"Signs in with {SECRET}"}, models=frozenset({f"{SECRET}/large"}))
    _, agents = behind_the_border(known=known)

    assert await agents.known(None) == replace(known, agents={"build": f"Signs in with {GONE}"})


async def test_how_the_engine_is() -> None:
    class Ill(ScriptedAgents):
        async def health(self) -> EngineHealth:
            return EngineHealth(reachable=False, url="http://engine", message=f"It says {SECRET}")

    agents = RedactedAgents(Ill(), Redactor([SECRET]))

    for health in (await agents.health(), await agents.start()):
        assert health == EngineHealth(reachable=False, url="http://engine", message=f"It says {GONE}")


async def test_what_keeps_it_from_moving() -> None:
    step = Story(1).begin().step
    question, permission = a_question(step), a_permission(step)
    assert question.question is not None
    assert permission.permission is not None
    asked = replace(question.question, text=SECRET, options=(SECRET, "no"))
    wanted = replace(permission.permission, patterns=(f"echo {SECRET}",))

    async def tell(_: Work, observer: Observer) -> None:
        await observer.session_opened("ses_1", "acme/large")
        await observer.attention_raised(replace(question, message=SECRET, question=asked))
        await observer.attention_raised(replace(permission, permission=wanted))
        await observer.attention_cleared(question.id, f"{SECRET}, of course")

    heard = await told(tell)

    assert (heard.session_id, heard.model) == ("ses_1", "acme/large")
    assert heard.raised == [
        replace(question, message=GONE, question=replace(asked, text=GONE, options=(GONE, "no"))),
        replace(permission, permission=replace(wanted, patterns=(f"echo {GONE}",))),
    ]
    assert heard.told[-1] == ("cleared", question.id, f"{GONE}, of course")


async def test_a_form_keeps_what_goes_back_to_the_engine() -> None:
    option = FieldOption(value=SECRET, label=f"Use {SECRET}", description=SECRET)
    field = Field(
        key=SECRET,
        kind=FieldKind.CHOICE,
        title=SECRET,
        description=SECRET,
        default=SECRET,
        url=SECRET,
        options=(option,),
    )
    asked = a_question(Story().pipeline.steps[0])
    assert asked.question is not None
    question = replace(asked.question, form=Form(id="frm_1", title=SECRET, fields=(field,)))

    async def tell(_: Work, observer: Observer) -> None:
        await observer.attention_raised(replace(asked, question=question))

    heard = (await told(tell)).raised[0].question

    assert heard is not None
    assert heard.form == Form(
        id="frm_1",
        title=GONE,
        fields=(
            Field(
                key=SECRET,
                kind=FieldKind.CHOICE,
                title=GONE,
                description=GONE,
                default=GONE,
                url=GONE,
                options=(FieldOption(value=SECRET, label=f"Use {GONE}", description=GONE),),
            ),
        ),
    )


async def test_text_comes_as_it_is_said_and_its_end_when_it_has_ended() -> None:
    first, second = f"The pass phrase is {SECRET[:7]}", f"{SECRET[7:]} and that is all there is to say."

    heard = await shown(TextDelta(delta=first), TextDelta(delta=second), TextDelta(delta="", last=True))

    texts = [activity.delta for activity in heard if isinstance(activity, TextDelta)]
    assert "".join(texts) == f"The pass phrase is {GONE} and that is all there is to say."
    assert len(texts) == 2
    assert all(texts)


async def test_text_that_nobody_ended_is_told_when_the_attempt_is_over() -> None:
    assert await shown(TextDelta(delta=f"It is {SECRET}")) == [TextDelta(delta=f"It is {GONE}")]


async def test_what_else_an_agent_does() -> None:
    call = ToolCall(tool="bash", status="completed", input={"command": SECRET}, output=SECRET)
    todo = Todo(content=SECRET, status="pending")

    heard = await shown(
        ToolProgress(call_id="c1", call=call, title=SECRET),
        TodosChanged(todos=(todo,)),
        TextDelta(delta="forgotten"),
        ActivitySnapshot(text=SECRET, tools=(call,), todos=(todo,)),
    )

    redacted = replace(call, input={"command": GONE}, output=GONE)
    assert heard == [
        ToolProgress(call_id="c1", call=redacted, title=GONE),
        TodosChanged(todos=(replace(todo, content=GONE),)),
        ActivitySnapshot(text=GONE, tools=(redacted,), todos=(replace(todo, content=GONE),)),
    ]


async def test_a_failure_of_any_length_is_capped() -> None:
    _, agents = behind_the_border(raises(AgentError(a_detailed_failure("x" * 200_000))))

    with pytest.raises(AgentError) as caught:
        await agents.run(WORK, Listener())

    assert caught.value.failure.kind is FailureKind.AGENT_ERROR
    assert len(caught.value.failure.detail or "") < 17_000


def changed(text: str) -> FileChanges:
    return of_files(ChangeSource.GIT, [FileChange(path=text, status=FileStatus.ADDED, added=300, diff=f"@@\n+{text}")])


class Telling(ScriptedAgents):
    """Agents whose engine keeps what was changed."""

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        if directory == "nowhere":
            raise AgentError(a_detailed_failure(SECRET))
        return changed(SECRET)


async def test_what_the_engine_says_was_changed() -> None:
    agents = RedactedAgents(Telling(), Redactor([SECRET]))

    assert await agents.changes("ses_1", None) == changed(GONE)
    with pytest.raises(AgentError) as caught:
        await agents.changes("ses_1", "nowhere")
    assert SECRET not in str(caught.value.failure)
    assert await behind_the_border()[1].changes("ses_1", None) is None


async def test_what_agents_wrote_into_files() -> None:
    trees = FakeTrees(changed(SECRET))
    behind = RedactedTrees(trees, Redactor([SECRET]))
    await behind.remember("key", "/srv/app", "Title")

    assert await behind.changes("key", "/srv/app") == changed(GONE)
    trees.found = TreeError(f"git said {SECRET}")
    with pytest.raises(TreeError, match=re.escape(f"git said {GONE}")):
        await behind.changes("key", "/srv/app")
    await behind.forget("key")
    assert trees.forgotten == ["key"]
