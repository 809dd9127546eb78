"""The server whose lists are measured: stepwire on a given file, with an address that moves the log by one commit.

`python -m benchmarks.listed FILE` prints its address; `POST /move` lets something happen to the pipeline that waits.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runner.changes import Change, changed
from runner.events import AttentionRaised
from runner.model import Pipeline, in_milliseconds
from runner.redaction import Redactor
from tests.support.agents import PromptedAgents
from tests.support.serving import served
from web.app import Application
from web.logs import configure_logs
from web.settings import Settings
from web.uvicorn_server import keep_what_is_loaded


def move_of(pipeline: Pipeline) -> Change:
    """Somebody is told once more that it waits for an approval."""
    step, at = pipeline.steps[-1], in_milliseconds(datetime.now(UTC))
    asked = replace(step.attention[0], message=f"Waits for an approval at {at}")
    return changed(pipeline, [AttentionRaised(at=at, pipeline_id=pipeline.id, step_id=step.id, attention=asked)])


async def serve(file: Path) -> None:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[PromptedAgents]:
        yield PromptedAgents()

    async def move(_: Request) -> Response:
        journal = application.parts.database.journal
        waiting = (await journal.unfinished())[-1]
        await journal.commit(move_of(waiting))
        return Response()

    settings = Settings(database_url=f"sqlite+aiosqlite:///{file}", auth="off", config=file.parent / "none")
    application = Application(settings, opened)
    application.asgi.router.routes.append(Route("/move", move, methods=["POST"]))
    async with served(application.asgi) as url:
        keep_what_is_loaded()
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logs(Redactor())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1])))
