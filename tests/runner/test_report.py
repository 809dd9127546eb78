"""A failure's report has all that is known of it, and nothing in it breaks out of its place."""

from dataclasses import replace

import pytest

from runner.failure_kinds import KINDS, FailureKind
from runner.failures import EngineRetry, Evidence, FailureCause, Todo, ToolCall
from runner.groups import FailureGroup, after_occurrence
from runner.model import FailureRecord, Pipeline, RetryDecision, RetryOutcome, StepId
from runner.report import report
from tests.support.builders import NOW, Story, a_failure, a_plan, after

EVIDENCE = Evidence(
    session_id="ses_1",
    model="acme/x",
    last_text="I will\nlook",
    last_tool=ToolCall(tool="bash", status="error", input={"command": "make"}, error="no\n```\n# Not a heading\n```"),
    todos=(Todo(content="Read", status="completed"),),
    engine_retries=(EngineRetry(attempt=1, message="Overloaded", next_at=None),),
    side_effects=("edited: a.py",),
)


def failed(**says: object) -> tuple[FailureRecord, Pipeline, FailureGroup]:
    story = Story(
        [a_plan("developer", engine_agent="build")], template="quick_fix", directory="/srv/app", branch="main"
    )
    record = story.begin().fail(FailureKind.PROVIDER_AUTH).pipeline.failure
    assert record is not None
    reason = a_failure(FailureKind.PROVIDER_AUTH, "No key\x1b[31m", status_code=401, **says)
    record = replace(record, failure=reason)
    return record, story.pipeline, replace(after_occurrence(None, record), count=3, last_success_at=after(-60))


def test_a_report_is_whole() -> None:
    record, pipeline, group = failed(
        causes=(FailureCause(source="provider", message="Incorrect\nkey"),), detail="raw", evidence=EVIDENCE
    )

    assert (
        report(record, pipeline, group)
        == f"""## No key

- what now: {KINDS[FailureKind.PROVIDER_AUTH].hint}
- with: `stepwire retry {record.step_id}`
- kind: PROVIDER_AUTH (origin PROVIDER, status 401)
- pipeline: Tidy up ({pipeline.id}), template quick_fix
- directory: /srv/app
- branch: main
- step: 1, agent developer (build in OpenCode), attempt 1
- retry: not retryable
- at: 2026-11-23T21:37:00.000Z
- seen: 3 times since 2026-11-23T21:37:00.000Z (group {group.id}, open)
- last success there: 2026-11-23T21:36:00.000Z
- id: {record.id}

### Causes

- provider: Incorrect key

### Detail

```
raw
```

### Session

- ses_1
- acme/x

### Last tool call

bash (error)
```
{{
 "command": "make"
}}
```
````
no
```
# Not a heading
```
````

### Last words

```
I will
look
```

### To do

- completed: Read

### OpenCode's own retries

- 1: Overloaded

### What the step had changed

- edited: a.py
"""
    )


def test_what_is_not_known_is_left_out() -> None:
    record, pipeline, group = failed()

    told = report(record, replace(pipeline, template=None, directory=None), replace(group, count=1))

    assert "###" not in told
    assert "directory" not in told
    assert "template none" in told
    assert "- seen: once since" in told


def test_evidence_without_a_tool_call_tells_the_rest() -> None:
    told = report(*failed(evidence=Evidence(session_id="ses_1")))

    assert told.endswith("### Session\n\n- ses_1\n")


def test_a_tool_call_without_input_shows_what_it_put_out() -> None:
    told = report(*failed(evidence=Evidence(last_tool=ToolCall(tool="ls", status="completed", output="a.py"))))

    assert told.endswith("### Last tool call\n\nls (completed)\n```\na.py\n```\n")


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (RetryDecision(outcome=RetryOutcome.EXHAUSTED), "exhausted"),
        (RetryDecision(outcome=RetryOutcome.RETRYING, attempts_left=1), "retrying, 1 left"),
        (
            RetryDecision(outcome=RetryOutcome.RETRYING, attempts_left=1, next_attempt_at=after(7)),
            "retrying at 2026-11-23T21:37:07.000Z, 1 left",
        ),
    ],
)
def test_a_report_says_what_follows(decision: RetryDecision, words: str) -> None:
    record, pipeline, group = failed()

    assert f"- retry: {words}\n" in report(replace(record, decision=decision), pipeline, group)


def test_a_fence_is_not_closed_by_what_a_control_character_hides() -> None:
    assert "\n````\n```\n````\n" in report(*failed(detail="``\x00`"))


def test_a_step_that_is_not_of_the_pipeline_has_no_report() -> None:
    record, pipeline, group = failed()

    with pytest.raises(LookupError, match="has no step stp_other"):
        report(replace(record, step_id=StepId("stp_other")), pipeline, group)


def test_when_it_happened_is_in_the_report() -> None:
    record, pipeline, group = failed()

    assert f"- at: {NOW.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}\n" in report(record, pipeline, group)
