"""No foreign text in the log has a secret in it; what was redacted before it was stored is not redacted again."""

from typing import Any

import pytest

from runner.failure_kinds import FailureKind
from runner.redaction import Redactor
from web.logs import redacted_by

SECRET = "sk-live-4f9a8b7c6d5e4f3a2b1c0d9e"


class Listening(Redactor):
    """Knows what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __call__(self, text: str) -> str:
        self.texts.append(text)
        return super().__call__(text)


def line(logger: str, **facts: object) -> dict[str, Any]:
    return {"logger": logger, "level": "warning", "timestamp": "2026-11-23T12:00:00Z", **facts}


def test_what_was_stored_is_not_redacted_again() -> None:
    redactor = Listening()
    stored = line("stepwire.events", event="StepFailed", kind=FailureKind.PROVIDER_AUTH, message="It is wrong: 401")

    told = redacted_by(redactor)(None, "warning", stored)

    assert (told["kind"], told["message"]) == ("PROVIDER_AUTH", "It is wrong: 401")
    assert redactor.texts == []


@pytest.mark.parametrize("logger", ["uvicorn.error", "stepwire.database", "stepwire.eventsource", "another"])
def test_whatever_else_is_said_is_redacted(logger: str) -> None:
    said = line(
        logger, event=f"GET /?key={SECRET}", why=f"it is {SECRET}", exception=f"ValueError: {SECRET}", attempt=1
    )

    told = redacted_by(Redactor())(None, "warning", said)

    assert SECRET not in str(told)
    assert (told["logger"], told["why"], told["attempt"]) == (logger, "it is [redacted:key]", 1)
