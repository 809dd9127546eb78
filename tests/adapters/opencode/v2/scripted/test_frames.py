"""Every frame and reply of the scripted OpenCode 2 is one that the SDK of 2.1.2 knows, to the last field."""

from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import opencode.types as sdk
import pytest
import pytest_asyncio
from opencode import AsyncOpencode
from pydantic import BaseModel, TypeAdapter

from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v2.scripted.scripts import SCRIPTS
from tests.adapters.opencode.v2.scripted.caller import Caller, scripted_caller

pytestmark = pytest.mark.asyncio

# What is answered with no session, or waits until somebody acts.
_NOT_ADMITTED = {"empty-body", "web-page", "breaks"}
_ENDLESS = {"stalls"}
_WITH_FORM = {"asks-form", "asks-everything", "asks-question"}
_WITH_PERMISSION = {"asks-permission", "asks-outside", "asks-env", "sub-agent-asks"}
_PARENTS = {"sub-agent", "sub-agent-fails", "sub-agent-asks", "sub-agent-background"}


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


def unknown_in(kind: Any, value: Any) -> list[str]:
    """Where the SDK's model of that kind has kept something that it does not know."""
    return list(_unknown(_adapter(kind).validate_python(value), ""))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Made once: the union of all events takes seconds to make."""
    return TypeAdapter(kind)


def _unknown(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        if type(value).__name__.startswith("Unknown"):
            yield f"{path}: {value!r}"
        # Settings of a provider are whatever its package takes.
        if not path.endswith(".settings"):
            yield from (f"{path}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown(item, f"{path}[{number}]")


async def answer_asks(caller: Caller) -> None:
    """As a person would who agrees with everything."""
    permissions, forms = caller.server.stage.asks.pending(forms=False), caller.server.stage.asks.pending(forms=True)
    for ask in permissions:
        path = f"/api/session/{ask.session_id}/permission/{ask.id}/reply"
        await caller.ask("POST", path, {"decision": "once"})
    for ask in forms:
        path = f"/api/session/{ask.session_id}/form/{ask.id}/reply"
        await caller.ask("POST", path, {"answer": {"q0": "Red"}})


async def play(caller: Caller, script: str) -> str:
    session = await caller.open(script)
    if script == "loses-receipt":
        caller.server.play(script, *SCRIPTS[script][1:])
    await caller.prompt(session)
    if script in _ENDLESS:
        await caller.heard("session.text.ended")
        await caller.ask("POST", f"/api/session/{session}/interrupt")
    if script in _WITH_FORM | _WITH_PERMISSION:
        await caller.heard("form.created" if script in _WITH_FORM else "permission.asked")
        await _parse_lists(caller, session)
        await answer_asks(caller)
    await caller.idle(session)
    return session


async def _parse_lists(caller: Caller, session: str) -> None:
    forms = await caller.ask("GET", "/api/form?location[directory]=/")
    assert unknown_in(sdk.FormListResponse, forms) == []
    permissions = await caller.ask("GET", "/api/permission/request?location[directory]=/")
    assert unknown_in(sdk.PermissionRequestListResponse, permissions) == []
    for form in forms["data"]:
        detail = await caller.ask("GET", f"/api/session/{session}/form/{form['id']}")
        assert unknown_in(sdk.FormDetail, detail["data"]) == []


@pytest.mark.parametrize("script", sorted(set(SCRIPTS) - _NOT_ADMITTED))
async def test_the_sdk_knows_every_frame_and_message_of(caller: Caller, script: str) -> None:
    session = await play(caller, script)
    in_log = await caller.log(session)
    messages = await caller.ask("GET", f"/api/session/{session}/message?limit=200")
    children = await caller.ask("GET", f"/api/session?parentID={session}")

    assert [found for frame in in_log if (found := unknown_in(sdk.SessionLogItem, frame))] == []
    assert [found for frame in caller.bus if (found := unknown_in(sdk.Event, frame))] == []
    assert len(in_log) > 4
    assert len(caller.bus) > 4
    assert unknown_in(sdk.SessionMessagesResponse, messages) == []
    assert unknown_in(sdk.SessionInfo, (await caller.ask("GET", f"/api/session/{session}"))["data"]) == []
    assert unknown_in(sdk.SessionsResponse, children) == []
    assert bool(children["data"]) == (script in _PARENTS)


async def test_the_sdk_knows_the_lists_and_receipts(caller: Caller) -> None:
    session = await caller.open("stalls", permissions=[{"action": "shell", "resource": "*", "effect": "ask"}])
    receipt = await caller.prompt(session)

    assert unknown_in(sdk.SessionInboxUser, receipt) == []
    assert unknown_in(sdk.ServerInfo, await caller.ask("GET", "/api/info")) == []
    for path, kind in {
        "/api/agent": sdk.AgentListResponse,
        "/api/model": sdk.ModelListResponse,
        "/api/model/default": sdk.ModelDefaultResponse,
        "/api/provider": sdk.ProviderListResponse,
    }.items():
        lists = await caller.ask("GET", f"{path}?location[directory]=/")
        assert lists["data"]
        assert unknown_in(kind, lists) == []
    location = await caller.ask("GET", "/api/location?location[directory]=/")
    assert unknown_in(sdk.LocationPublicInfo, location) == []
    active = await caller.ask("GET", "/api/session/active")
    assert unknown_in(dict[str, sdk.SessionActive], active["data"]) == []
    interrupted = await caller.ask("POST", f"/api/session/{session}/interrupt")
    assert unknown_in(sdk.SessionInterruptResponse, interrupted) == []
    entry = f"/api/experimental/session/{session}/instructions/entries"
    await caller.ask("PUT", f"{entry}/stepwire", {"value": "Be brief."})
    assert unknown_in(list[sdk.InstructionEntryInfo], (await caller.ask("GET", entry))["data"]) == []


async def test_the_client_of_the_sdk_works_a_session_from_beginning_to_end(caller: Caller) -> None:
    transport = AsgiTransport(caller.server)
    async with AsyncOpencode("http://scripted", transport=transport, max_retries=0) as client:
        session = await client.session.create(title="Fix login", location=sdk.LocationPublicRef(directory="/"))
        await client.session.switch_model(session.id, model=sdk.ModelRef(id="quick", provider_id="scripted"))
        await client.session.prompt(session.id, text="Fix it")
        await client.session.wait(session.id)

        outcome = (await client.session.get(session.id)).outcome
        newest = [message.type async for message in client.message.list(session.id)]

    assert outcome == "succeeded"
    assert newest == ["idle", "assistant", "user"]
