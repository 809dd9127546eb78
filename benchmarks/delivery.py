"""Live delivery beside its peers, measured in the same run: minimum–median–maximum of the rounds, and the ratio.

`python -m benchmarks.delivery [--only WORD] [--sockets 100,1000,5000] [--rounds 3]` takes some minutes. Every server
and every crowd of subscribers is a process of its own. Processor time is the server's, less what the same events take
with nobody there. `filters` needs npm and node.

    fan-out    one subscription, many sockets; raw Starlette `send_text` of the same text
    filters    each socket with a filter of its own; Node graphql-ws with one subscription
    sse        the same as fan-out over server-sent events; the socket
    failure    from the raise in the agent to the subscriber; SQLite's own commit and `send_text`
    troubled   one that stalls, one that is slow, one that comes and goes among many; the many alone
    return     everybody comes back after a restart
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import combinations, islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.comparison import Figures, modules_of, program, tell

SCHEMA = Path(__file__).parent.parent / "schema" / "schema.graphql"
GRAPHQL_WS = ("graphql@16", "graphql-ws@6", "ws@8")
SIZE = 900
EVENTS = "subscription E($types: [EventType!]) { events(types: $types) { __typename ... on Event { cursor at }"
NOTES = EVENTS + " ... on DefinitionChanged { definition change } ... on Heartbeat { at } } }"
FAILURES = """subscription { failures { __typename ... on StepFailed { cursor errorMessage
  pipeline { id status steps { id status errorMessage } }
  failure { id kind message hint statusCode causes { source message } } } } }"""
OTHER_TYPES = [
    "PIPELINE_STARTED",
    "PIPELINE_FINISHED",
    "STEP_STARTED",
    "STEP_SUCCEEDED",
    "STEP_FAILED",
    "STEP_RETRYING",
    "STEP_SKIPPED",
    "ATTENTION_RAISED",
    "ATTENTION_CLEARED",
    "APPROVAL_REQUESTED",
    "APPROVAL_DECIDED",
]


class Process:
    """One that answers lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port = 0

    async def line(self) -> Any:
        assert self._process.stdout is not None
        if not (line := await self._process.stdout.readline()):
            raise RuntimeError("a process of the benchmark has ended: run it by hand to see why")
        return json.loads(line)

    async def do(self, what: str, /, **more: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")
        return await self.line()

    async def end(self, kill: bool = False) -> None:
        if kill and self._process.returncode is None:
            self._process.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def started(*command: str) -> AsyncIterator[Process]:
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    made = asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nothing, limit=1 << 27)
    process = Process(await made)
    try:
        yield process
    finally:
        await process.end(kill=True)


@asynccontextmanager
async def speaker(kind: str, folder: Path | None = None, size: int = SIZE) -> AsyncIterator[Process]:
    """A server: stepwire, raw or bare, or node."""
    async with AsyncExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = [sys.executable, "-m", "benchmarks.speaker", kind, str(place), str(size)]
        if kind == "node":
            command = ["node", program("graphql_ws.mjs"), modules_of("graphql-ws", *GRAPHQL_WS), str(SCHEMA), str(size)]
        process = await stack.enter_async_context(started(*command))
        process.port = await process.line()
        yield process


def crowd() -> Any:
    return started(sys.executable, "-m", "benchmarks.crowd")


@dataclass(kw_only=True)
class Line:
    """What was measured of one server, a number for each round."""

    cpu: list[float] = field(default_factory=list)  # microseconds a delivery
    p50: list[float] = field(default_factory=list)  # milliseconds
    p99: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # kilobytes a subscriber


@dataclass(frozen=True, kw_only=True)
class Load:
    """So many subscribers, who ask the payloads in turn, and what is said to them."""

    count: int
    payloads: Sequence[Any]
    rounds: int
    events: int = 20
    gap: float = 0.03
    what: str = "note"
    sse: bool = False


