"""The cases of a corpus as people meet them: played on one stepwire at once, and what is not told as it should be."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.opencode import everywhere
from tests.e2e.opencode.corpus import Case
from tests.e2e.opencode.everywhere import Expected, Told, fault_of
from tests.support.stepwire_server import StepwireServer

ALLOW = "mutation ($id: ID!) { answerPermission(attentionId: $id, allow: true) { __typename } }"
REFUSE = """
mutation ($id: ID!, $message: String) {
  answerPermission(attentionId: $id, allow: false, message: $message) { __typename }
}
"""
ALWAYS = "mutation ($id: ID!) { answerPermission(attentionId: $id, allow: true, always: true) { __typename } }"
ANSWER = """
mutation ($id: ID!, $answers: [String!]!) { answerQuestion(attentionId: $id, answers: $answers) { __typename } }
"""
DISMISS = "mutation ($id: ID!) { dismissQuestion(attentionId: $id) { __typename } }"
ACTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "once": (ALLOW, {}),
    "reject": (REFUSE, {}),
    "advise": (REFUSE, {"message": "Look into the project only"}),
    "always": (ALWAYS, {}),
    "answer": (ANSWER, {"answers": ["pg"]}),
    "fill": (ANSWER, {"answers": ["Blue", "S"]}),
    "dismiss": (DISMISS, {}),
}


async def played(stepwire: StepwireServer, cases: Sequence[Case], *, provider: str, directory: Path) -> dict[str, Told]:
    """What came of each case by its name; its model is the provider's of that name."""
    persons = {case.name: case.person for case in cases}

    async def act(name: str, attention_id: str) -> None:
        if (person := persons[name]) is not None:
            mutation, more = ACTS[person]
            await stepwire.query(mutation, id=attention_id, **more)

    starts = {case.name: _start_of(case, f"{provider}/{case.name}", directory) for case in cases}
    return await everywhere.played(stepwire, starts, act)


def _start_of(case: Case, model: str, directory: Path) -> dict[str, Any]:
    timeout = int(case.limits.get("timeout_seconds", 120))
    step = {"agent": "developer", "model": model, "timeoutSeconds": timeout, "maxAttempts": 1}
    return {"prompt": "Fix the login", "directory": str(directory), "steps": [step]}


def fault(case: Case, told: Told) -> str | None:
    """What is not as it should be, on any surface."""
    if case.kind is None:
        succeeded = told.status == "SUCCEEDED" and told.stored == ("SUCCEEDED", "SUCCEEDED", None)
        said = succeeded and case.words in told.queried["steps"][0]["handoff"]["markdown"]
        return None if said and told.failed is None else f"not a success: {told.failed or told.queried}"
    assert case.retry is not None
    if told.failed is not None and told.failed["failure"]["statusCode"] != case.status:
        return f"wrong: statusCode in {told}"
    return fault_of(told, Expected(kind=case.kind, words=(case.words,), retry=case.retry))


def say_score(request: pytest.FixtureRequest, engine: str, cases: Sequence[Case], found: Mapping[str, Told]) -> None:
    everywhere.say_score(request, f"corpus on {engine}", [fault(case, found[case.name]) for case in cases])
