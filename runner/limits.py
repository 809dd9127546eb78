"""What an attempt may take before it is stopped: set by whoever runs the server, kept by whoever does the work."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """In seconds, but for `max_turns`, which counts the agent's messages.

    `timeout_seconds` and `stall_seconds` stand still while a person is asked; `ask_seconds` limits the asking.
    """

    timeout_seconds: float = 600
    stall_seconds: float = 300
    ask_seconds: float = 1800
    max_turns: int = 100

    @property
    def warn_seconds(self) -> float:
        """After how long without a sign of life people are told."""
        return min(60.0, self.stall_seconds / 2)
