"""The scripted OpenCode 2 takes and refuses requests as 2.1.2 does: ids of one's own, one receipt, errors by tag."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.adapters.opencode.v2.scripted.caller import Caller, scripted_caller

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


async def test_a_session_has_the_id_title_agent_and_rules_that_were_given(caller: Caller) -> None:
    rules = [{"action": "shell", "resource": "*", "effect": "deny"}]
    session = await caller.open("quick", id="ses_own", permissions=rules, metadata={"step": 1})

    shown = (await caller.ask("GET", f"/api/session/{session}"))["data"]
    assert (shown["id"], shown["title"], shown["agent"]) == ("ses_own", "Fix login", "build")
    assert (shown["permissions"], shown["metadata"]) == (rules, {"step": 1})
    assert shown["location"] == {"directory": "/"}
    assert (await caller.heard("session.created"))["durable"]["seq"] == 0


async def test_the_same_session_id_again_gives_the_session_that_is_there(caller: Caller) -> None:
    await caller.run("quick", id="ses_own")

    again = await caller.ask("POST", "/api/session", {"id": "ses_own", "title": "Another"})

    assert (again["data"]["title"], again["data"]["outcome"]) == ("Fix login", "succeeded")


async def test_the_same_prompt_again_gives_the_same_receipt_and_nothing_is_played(caller: Caller) -> None:
    session = await caller.open("quick")
    first = await caller.prompt(session, id="msg_own")
    await caller.idle(session)
    again = await caller.prompt(session, id="msg_own")
    await caller.idle(session)

    told = await caller.told(session)
    assert first == again
    assert first["id"] == "msg_own"
    assert [prompt["id"] for prompt in caller.server.prompts] == ["msg_own"]
    assert (told.count("inbox.delivered"), told[-2:]) == (1, ["execution.started", "execution.succeeded"])


async def test_another_text_or_session_under_the_same_id_is_a_conflict(caller: Caller) -> None:
    session, other = await caller.open("quick"), await caller.open("quick")
    await caller.prompt(session, id="msg_own")

    for where, text in ((session, "Something else"), (other, "Fix it")):
        response = await caller.send("POST", f"/api/session/{where}/prompt", {"id": "msg_own", "text": text})
        assert (response.status_code, response.json()["_tag"]) == (409, "ConflictError")


async def test_a_lost_receipt_is_given_when_the_prompt_is_sent_again(caller: Caller) -> None:
    session = await caller.open("loses-receipt")
    with pytest.raises(httpx.TransportError):
        await caller.prompt(session, id="msg_own")

    await caller.idle(session)
    receipt = await caller.prompt(session, id="msg_own")

    assert receipt["id"] == "msg_own"
    assert (await caller.told(session)).count("inbox.delivered") == 1


async def test_a_prompt_may_wait_for_a_later_one(caller: Caller) -> None:
    session = await caller.open("quick")
    await caller.prompt(session, resume=False)
    assert await caller.told(session) == ["inbox.enqueued"]

    await caller.prompt(session, "Now")
    await caller.idle(session)

    assert (await caller.told(session)).count("inbox.delivered") == 2


@pytest.mark.parametrize(
    ("script", "status", "content_type"),
    [("breaks", 500, None), ("web-page", 200, "text/html"), ("empty-body", 200, "application/json")],
)
async def test_an_answer_that_is_none_admits_nothing(
    caller: Caller, script: str, status: int, content_type: str | None
) -> None:
    session = await caller.open(script)
    response = await caller.send("POST", f"/api/session/{session}/prompt", {"text": "Fix it"})

    assert (response.status_code, response.headers.get("content-type")) == (status, content_type)
    assert await caller.told(session) == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_session_is_not_found_and_a_malformed_id_is_refused(caller: Caller, method: str) -> None:
    unknown = await caller.send(method, "/api/session/ses_none")
    malformed = await caller.send(method, "/api/session/nonsense")

    words = "Session not found: ses_none"
    assert unknown.status_code == 404
    assert unknown.json() == {"_tag": "SessionNotFoundError", "sessionID": "ses_none", "message": words}
    assert malformed.status_code == 400
    assert malformed.json()["field"] == "sessionID"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, 'Missing key\n  at ["text"]'),
        ({"text": 5}, 'Expected string, got 5\n  at ["text"]'),
        ([], "Expected object, got []"),
    ],
)
async def test_a_payload_of_the_wrong_shape_is_refused_with_its_place(caller: Caller, body: Any, message: str) -> None:
    session = await caller.open("quick")
    response = await caller.send("POST", f"/api/session/{session}/prompt", body)

    assert response.status_code == 400
    assert response.json() == {"_tag": "InvalidRequestError", "kind": "Payload", "message": message}


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [(b"", "application/json", 400), (b"{not json", "application/json", 500), (b'{"text":"x"}', "text/plain", 415)],
)
async def test_a_body_that_is_no_json_is_refused_as_the_real_one_does(
    caller: Caller, content: bytes, content_type: str, status: int
) -> None:
    session = await caller.open("quick")
    path = f"/api/session/{session}/prompt"
    response = await caller.http.post(path, content=content, headers={"content-type": content_type})

    assert response.status_code == status


@pytest.mark.parametrize("model", ["scripted/text", {"id": "text"}])
async def test_a_model_that_is_no_reference_is_refused(caller: Caller, model: Any) -> None:
    response = await caller.send("POST", "/api/session", {"model": model})

    assert response.status_code == 400
    assert response.json()["message"].startswith("Expected Model.Ref | null, got ")


async def test_a_missing_directory_is_accepted_and_then_not_found(caller: Caller) -> None:
    session = await caller.open("quick", location={"directory": "/no/such/place"})
    refused = await caller.send("POST", f"/api/session/{session}/prompt", {"text": "Fix it"})
    listed = await caller.send("GET", "/api/agent?location[directory]=/no/such/place")
    relative = await caller.send("POST", "/api/session", {"location": {"directory": "somewhere"}})

    for response in (refused, listed):
        assert (response.status_code, response.json()["_tag"]) == (404, "LocationNotFoundError")
    assert (relative.status_code, relative.content) == (500, b"")


async def test_a_bare_directory_is_ignored(caller: Caller) -> None:
    listed = await caller.ask("GET", "/api/agent?directory=/no/such/place")

    assert listed["location"]["directory"] != "/no/such/place"


async def test_agents_and_models_are_those_that_can_be_played(caller: Caller) -> None:
    agents = (await caller.ask("GET", "/api/agent?location[directory]=/"))["data"]
    models = (await caller.ask("GET", "/api/model?location[directory]=/"))["data"]

    shown = {agent["id"] for agent in agents if not agent["hidden"]}
    assert shown == {"build", "plan", "general", "explore"}
    assert {agent["id"] for agent in agents if agent["hidden"]} == {"compaction", "title", "summary"}
    assert "http-401" in {model["id"] for model in models if model["providerID"] == "scripted"}


async def test_a_broken_configuration_leaves_no_models(caller: Caller) -> None:
    caller.server.stage.models_known = False
    session = await caller.run("quick")

    assert (await caller.ask("GET", "/api/model?location[directory]=/"))["data"] == []
    assert (await caller.ask("GET", "/api/model/default?location[directory]=/"))["data"] is None
    error = {"type": "provider.no-route", "message": "Model unavailable: scripted/quick"}
    assert await caller.end(session) == ("failed", error)


async def test_a_session_can_change_what_it_was_begun_with(caller: Caller) -> None:
    session = await caller.open("quick")
    path = f"/api/session/{session}"
    await caller.ask("PATCH", path, {"title": "Renamed", "permissions": [], "metadata": {"a": 1}})
    await caller.ask("POST", f"{path}/agent", {"agent": "plan"})
    await caller.ask("POST", f"{path}/model", {"model": {"id": "text", "providerID": "scripted"}})

    shown = (await caller.ask("GET", path))["data"]
    assert (shown["title"], shown["permissions"], shown["metadata"]) == ("Renamed", [], {"a": 1})
    assert (shown["agent"], shown["model"]["id"]) == ("plan", "text")


async def test_instructions_are_kept_by_key_and_told_with_the_next_run(caller: Caller) -> None:
    session = await caller.open("quick")
    path = f"/api/experimental/session/{session}/instructions/entries"
    await caller.ask("PUT", f"{path}/stepwire", {"value": "Be brief."})
    await caller.ask("PUT", f"{path}/other", {"value": "Be kind."})
    await caller.ask("DELETE", f"{path}/other")
    await caller.prompt(session)
    await caller.idle(session)

    updated = next(frame for frame in await caller.log(session) if frame["type"] == "session.instructions.updated")
    assert (await caller.ask("GET", path))["data"] == [{"key": "stepwire", "value": "Be brief."}]
    assert "stepwire" in updated["data"]["delta"]
    assert updated["durable"]["version"] == 2


async def test_a_deleted_session_ends_its_run_and_is_gone(caller: Caller) -> None:
    session = await caller.open("stalls")
    await caller.prompt(session)
    await caller.heard("session.text.ended")

    assert (await caller.send("DELETE", f"/api/session/{session}")).status_code == 204
    await caller.heard("session.deleted")

    kinds = [frame["type"] for frame in caller.bus if frame["data"].get("sessionID") == session]
    assert kinds.index("session.execution.interrupted") < kinds.index("session.deleted")
    for path in ("", "/message", "/permission"):
        assert (await caller.send("GET", f"/api/session/{session}{path}")).status_code == 404


async def test_lists_come_in_pages_newest_first(caller: Caller) -> None:
    session = await caller.run("quick")
    first = await caller.ask("GET", f"/api/session/{session}/message?limit=2")
    second = await caller.ask("GET", f"/api/session/{session}/message?limit=2&cursor={first['cursor']['next']}")

    assert [message["type"] for message in first["data"]] == ["idle", "assistant"]
    assert [message["type"] for message in second["data"]] == ["user"]
    assert second["cursor"] == {}
    refused = await caller.send("GET", f"/api/session/{session}/message?cursor=nonsense")
    assert (refused.status_code, refused.json()["_tag"]) == (400, "InvalidCursorError")


async def test_sessions_are_listed_by_parent_and_directory(caller: Caller) -> None:
    session = await caller.run("sub-agent")

    roots = (await caller.ask("GET", "/api/session?parentID=null"))["data"]
    children = (await caller.ask("GET", f"/api/session?parentID={session}"))["data"]
    elsewhere = (await caller.ask("GET", "/api/session?directory=/tmp"))["data"]

    assert [root["id"] for root in roots] == [session]
    assert [child["agent"] for child in children] == ["explore"]
    assert elsewhere == []
