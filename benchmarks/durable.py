"""Durable steps on stepwire, in a process that does nothing else: one line for each run that standard input asks for.

`python -m benchmarks.durable URL FOLDER`. A run is `AT_ONCE PIPELINES STEPS`; its answer, for each step, milliseconds
of processor time and of time.
"""

import asyncio
import logging
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
import uvloop

from runner.composition import StartRequest
from runner.model import Actor, StepPlan
from runner.reads import AsOf
from web.assembly import Parts, opencode_agents, running
from web.settings import Settings

TESTER = Actor(name="benchmark")


def finished(parts: Parts) -> float:
    """How many have succeeded, as /metrics says."""
    return parts.registry.get_sample_value("stepwire_pipelines_finished_total", {"status": "SUCCEEDED"}) or 0.0


async def one_run(parts: Parts, pipelines: int, steps: int) -> tuple[float, float]:
    request = StartRequest(prompt="Fix the login", steps=(StepPlan(agent="build"),) * steps)
    due = finished(parts) + pipelines
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(pipelines):
        started = await parts.commands.start_pipeline(request, TESTER)
        assert isinstance(started, AsOf), started
    while finished(parts) < due:  # noqa: ASYNC110 (what is measured is not to be told of it)
        await asyncio.sleep(0.1)  # as to look costs about a millisecond
    count = pipelines * steps
    return (time.process_time() - cpu) / count * 1e3, (time.perf_counter() - wall) / count * 1e3


async def main(url: str, folder: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    async with AsyncExitStack() as stack:
        places: dict[int, Parts] = {}
        while line := (await asyncio.to_thread(sys.stdin.readline)).split():
            at_once, pipelines, steps = map(int, line)
            if at_once not in places:
                settings = Settings(
                    database_url=f"sqlite+aiosqlite:///{folder}/{at_once}.db",
                    auth="off",
                    config=folder / "none",
                    opencode_url=url,
                    max_pipelines=at_once,
                )
                places[at_once] = await stack.enter_async_context(running(settings, opencode_agents))
            print(*await one_run(places[at_once], pipelines, steps), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
