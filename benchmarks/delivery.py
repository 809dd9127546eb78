"""How long a failure takes from the raise to the subscriber's screen door, beside a bare websocket round trip.

An agent that fails at once raises; the time of the raise is compared with the time at which another process has the
StepFailed message in hand, over a real socket, with the failure stored durably in between. The command
`python -m benchmarks.delivery`
prints p50 and p99 of both, measured in one run, and their ratio; the log goes to standard error, as the server's does.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from runner.agents import Answer, Observer, Work
from runner.composition import StartRequest
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure
from runner.model import Actor, StepPlan
from runner.redaction import Redactor
from tests.support.agents import PromptedAgents
from tests.support.serving import served
from web.app import Application
from web.logs import configure_logs
from web.settings import Settings

FAILURES = 300


class FailingAgents(PromptedAgents):
    """Fails every attempt at once, and remembers when."""

    def __init__(self) -> None:
        self.raised: dict[str, int] = {}

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.raised[work.title.split(" ")[0]] = time.monotonic_ns()
        raise AgentError(failure(FailureKind.PROVIDER_AUTH, f"The provider rejected the API key ({work.title})"))


@asynccontextmanager
async def serving(folder: Path, agents: FailingAgents) -> AsyncIterator[tuple[Application, str]]:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[FailingAgents]:
        yield agents

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    settings = Settings(database_url=f"sqlite+aiosqlite:///{folder}/stepwire.db", auth="off", config=folder / "none")
    application = Application(settings, opened)
    application.asgi.router.routes.append(WebSocketRoute("/echo", echo))
    async with served(application.asgi) as url:
        yield application, url


async def measure() -> None:
    agents = FailingAgents()
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder), agents) as (application, url):
            other = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.subscriber",
                url.replace("http", "ws", 1),
                str(FAILURES),
                stdout=subprocess.PIPE,
            )
            assert other.stdout is not None
            assert (await other.stdout.readline()).strip() == b"ready"
            request = StepPlan(agent="build")
            for number in range(FAILURES):
                await application.parts.commands.start_pipeline(
                    StartRequest(title=f"{number}", prompt="fail", steps=(request,)), Actor(name="benchmark")
                )
                await asyncio.sleep(0.01)
            result = json.loads(await other.stdout.readline())
            await other.wait()
    took = [result["arrived"][title] - raised for title, raised in agents.raised.items()]
    _tell("raise → subscriber", took)
    _tell("bare round trip", result["echoes"])
    ratio = statistics.median(took) / statistics.median(result["echoes"])
    print(f"p50 of delivery is {ratio:.1f} bare round trips")


def _tell(what: str, nanoseconds: Sequence[int]) -> None:
    ordered = sorted(nanoseconds)
    p50, p99 = ordered[len(ordered) // 2] / 1e6, ordered[int(len(ordered) * 0.99)] / 1e6
    print(f"{what:20} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   of {len(ordered)}")


if __name__ == "__main__":
    configure_logs(Redactor())
    asyncio.run(measure())