async def measured(kind: str, load: Load) -> Line:
    """One server under this load."""
    line = Line()
    async with speaker(kind) as server, crowd() as subscribers:
        say = {"count": load.events, "gap": load.gap, "what": load.what}
        await server.do("say", **say)  # warm
        alone = median([(await server.do("say", **say))["cpu"] for _ in range(load.rounds)])
        before = (await server.do("memory"))["bytes"]
        payloads = [None] if kind in ("raw", "bare") else list(load.payloads)
        await subscribers.do("connect", port=server.port, payloads=payloads, count=load.count, sse=load.sse)
        await asyncio.sleep(0.5)
        line.memory.append(((await server.do("memory"))["bytes"] - before) / load.count / 1024)
        for _ in range(load.rounds):
            await subscribers.do("forget")
            said = await server.do("say", **say)
            heard = await subscribers.do("heard", each=load.events)
            assert not heard["missing"], f"{heard['missing']} of {load.count} have not everything from {kind}"
            note(line, said, heard["arrived"], alone, load)
    return line


def note(line: Line, said: Any, arrived: Sequence[Sequence[int]], alone: float, load: Load) -> None:
    took = sorted(at - began for began, times in zip(said["said"], arrived, strict=True) for at in times)
    lasts = sorted(max(times) - began for began, times in zip(said["said"], arrived, strict=True))
    line.cpu.append(max(0.0, said["cpu"] - alone) / (load.events * load.count) * 1e6)
    line.p50.append(took[len(took) // 2] / 1e6)
    line.p99.append(took[int(len(took) * 0.99)] / 1e6)
    line.last.append(lasts[int(len(lasts) * 0.99)] / 1e6)


async def fan_out(options: argparse.Namespace) -> None:
    for count in options.sockets:
        # `send_text` is awaited before the next event: with less time between them only ours would have a queue.
        gap = max(0.03, count * 60e-6)
        load = Load(count=count, payloads=[{"query": NOTES}], rounds=options.rounds, gap=gap)
        ours, raw = await measured("stepwire", load), await measured("raw", load)
        _deliveries(f"fan-out {count}", ours, "raw send_text", raw, "≤ 0.80")
        tell(
            f"fan-out {count}",
            "kB a subscriber",
            Figures("stepwire", ours.memory),
            Figures("raw", raw.memory),
            "≤ 33 kB",
        )


async def filters(options: argparse.Namespace) -> None:
    count = max(options.sockets[:2])
    sets = (["DEFINITION_CHANGED", *types] for size in range(12) for types in combinations(OTHER_TYPES, size))
    payloads = [{"query": NOTES, "variables": {"types": types}} for types in islice(sets, count)]
    ours = await measured("stepwire", Load(count=count, payloads=payloads, rounds=options.rounds))
    peer = await measured("node", Load(count=count, payloads=[{"query": NOTES}], rounds=options.rounds))
    _deliveries(f"{count} filters", ours, "graphql-ws, one filter", peer, "≤ 1.00")


async def sse(options: argparse.Namespace) -> None:
    count = max(options.sockets[:2])
    load = Load(count=count, payloads=[{"query": NOTES}], rounds=options.rounds)
    socket, stream = await measured("stepwire", load), await measured("stepwire", replace(load, sse=True))
    _deliveries(f"SSE {count}", stream, "socket", socket, "≤ 1.50")


def _deliveries(title: str, ours: Line, who: str, peer: Line, goal: str) -> None:
    tell(title, "µs CPU a delivery", Figures("stepwire", ours.cpu), Figures(who, peer.cpu), goal)
    tell(title, "ms until 99 of 100 are sent", Figures("stepwire", ours.p99), Figures(who, peer.p99), "≤ 1.00")


async def failure(options: argparse.Namespace) -> None:
    for count, goal in ((1, "≤ 2.00"), (max(options.sockets[:2]), "≤ 1.00")):
        load = Load(count=count, payloads=[{"query": FAILURES}], rounds=options.rounds, events=40, what="fail")
        bare = await measured("bare", replace(load, payloads=[None], what="note"))
        ours = await measured("stepwire", load)
        title = f"failure → {count}"
        tell(title, "ms, p50", Figures("stepwire", ours.p50), Figures("bare", bare.p50), "≤ 4 ms")
        tell(title, "ms, p99 of the last", Figures("stepwire", ours.last), Figures("bare", bare.last), goal)


async def troubled(options: argparse.Namespace) -> None:
    """Events of 20 kB, so that whoever does not read fills its buffers soon."""
    count, events = max(options.sockets[:2]), max(200, int(options.seconds / 0.05))
    async with speaker("stepwire", size=20_000) as server, crowd() as many, crowd() as few:
        await many.do("connect", port=server.port, payloads=[{"query": FAILURES}], count=count)
        alone, p99 = Line(), Line()
        load = Load(count=count, payloads=[], rounds=1, what="fail")
        for _ in range(options.rounds):
            await _troubled_round(server, many, alone, load)
        await few.do("connect", port=server.port, payloads=[{"query": NOTES}], count=2)
        await few.do("pause", number=0, reading=False)
        flapping = asyncio.create_task(_flap(server.port))
        slow = asyncio.create_task(_slow(few))
        before = (await server.do("memory"))["bytes"]
        await server.do("say", count=events, gap=options.seconds / events, what="note")
        for _ in range(options.rounds):
            await _troubled_round(server, many, p99, load)
        grown = ((await server.do("memory"))["bytes"] - before) / 1024
        slow.cancel()
        flapping.cancel()
        for number in (0, 1):
            await few.do("pause", number=number, reading=True)
        whole, until = events + options.rounds * load.events * 4, time.monotonic() + 30
        while min(counts := (await few.do("counts"))["counts"]) < whole and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    beside, without = Figures("beside a stalled, a slow, a flapping one", p99.p99), Figures("alone", alone.p99)
    tell(f"troubled, {count}", "ms, p99", beside, without, "≤ 1.10")
    print(f"  memory grew by {grown:.0f} kB · stalled and slow have {counts} of at least {whole} events", flush=True)


async def _troubled_round(server: Process, many: Process, line: Line, load: Load) -> None:
    await many.do("forget")
    said = await server.do("say", count=load.events, gap=load.gap, what="fail")
    heard = await many.do("heard", each=load.events)
    assert not heard["missing"], f"{heard['missing']} of {load.count} have not everything"
    note(line, said, heard["arrived"], 0.0, load)


async def _slow(few: Process) -> None:
    for turn in range(1_000_000):
        await few.do("pause", number=1, reading=turn % 10 == 0)
        await asyncio.sleep(0.05)


async def _flap(port: int) -> None:
    async with crowd() as one:
        while True:
            await one.do("connect", port=port, payloads=[{"query": NOTES}], count=1)
            await asyncio.sleep(0.1)
            await one.do("leave")


async def come_back(options: argparse.Namespace) -> None:
    count = max(options.sockets[:2])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        async with speaker("stepwire", folder) as server, crowd() as subscribers:
            await subscribers.do("connect", port=server.port, payloads=[{"query": NOTES}], count=count)
            await server.do("say", count=1, gap=0.05)
            await subscribers.do("heard", each=1)
            last = json.loads((await subscribers.do("last"))["last"][0])
            await server.do("say", count=5, gap=0.0)  # what they will have missed
            await server.end()
        cursor = last["payload"]["data"]["events"]["cursor"]
        payload = {"query": NOTES, "extensions": {"lastEventId": cursor}}
        async with speaker("stepwire", folder) as server, crowd() as subscribers:
            before = (await server.do("memory"))["transactions"]
            began = time.monotonic()
            await subscribers.do("connect", port=server.port, payloads=[payload], count=count)
            heard = await subscribers.do("heard", each=5)
            took, after = time.monotonic() - began, (await server.do("memory"))["transactions"]
    print(
        f"{count} come back after a restart: {took:.2f} s, {heard['missing']} of them without all they missed, "
        f"{after - before} transactions of the database",
        flush=True,
    )


MEASURES: dict[str, Callable[[argparse.Namespace], Any]] = {
    "fan-out": fan_out,
    "filters": filters,
    "sse": sse,
    "failure": failure,
    "troubled": troubled,
    "return": come_back,
}


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery")
    parser.add_argument("--only", choices=MEASURES, help="one of them")
    parser.add_argument(
        "--sockets", type=lambda text: [int(each) for each in text.split(",")], default=[100, 1000, 5000]
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="for how long somebody does not read, less than 10")
    options = parser.parse_args()
    for name, measure in MEASURES.items():
        if options.only in (None, name):
            await measure(options)


if __name__ == "__main__":
    asyncio.run(main())
