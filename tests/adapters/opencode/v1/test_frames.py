"""The stream's events are folded into what is known of the attempt; what is foreign or strange changes nothing."""

from typing import Any

import pytest

from adapters.opencode.observations import Ask, nothing_seen
from adapters.opencode.v1.frames import observe, observe_message
from adapters.opencode.v1.wire import Event, Message
from runner.attention import FieldKind
from runner.failures import EngineRetry, Todo, Usage
from tests.adapters.opencode.v1.shapes import (
    CHILD,
    ROOT,
    START,
    a_child,
    a_message,
    a_permission,
    a_question,
    a_retry,
    a_tool,
    an_assistant_message,
    seen,
)


def a_text(text: str, part: str = "prt_1", message: str = "msg_2", **more: Any) -> Any:
    told = {"id": part, "messageID": message, "sessionID": "ses_root", "type": "text", "text": text, **more}
    return ("message.part.updated", {"part": told})


def a_delta(delta: str, part: str = "prt_1", field: str = "text") -> Any:
    return ("message.part.delta", {"messageID": "msg_2", "partID": part, "field": field, "delta": delta})


def an_ask(known: Any) -> Ask:
    (ask,) = known.asks
    assert isinstance(ask, Ask)
    return ask


def test_text_grows_by_deltas_and_is_set_by_the_whole() -> None:
    known = seen(an_assistant_message(), a_text(""), a_delta("Hello "), a_delta("the"))

    assert known.text == "Hello the"
    assert observe(known, Event(type="x"), START).text == "Hello the"
    assert seen(an_assistant_message(), a_text(""), a_delta("Hel"), a_text("Hello there")).text == "Hello there"


def test_a_new_part_begins_anew_but_only_once_it_says_something() -> None:
    begun = (an_assistant_message(), a_text("First", "prt_1"), a_text("", "prt_2"))

    assert seen(*begun).text == "First"
    assert seen(*begun, a_delta("Second", "prt_2")).text == "Second"


@pytest.mark.parametrize(
    "event",
    [
        a_text("the prompt", message="msg_user"),
        a_text("Continue", synthetic=True),
        a_delta("thinking", part="prt_reasoning"),
        a_delta("x", field="title"),
    ],
    ids=["user's", "synthetic", "reasoning", "other field"],
)
def test_what_the_agent_did_not_say_is_no_text(event: Any) -> None:
    assert seen(an_assistant_message(), event).text == ""


def test_a_retry_is_kept_until_an_answer_comes() -> None:
    busy = ("session.status", {"status": {"type": "busy"}})
    idle = ("session.status", {"status": {"type": "idle"}})
    waiting = (an_assistant_message(), a_retry(1), busy, a_retry(2))

    assert seen(*waiting, busy).retry is not None
    assert seen(*waiting, idle).retry is not None
    assert seen(*waiting, a_text("Now")).retry is None
    assert [retry.attempt for retry in seen(*waiting).retries] == [1, 2]
    assert seen(*waiting).tried_again == 2
    assert seen(*waiting, an_assistant_message("msg_3")).tried_again == 0


def test_a_status_that_comes_twice_counts_once() -> None:
    assert seen(a_retry(1), a_retry(1)).retries == (
        EngineRetry(attempt=1, message="Rate limit reached", next_at=START.after(2).wall),
    )


def test_turns_are_messages_of_the_assistant_in_all_its_sessions() -> None:
    known = seen(
        an_assistant_message("msg_1"),
        an_assistant_message("msg_1", finish="tool-calls"),
        an_assistant_message("msg_u", role="user"),
        a_child(),
        an_assistant_message("msg_9", session=CHILD),
    )

    assert known.turns == {"msg_1", "msg_9"}


def test_answers_without_a_finish_reason_are_counted_in_a_row() -> None:
    nameless = [an_assistant_message(f"msg_{n}", finish="unknown") for n in (1, 2, 2)]

    assert len(seen(*nameless).nameless) == 2
    assert seen(*nameless, an_assistant_message("msg_3", finish="stop")).nameless == ()


def test_a_call_that_is_announced_and_not_made_counts_as_one_of_them() -> None:
    begun, ended = an_assistant_message(), an_assistant_message(finish="tool-calls")

    assert seen(begun, ended).nameless == ("msg_2",)
    assert seen(begun, ("message.part.updated", {"part": a_tool("bash")}), ended).nameless == ()


def test_a_stored_message_with_a_call_has_made_it() -> None:
    stored = Message.model_validate(a_message(finish="tool-calls", parts=[a_tool("bash")]))

    assert observe_message(seen(), stored, START).nameless == ()


def test_a_sub_agents_session_belongs_to_the_attempt() -> None:
    grandchild = ("session.created", {"info": {"id": "ses_3", "parentID": CHILD}, "sessionID": "ses_3"})
    stranger = ("session.created", {"info": {"id": "ses_4", "parentID": "ses_5"}, "sessionID": "ses_4"})

    assert seen(a_child(), grandchild, stranger).sessions == {"ses_root", CHILD, "ses_3"}


def test_a_sub_agents_session_is_also_known_by_its_task() -> None:
    part = a_tool("task", "running", metadata={"sessionId": CHILD})

    assert CHILD in seen(("message.part.updated", {"part": part})).sessions


@pytest.mark.parametrize(
    ("metadata", "patterns"),
    [({}, ("/etc/*",)), ({"filepath": "/etc/hosts"}, ("/etc/hosts",))],
    ids=["pattern", "the file itself"],
)
def test_a_permission_says_what_is_wanted(metadata: dict[str, Any], patterns: tuple[str, ...]) -> None:
    asked = a_permission(permission="external_directory", patterns=["/etc/*"], metadata=metadata)

    permission = an_ask(seen(asked)).permission

    assert permission is not None
    assert (permission.id, permission.permission, permission.patterns) == ("per_1", "external_directory", patterns)


