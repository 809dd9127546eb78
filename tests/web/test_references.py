"""An id means the one thing that begins so; several are listed, and of what is unknown the nearest are named."""

from collections.abc import Mapping
from typing import Any

import pytest

from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.references import References
from web.terminal.troubles import CannotDo

pytestmark = pytest.mark.asyncio


def step(key: str, position: int, **fields: Any) -> Item:
    given = {"status": "PENDING", "agent": "build", "attempts": [], "approval": None, "attention": [], **fields}
    return {"id": f"stp_{key}_{position}", "position": position, **given}


def approval(key: str, position: int, status: str) -> Item:
    return {"id": f"app_{key}_{position}_1", "status": status}


def failed(key: str, position: int, *attempts: int) -> Item:
    tries = [{"number": number, "failure": {"id": f"fai_{key}_{position}_{number}"}} for number in attempts]
    return step(key, position, status="FAILED", attempts=tries)


def pipeline(key: str, title: str, *steps: Item) -> Item:
    return {"id": f"pip_{key}", "title": title, "status": "FAILED", "steps": list(steps)}


TWELVE = pipeline(
    "0aa1", "Of twelve", *(step("0aa1", place, status="SUCCEEDED") for place in range(11)), failed("0aa1", 11, 1, 2)
)
DECIDED = pipeline(
    "0ab2",
    "Decided twice",
    step("0ab2", 0, status="SUCCEEDED", approval=approval("0ab2", 0, "APPROVED")),
    step("0ab2", 1, status="WAITING", approval=approval("0ab2", 1, "PENDING")),
)
WAITS = pipeline(
    "0bc3",
    "Asks much",
    step("0bc3", 0, attention=[{"id": "att_0bc3_0_1_per_1", "kind": "PERMISSION"}]),
    step("0bc3", 1, attention=[{"id": "att_0bc3_1_1_que_1", "kind": "QUESTION"}]),
)
DONE = pipeline("0bd4", "All done", step("0bd4", 0, status="SUCCEEDED", approval=approval("0bd4", 0, "APPROVED")))
KNOWN = (DONE, WAITS, DECIDED, TWELVE)


class Stored(ApiClient):
    """A server with these pipelines, two on a page."""

    def __init__(self, *pipelines: Item) -> None:
        super().__init__("http://here", None)
        self._pipelines = pipelines

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        given = dict(variables or {})
        if "id" in given:
            return {"pipeline": next((known for known in self._pipelines if known["id"] == given["id"]), None)}
        after = int(given["after"] or 0)
        more = {"hasNextPage": after + 2 < len(self._pipelines), "endCursor": str(after + 2)}
        return {"pipelines": {"nodes": list(self._pipelines[after : after + 2]), "pageInfo": more}}


STORED = Stored(*KNOWN)


@pytest.mark.parametrize(
    "text", ["pip_0aa1", "pip_0aa", "0aa1", "0aa", " 0aa ", "stp_0aa1_3", "fai_0aa1_11_2", "0aa1_11"]
)
async def test_a_pipeline_is_meant_by_its_id_and_by_that_of_anything_in_it(text: str) -> None:
    assert (await References(STORED).pipeline(text)).id == "pip_0aa1"


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("stp_0aa1_1", "stp_0aa1_1"),
        ("0aa1_1", "stp_0aa1_1"),
        ("0aa1_11", "stp_0aa1_11"),
        ("fai_0aa1_11_1", "stp_0aa1_11"),
        ("pip_0aa1", "stp_0aa1_11"),
        ("0ab", "stp_0ab2_1"),
    ],
)
async def test_a_step_is_meant_by_its_own_id_or_as_the_one_that_is_next(text: str, id: str) -> None:
    assert (await References(STORED).step(text)).id == id


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("fai_0aa1_11_1", "fai_0aa1_11_1"),
        ("0aa1_11_2", "fai_0aa1_11_2"),
        ("0aa1", "fai_0aa1_11_2"),
        ("stp_0aa1_11", "fai_0aa1_11_2"),
    ],
)
async def test_a_failure_is_meant_by_its_own_id_or_as_the_newest(text: str, id: str) -> None:
    assert (await References(STORED).failure(text)).id == id


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("app_0ab2_0_1", "app_0ab2_0_1"),
        ("0ab2", "app_0ab2_1_1"),
        ("stp_0ab2_1", "app_0ab2_1_1"),
        ("app_0ab2_1", "app_0ab2_1_1"),
        ("0bd4", "app_0bd4_0_1"),
    ],
)
async def test_an_approval_is_meant_by_its_own_id_or_as_the_open_one(text: str, id: str) -> None:
    assert (await References(STORED).approval(text)).id == id


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("att_0bc3_0_1_per_1", "PERMISSION", "att_0bc3_0_1_per_1"),
        ("att_0bc3_0", "PERMISSION", "att_0bc3_0_1_per_1"),
        ("0bc", "PERMISSION", "att_0bc3_0_1_per_1"),
        ("0bc", "QUESTION", "att_0bc3_1_1_que_1"),
        ("att_0bc3_0_1_per_0", "PERMISSION", "att_0bc3_0_1_per_0"),
    ],
    ids=["whole", "beginning", "of a permission", "of a question", "answered before"],
)
async def test_what_an_agent_asks_is_meant_by_its_kind(text: str, kind: str, id: str) -> None:
    assert (await References(STORED).attention(text, kind)).id == id


@pytest.mark.parametrize(
    ("text", "ids"),
    [("0", ["pip_0bd4", "pip_0bc3", "pip_0ab2", "pip_0aa1"]), ("pip_0a", ["pip_0ab2", "pip_0aa1"])],
)
async def test_several_are_listed(text: str, ids: list[str]) -> None:
    with pytest.raises(CannotDo) as refusal:
        await References(STORED).pipeline(text)

    first, *lines = str(refusal.value).splitlines()
    assert first == f'"{text}" may be one of {len(ids)}; write more of its id:'
    assert [line.split()[0] for line in lines] == ids


async def test_of_very_many_some_are_listed() -> None:
    many = Stored(*(pipeline(f"0{number:03}", f"Number {number}") for number in range(14)))

    with pytest.raises(CannotDo) as refusal:
        await References(many).step("0")

    assert str(refusal.value).splitlines()[-1] == "  and 4 more"
    assert len(str(refusal.value).splitlines()) == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pip_0bd5", "the nearest: pip_0bd4 “All done”, "),
        ("asks MUCH", "the nearest: pip_0bc3 “Asks much”."),
        ("", 'There is no pipeline ""; '),
        ("zzz\x1b[1m", 'There is no pipeline "zzz"; stepwire ps lists what there is.'),
    ],
)
async def test_of_what_is_unknown_the_nearest_are_named(text: str, said: str) -> None:
    with pytest.raises(CannotDo) as refusal:
        await References(STORED).pipeline(text)

    assert said in str(refusal.value)


async def test_what_a_pipeline_does_not_have_is_said_with_it() -> None:
    for found in (References(STORED).step("0bd4"), References(STORED).failure("0bd4")):
        with pytest.raises(
            CannotDo, match=r"There is no .+ \"0bd4\" in pip_0bd4 “All done”; see stepwire show pip_0bd4\."
        ):
            await found
