"""What a durable step costs: processor time, one pipeline at a time and eight at once, beside LangGraph's in one run.

`python -m benchmarks.steps`. Both ask the same scripted OpenCode, in a third process, to open a session and to work in
it, and keep each step in an SQLite file. LangGraph is installed below `benchmarks/.peers` at the first time. Prints the
least, the median and the most of some rounds, and the ratio of the medians: above 1, LangGraph took longer.
"""

import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PEER = HERE / ".peers" / "langgraph"
ROUNDS, STEPS = 5, 10
PIPELINES = {1: 8, 8: 24}
GOAL_MS = 5.0


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


def peer() -> str:
    """LangGraph's Python."""
    python = PEER / "bin" / "python"
    if not python.exists():
        venv.create(PEER, with_pip=True)
        packages = ("langgraph", "langgraph-checkpoint-sqlite", "httpx")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(python)


def told(who: str, runs: Sequence[tuple[float, float]]) -> str:
    cpu, wall = [run[0] for run in runs], [run[1] for run in runs]
    least, middle, most = min(cpu), statistics.median(cpu), max(cpu)
    took = f"{least:5.2f} – {middle:5.2f} – {most:5.2f} ms CPU a step"
    return f"  {who:<10} {took}, {statistics.median(wall):5.1f} ms of time"


def measure(folder: str, stack: ExitStack) -> None:
    engine = stack.enter_context(process(sys.executable, "-m", "benchmarks.engine"))
    assert engine.stdout is not None
    url = engine.stdout.readline().strip()
    ours = Runner(stack.enter_context(process(sys.executable, "-m", "benchmarks.durable", url, folder)))
    theirs = Runner(stack.enter_context(process(peer(), str(HERE / "peers" / "langgraph_steps.py"), url, folder)))
    for at_once, pipelines in PIPELINES.items():
        for each in (ours, theirs):
            each.run(at_once)
        rounds = [(ours.run(at_once), theirs.run(at_once)) for _ in range(ROUNDS)]
        mine, others = [one for one, _ in rounds], [other for _, other in rounds]
        ratio = statistics.median(cpu for cpu, _ in others) / statistics.median(cpu for cpu, _ in mine)
        print(f"{at_once} at once, {ROUNDS} rounds of {pipelines} pipelines with {STEPS} steps")
        print(told("stepwire", mine))
        print(told("LangGraph", others))
        print(f"  ratio {ratio:.2f} (goal ≥ 1.00), stepwire's goal ≤ {GOAL_MS:.2f} ms", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        measure(folder, stack)


if __name__ == "__main__":
    main()
