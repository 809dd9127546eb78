"""A commit waits for the disk, unless all it says is that a session was opened which a power cut would end as well."""

from pathlib import Path

import pytest

from adapters.database.prepared import driver_of
from runner.agents import Answer, Observer, Work
from tests.support.agents import PromptedAgents
from tests.support.application import application

pytestmark = pytest.mark.asyncio


class OpeningAgents(PromptedAgents):
    async def run(self, work: Work, observer: Observer) -> Answer:
        await observer.session_opened("ses_1", None)
        return await super().run(work, observer)


@pytest.mark.parametrize(
    ("opencode_url", "without"), [("http://127.0.0.1:4096", 1), ("https://opencode.example", 0)], ids=["here", "away"]
)
async def test_only_a_session_of_this_machine_is_not_waited_for(
    tmp_path: Path, opencode_url: str, without: int
) -> None:
    levels: list[str] = []
    async with application(tmp_path, OpeningAgents(), opencode_url=opencode_url) as running:
        connection = running.parts.database.journal._writer._connection
        assert connection is not None
        driver_of(connection).set_trace_callback(
            lambda sql: levels.append(sql.rpartition(" ")[2]) if sql.startswith("PRAGMA synchronous") else None
        )
        async with running.subscription("subscription { events { __typename } }") as events:
            await running.start("Do it.")
            await events.until("PipelineFinished")

    assert levels.count("NORMAL") == without
    assert levels.count("FULL") >= 3  # started, begun, ended
