"""What a real OpenCode 2 has sent, recorded once: by name, folded frame by frame as the adapter does it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from adapters.opencode.observations import Moment
from adapters.opencode.v2.fold import announced, logged
from adapters.opencode.v2.run import Run, nothing_known
from adapters.opencode.v2.wire import Frame
from tests.support.builders import NOW

FOLDER = Path(__file__).parent / "samples"
BEGUN = Moment(monotonic=0.0, wall=NOW)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """`cut` is how many frames came before the server was gone; None: it stayed."""

    name: str
    session_id: str
    input_id: str
    frames: list[tuple[str, Frame]]
    cut: int | None = None

    def runs(self, *, until_cut: bool = True) -> Iterator[Run]:
        """What is known at first and after each frame that changed it."""
        run = nothing_known(self.session_id, self.input_id, BEGUN)
        yield run
        for via, frame in self.frames[: self.cut if until_cut else None]:
            before, run = run, _folded(run, via, frame)
            if run is not before:
                yield run


def recording(name: str) -> Recording:
    stored: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    frames = [(via, Frame.of(frame)) for via, frame in stored["frames"]]
    return Recording(
        name=name,
        session_id=stored["session"],
        input_id=stored["input"] or "",
        frames=frames,
        cut=stored.get("cut"),
    )


def _folded(run: Run, via: str, frame: Frame) -> Run:
    return logged(run, frame, BEGUN) if via == "log" else announced(run, frame, BEGUN)


def story_of(runs: list[Run]) -> str:
    """What happened, in the order in which it became known."""
    told: list[str] = []
    for before, after in pairwise(runs):
        told += [line for line in _news(before, after) if line not in told[-1:]]
    return " · ".join(told)


def _news(before: Run, after: Run) -> Iterator[str]:
    if len(after.seen.retries) > len(before.seen.retries):
        yield f"retry {after.seen.retries[-1].attempt}"
    for ask in after.seen.asks:
        if ask not in before.seen.asks:
            yield f"asks {ask.permission.permission if ask.permission else 'question'}"
    for ask_id, answer in after.seen.answers.items():
        if ask_id not in before.seen.answers:
            yield answer
    if after.seen.sessions != before.seen.sessions:
        yield "sub-agent"
    for call_id, tool in after.seen.tools.items():
        known = before.seen.tools.get(call_id)
        if tool.call.status not in ("pending", known.call.status if known else ""):
            whose = "" if tool.session_id == after.session_id else "its "
            yield f"{whose}{tool.call.tool} {tool.call.status}"
    if after.seen.compactions > before.seen.compactions:
        yield "compacted"
    if after.overflow and not before.overflow:
        yield "compaction failed"
    if after.seen.text and not before.seen.text:
        yield "speaks"
    if after.end and not before.end:
        yield after.end.outcome.value
    if after.executing and before.end:
        yield "goes on"
    if after.seen.deleted and not before.seen.deleted:
        yield "deleted"
