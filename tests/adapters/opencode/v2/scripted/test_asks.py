"""Permissions and forms wait for a person, take what 2.1.2 takes, and end the run as it does when they are refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.v2.scripted.asks import problem_with
from adapters.opencode.v2.scripted.scripts import EVERY_FIELD
from tests.adapters.opencode.v2.scripted.caller import Caller, Frame, scripted_caller

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


async def asked(caller: Caller, script: str = "asks-permission", kind: str = "permission.asked") -> tuple[str, Frame]:
    """A session whose run waits, and what it waits for."""
    session = await caller.open(script)
    await caller.prompt(session)
    data = (await caller.heard(kind))["data"]
    return session, data.get("form", data)


async def form_asked(caller: Caller) -> tuple[str, Frame, str]:
    session, form = await asked(caller, "asks-form", "form.created")
    return session, form, f"/api/session/{session}/form/{form['id']}"


async def decide(caller: Caller, session: str, request: Frame, **reply: str) -> None:
    await caller.ask("POST", f"/api/session/{session}/permission/{request['id']}/reply", reply)
    await caller.idle(session)


async def test_a_permission_is_listed_while_it_waits(caller: Caller) -> None:
    session, request = await asked(caller)

    assert (request["action"], request["resources"], request["save"]) == ("shell", ["rm -rf build"], ["rm -rf build"])
    assert request["source"]["type"] == "tool"
    for path in ("/api/permission/request?location[directory]=/", f"/api/session/{session}/permission"):
        assert (await caller.ask("GET", path))["data"] == [request]
    assert (await caller.ask("GET", f"/api/session/{session}/permission/{request['id']}"))["data"] == request
    assert session in (await caller.ask("GET", "/api/session/active"))["data"]


async def test_once_lets_the_tool_run_and_a_second_answer_comes_too_late(caller: Caller) -> None:
    session, request = await asked(caller)
    await decide(caller, session, request, decision="once")

    again = await caller.send("POST", f"/api/session/{session}/permission/{request['id']}/reply", {"decision": "once"})
    assert await caller.end(session) == ("succeeded", None)
    assert (again.status_code, again.json()["_tag"]) == (404, "PermissionNotFoundError")
    assert (await caller.heard("permission.replied"))["data"]["reply"] == "once"


async def test_always_is_not_asked_again(caller: Caller) -> None:
    session, request = await asked(caller)
    await decide(caller, session, request, decision="always")

    other = await caller.run("asks-permission", title="Another")

    assert await caller.end(other) == ("succeeded", None)
    assert len([frame for frame in caller.bus if frame["type"] == "permission.asked"]) == 1


async def test_a_refusal_without_a_word_looks_like_a_shutdown(caller: Caller) -> None:
    session, request = await asked(caller)
    await decide(caller, session, request, decision="reject")

    assert await caller.end(session) == ("interrupted", "shutdown")
    assert (await caller.told(session))[-3:] == ["tool.failed", "step.failed", "execution.interrupted"]


async def test_a_refusal_with_a_message_lets_the_agent_go_on(caller: Caller) -> None:
    session, request = await asked(caller)
    await decide(caller, session, request, decision="reject", message="Use ls instead.")

    assert "tool.failed" in await caller.told(session)
    assert await caller.end(session) == ("succeeded", None)


async def test_an_interrupt_takes_back_what_was_asked(caller: Caller) -> None:
    session, _ = await asked(caller)
    await caller.ask("POST", f"/api/session/{session}/interrupt")

    assert await caller.end(session) == ("interrupted", "user")
    assert (await caller.ask("GET", "/api/permission/request?location[directory]=/"))["data"] == []


@pytest.mark.parametrize(("effect", "last"), [("allow", "tool.success"), ("deny", "tool.failed")])
async def test_the_last_rule_of_the_session_that_matches_spares_the_asking(
    caller: Caller, effect: str, last: str
) -> None:
    rules = [
        {"action": "*", "resource": "*", "effect": "ask"},
        {"action": "shell", "resource": "rm *", "effect": effect},
        {"action": "read", "resource": "*", "effect": "ask"},
    ]
    session = await caller.run("asks-permission", permissions=rules)

    assert last in await caller.told(session)
    assert await caller.end(session) == ("succeeded", None)
    assert "permission.asked" not in [frame["type"] for frame in caller.bus]


async def test_an_answered_form_gives_the_tool_its_answers(caller: Caller) -> None:
    session, form, path = await form_asked(caller)
    assert (await caller.ask("GET", "/api/form?location[directory]=/"))["data"] == [form]
    assert [field["key"] for field in form["fields"]] == ["q0", "q1"]

    await caller.ask("POST", f"{path}/reply", {"answer": {"q0": "Red", "q1": ["S", "M"]}})
    await caller.idle(session)

    answer = {"q0": "Red", "q1": ["S", "M"]}
    assert await caller.end(session) == ("succeeded", None)
    assert (await caller.heard("form.replied"))["data"]["answer"] == answer
    assert (await caller.ask("GET", path))["data"]["state"] == {"status": "answered", "answer": answer}
    again = await caller.send("POST", f"{path}/reply", {"answer": {}})
    assert (again.status_code, again.json()["_tag"]) == (409, "FormAlreadySettledError")


async def test_an_answer_that_does_not_fit_is_refused_and_the_form_waits_on(caller: Caller) -> None:
    session, form, path = await form_asked(caller)
    refused = await caller.send("POST", f"{path}/reply", {"answer": {"nonsense": "x"}})

    assert refused.status_code == 400
    words = "Unknown form field: nonsense"
    assert refused.json() == {"_tag": "FormInvalidAnswerError", "id": form["id"], "message": words}
    assert (await caller.ask("GET", f"/api/session/{session}/form"))["data"] == [form]


async def test_a_dismissed_form_looks_like_a_shutdown(caller: Caller) -> None:
    session, form, path = await form_asked(caller)
    await caller.ask("DELETE", path)
    await caller.idle(session)

    assert await caller.end(session) == ("interrupted", "shutdown")
    assert (await caller.heard("form.cancelled"))["data"] == {"id": form["id"], "sessionID": session}
    assert (await caller.ask("GET", path))["data"]["state"] == {"status": "cancelled"}
    assert (await caller.send("DELETE", path)).status_code == 409


async def test_an_interrupt_cancels_the_form(caller: Caller) -> None:
    session, _, path = await form_asked(caller)
    await caller.ask("POST", f"/api/session/{session}/interrupt")

    await caller.heard("form.cancelled")
    assert await caller.end(session) == ("interrupted", "user")
    assert (await caller.ask("GET", path))["data"]["state"] == {"status": "cancelled"}


async def test_an_ask_of_another_session_or_none_is_not_found(caller: Caller) -> None:
    _, form, _ = await form_asked(caller)
    other = await caller.open("quick")

    for kind, tag in (("form", "FormNotFoundError"), ("permission", "PermissionNotFoundError")):
        response = await caller.send("GET", f"/api/session/{other}/{kind}/{form['id']}")
        assert (response.status_code, response.json()["_tag"]) == (404, tag)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"q0": "Green"}, None),
        ({"q0": "Red", "name": "main", "share": 0.2, "count": 3, "sure": True, "why": ""}, None),
        ({}, "Missing required form field: q0"),
        ("Red", "Expected an object"),
        ({"q0": 1}, "Invalid value for form field: q0"),
        ({"q0": "Red", "q1": "S"}, "Invalid value for form field: q1"),
        ({"q0": "Red", "q1": [1]}, "Invalid value for form field: q1"),
        ({"q0": "Red", "name": "x"}, "Invalid value for form field: name"),
        ({"q0": "Red", "name": "x" * 21}, "Invalid value for form field: name"),
        ({"q0": "Red", "share": 2}, "Invalid value for form field: share"),
        ({"q0": "Red", "share": "half"}, "Invalid value for form field: share"),
        ({"q0": "Red", "count": 0}, "Invalid value for form field: count"),
        ({"q0": "Red", "count": 1.5}, "Invalid value for form field: count"),
        ({"q0": "Red", "sure": "yes"}, "Invalid value for form field: sure"),
        ({"q0": "Red", "page": "seen"}, "Invalid value for form field: page"),
    ],
)
async def test_each_kind_of_field_takes_what_fits_it(answer: Any, problem: str | None) -> None:
    assert problem_with(answer, EVERY_FIELD) == problem


async def test_a_choice_without_words_of_one_s_own_takes_its_options_only() -> None:
    options: list[Any] = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    fields: list[Any] = [{"key": "one", "type": "string", "options": options}]

    assert problem_with({"one": "a"}, fields) is None
    assert problem_with({"one": "c"}, fields) == "Invalid value for form field: one"