def test_a_permission_says_what_always_would_keep() -> None:
    permission = an_ask(seen(a_permission(always=["rm *"]))).permission

    assert permission is not None
    assert permission.saves == ("rm *",)


def test_a_question_of_a_sub_agent_is_asked_too() -> None:
    ask = an_ask(seen(a_child(), a_question(session=CHILD)))

    assert ask.session_id == CHILD
    assert ask.question is not None
    assert (ask.question.text, ask.question.options) == ("Which database?", ("pg",))
    [field] = ask.question.fields
    assert (field.key, field.kind, field.title, field.text) == ("q0", FieldKind.CHOICE, "DB", "Which database?")
    assert field.custom


@pytest.mark.parametrize(
    ("asked", "replied", "answer", "rejected"),
    [
        (a_permission(), ("permission.replied", {"requestID": "per_1", "reply": "once"}), "allowed", False),
        (a_permission(), ("permission.replied", {"requestID": "per_1", "reply": "reject"}), "refused", True),
        (
            a_question(),
            ("question.replied", {"requestID": "que_1", "answers": [["pg"], ["a", "b"]]}),
            "pg, a, b",
            False,
        ),
        (a_question(), ("question.rejected", {"requestID": "que_1"}), "dismissed", True),
    ],
    ids=["allowed", "refused", "answered", "dismissed"],
)
def test_an_answer_ends_the_ask(asked: Any, replied: Any, answer: str, rejected: bool) -> None:
    known = seen(asked, replied)

    assert known.asks == ()
    assert list(known.answers.values()) == [answer]
    assert (known.rejected is not None) is rejected


def test_the_clocks_stand_still_while_anything_is_asked() -> None:
    known = seen(a_permission("per_1"))
    known = observe(
        known, Event(type="question.asked", properties={"sessionID": "ses_root", **a_question()[1]}), START.after(2)
    )
    allowed = Event(
        type="permission.replied", properties={"sessionID": "ses_root", "requestID": "per_1", "reply": "once"}
    )
    answered = Event(type="question.replied", properties={"sessionID": "ses_root", "requestID": "que_1", "answers": []})

    known = observe(known, allowed, START.after(5))
    assert known.asked_until(START.after(7)) == 7

    known = observe(known, answered, START.after(10))
    assert known.asked_until(START.after(60)) == 10


def test_todos_and_tools_and_totals_are_kept() -> None:
    todos = ("todo.updated", {"todos": [{"content": "Test", "status": "pending", "priority": "high"}]})
    part = a_tool("bash", "completed", input={"command": "ls"}, output="app", title="List")
    tokens = {"input": 90, "output": 15, "reasoning": 5, "cache": {"read": 10, "write": 0}}
    totals = ("session.updated", {"info": {"id": "ses_root", "cost": 0.5, "tokens": tokens}})

    known = seen(todos, ("message.part.updated", {"part": part}), totals)

    assert known.todos == (Todo(content="Test", status="pending"),)
    assert known.last_tool is not None
    assert (known.last_tool.call.output, known.last_tool.title) == ("app", "List")
    assert known.usage == Usage(input_tokens=100, output_tokens=20, cost=0.5)


@pytest.mark.parametrize(
    "event",
    [
        ("session.status", {"sessionID": "ses_other", "status": {"type": "retry", "attempt": 1}}),
        ("session.status", {"status": "busy"}),
        ("session.error", {"error": None}),
        ("message.updated", {"info": []}),
        ("message.part.updated", {"part": {"no": "type"}}),
        ("permission.asked", {"id": 5}),
        ("question.asked", {"id": "que_1", "questions": None}),
        ("todo.updated", {"todos": {}}),
        ("session.created", {"info": None}),
        ("plugin.added", {}),
        ("session.next.invented", {"x": 1}),
    ],
)
def test_what_is_foreign_or_strange_changes_nothing(event: Any) -> None:
    assert seen(event) == seen()


def test_a_time_that_no_calendar_has_is_left_out() -> None:
    status = {"type": "retry", "attempt": 1, "message": "later", "next": 1e30}

    known = seen(("session.status", {"status": status}))

    assert known.retry is not None
    assert known.retry.next_at is None


def test_a_stored_message_tells_the_same_as_its_events() -> None:
    parts = [{"type": "text", "text": "Hello", "id": "prt_1", "messageID": "msg_2", "sessionID": "ses_root"}]
    message = Message.model_validate(a_message(parts=[*parts, a_tool("bash")], providerID="acme", modelID="x"))

    known = observe_message(seen(), message, START)

    assert (known.text, known.model, known.turns) == ("Hello", "acme/x", frozenset({"msg_2"}))
    assert known.last_tool is not None


def test_thousands_of_calls_are_read_at_what_few_cost() -> None:
    known, made = nothing_seen(ROOT, START), 0
    for number in range(2_000):
        for status in ("pending", "running", "completed"):
            ids = {"callID": f"call_{number}", "id": f"prt_{number}", "messageID": f"msg_{number}"}
            event = Event(type="message.part.updated", properties={"part": {**a_tool("bash", status), **ids}})
            before, known = known, observe(known, event, START)
            made += before.calling is not known.calling

    # The set that grows is made anew for each call and not for each event; the calls that are kept are few.
    assert made == 2_000
    assert len(known.tools) <= 501
