"""What a durable step costs: processor time, one pipeline at a time and eight at once, beside LangGraph's in one run.

`python -m benchmarks.steps`. Both ask the same scripted OpenCode, in a third process, to open a session and to work in
it, and keep each step in an SQLite file.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.comparison import Figures, program, python_of, tell

ROUNDS, STEPS = 5, 10
PIPELINES = {1: 8, 8: 24}
GOAL = "≤ 1.00, and ≤ 5 ms CPU"


class Runner:
    """A process that runs steps when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, at_once: int) -> tuple[float, float]:
        """Milliseconds a step: of processor time, and of time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{at_once} {PIPELINES[at_once]} {STEPS}\n")
        self._process.stdin.flush()
        cpu, wall = map(float, self._process.stdout.readline().split())
        return cpu, wall


@contextmanager
def process(*command: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def measure(folder: str, stack: ExitStack) -> None:
    engine = stack.enter_context(process(sys.executable, "-m", "benchmarks.engine"))
    assert engine.stdout is not None
    url = engine.stdout.readline().strip()
    ours = Runner(stack.enter_context(process(sys.executable, "-m", "benchmarks.durable", url, folder)))
    langgraph = python_of("langgraph", "langgraph", "langgraph-checkpoint-sqlite", "httpx")
    theirs = Runner(stack.enter_context(process(langgraph, program("langgraph_steps.py"), url, folder)))
    for at_once in PIPELINES:
        for each in (ours, theirs):
            each.run(at_once)
        rounds = [(ours.run(at_once), theirs.run(at_once)) for _ in range(ROUNDS)]
        (our_cpu, our_time), (their_cpu, their_time) = (zip(*runs, strict=True) for runs in zip(*rounds, strict=True))
        tell(f"{at_once} at once", "ms CPU a step", Figures("stepwire", our_cpu), Figures("LangGraph", their_cpu), GOAL)
        tell(f"{at_once} at once", "ms a step", Figures("stepwire", our_time), Figures("LangGraph", their_time))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        measure(folder, stack)


if __name__ == "__main__":
    main()
