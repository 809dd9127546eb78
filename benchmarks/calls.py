"""What a tool call costs us when an attempt has many: processor time for each, beside that in a shorter attempt.

`python -m benchmarks.calls`. The ratio should stay near 1: the time for all is then linear in their number.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from adapters.opencode.observations import Moment, nothing_seen
from adapters.opencode.v1.frames import observe
from adapters.opencode.v1.shower import Shower
from adapters.opencode.v1.wire import Event
from runner.agents import Activity

FEW, MANY = 1_000, 5_000
SESSION = "ses_benchmark"
NOW = Moment(monotonic=0.0, wall=datetime(2026, 11, 23, tzinfo=UTC))


class Audience:
    """Counts what it is shown; the rest of an observer is not asked for here."""

    def __init__(self) -> None:
        self.shown = 0

    def activity(self, _: Activity) -> None:
        self.shown += 1

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not for calls")


def events(number: int) -> Iterator[Event]:
    """Those of one call, in a message of its own."""
    message = {"id": f"msg_{number:06}", "sessionID": SESSION, "role": "assistant"}
    yield Event(type="message.updated", properties={"info": {**message, "time": {"created": 1}}})
    for status in ("pending", "running", "completed"):
        state = {"status": status, "input": {"command": "make"}, "output": "ok", "metadata": {}}
        ids = {"id": f"prt_{number}", "sessionID": SESSION, "messageID": message["id"], "callID": f"call_{number}"}
        yield Event(
            type="message.part.updated", properties={"part": {"type": "tool", "tool": "bash", "state": state, **ids}}
        )
    ended = {**message, "finish": "tool-calls", "time": {"created": 1, "completed": 2}}
    yield Event(type="message.updated", properties={"info": ended})


def per_call(count: int) -> float:
    """Microseconds of processor time."""
    seen, audience = nothing_seen(SESSION, NOW), Audience()
    shower = Shower(audience)
    began = time.process_time()
    for number in range(count):
        for event in events(number):
            before, seen = seen, observe(seen, event, NOW)
            shower.show(before, seen, event)
    took = time.process_time() - began
    assert audience.shown == 3 * count
    return took / count * 1e6


def main() -> None:
    few, many = per_call(FEW), per_call(MANY)
    print(f"{FEW:,} calls {few:.0f} µs each · {MANY:,} calls {many:.0f} µs each · ratio {many / few:.2f}")


if __name__ == "__main__":
    main()
