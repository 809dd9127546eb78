"""What another stepwire needs to follow an attempt on: which prompt is its own, and what of its log was told."""

from dataclasses import dataclass
from typing import Self

from adapters.opencode.v2.run import Run
from runner.failures import Json


@dataclass(frozen=True, kw_only=True)
class Resume:
    """An empty one says nothing: the log is read from its beginning, and the first prompt in it is ours."""

    input_id: str = ""
    seq: int = 0

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(input_id=run.input_id, seq=run.seq)

    @classmethod
    def read(cls, stored: Json) -> Self:
        """Empty where nothing of ours was stored."""
        told = stored if isinstance(stored, dict) else {}
        input_id, seq = told.get("input"), told.get("seq")
        return cls(
            input_id=input_id if isinstance(input_id, str) else "",
            seq=seq if isinstance(seq, int) else 0,
        )

    def json(self) -> Json:
        return {"input": self.input_id, "seq": self.seq}
