"""A request is told apart from every other one, and is the same one however often it is sent."""

from dataclasses import dataclass, replace

from runner.composition import StartRequest
from runner.idempotency import digest, told_apart
from runner.model import StepKind, StepPlan

REQUEST = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder", handoff_schema={"type": "object"}),))


def test_the_same_request_is_told_the_same() -> None:
    again = replace(REQUEST, steps=(StepPlan(handoff_schema={"type": "object"}, agent="coder"),))

    assert digest(told_apart("startPipeline", REQUEST)) == digest(told_apart("startPipeline", again))


def test_other_requests_are_told_otherwise() -> None:
    others = [
        told_apart("retryStep", REQUEST),
        told_apart("startPipeline", REQUEST, True),
        told_apart("startPipeline", replace(REQUEST, prompt="Tidy up ")),
        told_apart("startPipeline", replace(REQUEST, steps=(StepPlan(kind=StepKind.APPROVAL),))),
        told_apart("startPipeline", replace(REQUEST, steps=None, template="coder")),
    ]

    assert len({digest(told) for told in [*others, told_apart("startPipeline", REQUEST)]}) == 6


def test_a_field_that_a_later_version_adds_changes_no_earlier_request() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Later(StartRequest):
        urgent: bool = False

    assert told_apart("startPipeline", Later(prompt="x")) == told_apart("startPipeline", StartRequest(prompt="x"))


def test_text_that_is_no_unicode_has_a_digest() -> None:
    assert digest(told_apart("startPipeline", StartRequest(prompt="\ud800")))
