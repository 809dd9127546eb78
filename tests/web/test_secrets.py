"""A secret that an agent, a tool or a provider lets slip is found nowhere: not in the API, the database, or the log."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from adapters.clock import SystemClock
from runner.agents import Answer, Observer, TextDelta, ToolProgress, Work
from runner.attention import Attention, AttentionKind, PermissionRequest, Question
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, EngineRetry, Evidence, FailureCause, Todo, ToolCall, failure
from runner.model import StepPlan
from runner.redaction import Redactor
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from web.logs import configure_logs

pytestmark = pytest.mark.asyncio

CONFIGURED = "correct horse battery staple/+?"
SEEDS = {
    "configured": CONFIGURED,
    "base64": base64.b64encode(CONFIGURED.encode()).decode(),
    "in an address": quote(CONFIGURED, safe=""),
    "key": "sk-live-4f9a8b7c6d5e4f3a2b1c0d9e",
    "dsn": "s3cr3t-of-the-dsn",
    "bearer": "abcdef0123456789abcdef",
    "key block": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "named": "hunter2hunter2",
}
SLIP = "\n".join(
    (
        f"plain {SEEDS['configured']} encoded {SEEDS['base64']} {SEEDS['in an address']}",
        f"Incorrect API key provided: {SEEDS['key']}",
        f"postgresql://admin:{SEEDS['dsn']}@db.example/prod",
        f"Authorization: Bearer {SEEDS['bearer']}",
        f"-----BEGIN PRIVATE KEY-----\n{SEEDS['key block']}\n-----END PRIVATE KEY-----",
        f'{{"password": "{SEEDS["named"]}"}}',
    )
)
EVERYTHING = """{ pipelines { nodes { title prompt errorMessage
  attention { message question { text options } permission { patterns } }
  steps { errorMessage handoff { markdown data } attempts { prompt failure { message detail causes { message }
    evidence { lastText lastTool { input error output } todos { content } engineRetries { message } sideEffects }
  } } } } }
  failureGroups { nodes { title } } events(first: 100) { nodes { __typename
  ... on AttentionRaised { attention { message question { text options } permission { patterns } } }
  ... on StepRetrying { errorMessage failure { message detail } } ... on StepFailed { errorMessage } } } }"""


class TalkativeAgents(PromptedAgents):
    """Lets every secret slip wherever an agent can say something."""

    async def run(self, work: Work, observer: Observer) -> Answer:
        call = ToolCall(tool="bash", status="error", input={"command": SLIP, "token": "x"}, error=SLIP, output=SLIP)
        await observer.session_opened("ses_1", None)
        at = SystemClock().now()
        asked = PermissionRequest(id="per_1", permission="bash", patterns=(SLIP,))
        question = Question(id="que_1", text=SLIP, options=(SLIP,))
        for attention in (
            Attention(id="att_p", kind=AttentionKind.PERMISSION, message=SLIP, since=at, permission=asked),
            Attention(id="att_q", kind=AttentionKind.QUESTION, message=SLIP, since=at, question=question),
        ):
            await observer.attention_raised(attention)
        observer.activity(TextDelta(delta="nothing secret"))
        observer.activity(ToolProgress(call_id="1", call=ToolCall(tool="bash", status="running")))
        if work.attempt == 1 and work.title.endswith("1 build"):
            data = json.dumps({"whatWasDone": SLIP, "password": SEEDS["named"]}, ensure_ascii=False)
            return Answer(markdown=f"{SLIP}\n```json\n{data}\n```")
        raise AgentError(
            failure(
                FailureKind.PROVIDER_UNAVAILABLE,
                f"The provider said: {SLIP}",
                detail=SLIP,
                causes=(FailureCause(source="provider", message=SLIP),),
                evidence=Evidence(
                    last_text=SLIP,
                    last_tool=call,
                    todos=(Todo(content=SLIP, status="pending"),),
                    engine_retries=(EngineRetry(attempt=1, message=SLIP),),
                    side_effects=(f"bash {SLIP}",),
                ),
            )
        )


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, TalkativeAgents(), max_attempts=2, opencode_password=CONFIGURED) as served:
        yield served


async def test_no_secret_is_found_anywhere(running: Running, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(Redactor((CONFIGURED,)))
    step = StepPlan(agent="build")
    async with running.subscription("subscription { events(types: [PIPELINE_FINISHED]) { __typename } }") as events:
        await running.start(f"Use this: {SLIP}", step, step, title=f"With {CONFIGURED} and {SEEDS['key']}")
        await events.until("PipelineFinished")

    answer = json.dumps(await running.query(EVERYTHING), ensure_ascii=False)
    stored = await asyncio.to_thread(_all_bytes, tmp_path)
    logged = "".join(capfd.readouterr())

    assert "[redacted:" in answer
    assert b"Incorrect API key provided: [redacted:key]" in stored
    assert "StepRetrying" in logged
    for name, secret in SEEDS.items():
        assert secret not in answer, f"{name} in the API"
        assert secret.encode() not in stored, f"{name} in the database"
        assert secret not in logged, f"{name} in the log"


def _all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("stepwire.db*"))
