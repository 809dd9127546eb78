"""One trace leads from a mutation over its attempts to their delivery, and holds nothing that anybody said."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from adapters.opencode import agents_over
from adapters.opencode.connection import new_http_client
from adapters.opencode.v1.scripted import AsgiTransport, ScriptedOpenCode, scripted_opencode
from adapters.opencode.v1.scripted import scripts as s
from tests.support.application import Running, application
from tests.support.patience import eventually
from web.settings import Settings
from web.tracing import Tracing

START = """mutation Go($prompt: String!) {
  startPipeline(input: {prompt: $prompt, steps: [{agent: "build", maxAttempts: 2}]}) { __typename }
}"""
SAID = "the-prompt-of-somebody"
REFUSED = s.Fail(name="APIError", data={"message": "said-by-the-provider", "statusCode": 401, "isRetryable": False})
AGAIN = s.Fail(name="APIError", data={"message": "said-by-the-provider", "statusCode": 529, "isRetryable": True})


@dataclass(frozen=True, kw_only=True)
class Traced:
    running: Running
    opencode: ScriptedOpenCode
    exporter: InMemorySpanExporter

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    async def ended(self, attempts: int = 1) -> list[ReadableSpan]:
        """The spans of so many attempts, in their order, once all has been delivered."""
        await eventually(lambda: len(self.named("delivery")) >= attempts)
        return self.named("attempt")

    def below(self, parent: ReadableSpan) -> list[str]:
        assert parent.context is not None
        children = [span for span in self.spans if span.parent and span.parent.span_id == parent.context.span_id]
        return sorted(span.name for span in children)


@asynccontextmanager
async def traced(folder: Path) -> AsyncIterator[Traced]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with scripted_opencode(pace=0) as opencode:
        http = new_http_client("http://scripted", transport=AsgiTransport(opencode))
        async with (
            agents_over(http) as agents,
            application(folder, agents, tracing=Tracing(provider)) as running,
        ):
            yield Traced(running=running, opencode=opencode, exporter=exporter)


def told(span: ReadableSpan) -> Mapping[str, Any]:
    return {name.removeprefix("stepwire."): value for name, value in (span.attributes or {}).items()}


@pytest.mark.asyncio
async def test_a_trace_leads_from_the_mutation_to_the_delivery(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        here.opencode.play("text", s.Say(text="an-answer-of-the-agent"))
        await here.running.query(START, {"prompt": SAID})
        [attempt] = await here.ended()

    [mutation], [request] = here.named("mutation"), here.named("POST /graphql")
    assert here.below(request) == ["mutation"]
    # The names that it gives are looked up; then its attempt begins.
    assert set(here.below(mutation)) == {"GET", "attempt"}
    assert here.below(attempt)[-2:] == ["POST", "delivery"]
    assert here.below(attempt).count("POST") == 2
    whole = [request, mutation, attempt, *here.named("delivery")]
    assert len({span.context.trace_id for span in whole if span.context}) == 1
    assert told(attempt)["outcome"] == "SUCCEEDED"
    assert told(here.named("delivery")[0])["event"] == "StepSucceeded"


@pytest.mark.asyncio
async def test_how_an_attempt_failed_is_told_by_its_kind(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        here.opencode.play("text", REFUSED)
        await here.running.query(START, {"prompt": SAID})
        [attempt] = await here.ended()

    assert (told(attempt)["outcome"], told(attempt)["failure.kind"]) == ("NOT_RETRYABLE", "PROVIDER_AUTH")
    assert attempt.status.status_code is StatusCode.ERROR
    assert told(here.named("delivery")[0])["event"] == "StepFailed"


@pytest.mark.asyncio
async def test_a_further_attempt_belongs_to_the_same_trace(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        here.opencode.play("text", AGAIN)
        here.opencode.play("text-again", s.Say(text="Done."))
        await here.running.query(START, {"prompt": SAID})
        attempts = await here.ended(2)

    assert [(told(each)["attempt"], told(each)["outcome"]) for each in attempts] == [(1, "RETRYING"), (2, "SUCCEEDED")]
    assert len({each.context.trace_id for each in attempts if each.context}) == 1


@pytest.mark.asyncio
async def test_two_mutations_on_one_socket_are_two_spans(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        address = here.running.url.replace("http", "ws", 1) + "/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            for number in ("1", "2"):
                payload = {"query": START, "variables": {"prompt": SAID}, "operationName": "Go"}
                await socket.send(json.dumps({"id": number, "type": "subscribe", "payload": payload}))
            await here.ended(2)

    mutations = here.named("mutation Go")
    assert [here.below(each).count("attempt") for each in mutations] == [1, 1]


@pytest.mark.asyncio
async def test_what_nobody_asked_for_now_has_a_trace_of_its_own(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        await here.running.start(SAID)
        [attempt] = await here.ended()

    assert attempt.parent is None


@pytest.mark.asyncio
async def test_no_span_holds_what_anybody_said(tmp_path: Path) -> None:
    async with traced(tmp_path) as here:
        here.opencode.play("text", s.Say(text="an-answer-of-the-agent"), REFUSED)
        await here.running.query(START, {"prompt": SAID})
        await here.ended()
        everything = "".join(span.to_json() for span in here.spans)

    assert everything
    assert [said for said in (SAID, "an-answer", "said-by-the-provider", "startPipeline") if said in everything] == []


@pytest.mark.parametrize(
    ("said", "exporter"),
    [
        ({}, None),
        ({"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, "otlp"),
        ({"EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, "otlp"),
        ({"TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"TRACES_EXPORTER": "console"}, "console"),
        ({"TRACES_EXPORTER": "none", "EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, None),
        ({"SDK_DISABLED": "true", "EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, None),
        ({"EXPORTER_OTLP_ENDPOINT": " "}, None),
    ],
    ids=lambda value: "-".join(value) or "nothing" if isinstance(value, dict) else None,
)
def test_opentelemetry_s_own_variables_say_whether(
    said: Mapping[str, str], exporter: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(f"OTEL_{name}", value)

    assert Settings().traces == exporter


@pytest.mark.asyncio
async def test_they_arrive_where_the_variables_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived: list[bytes] = []

    async def collector(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        arrived.append(head.split(b"\r\n")[0])
        arrived.append(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0])))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(collector, "127.0.0.1", 0)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ours")
    exporter = Settings().traces
    assert exporter is not None
    tracing = Tracing.exporting(exporter)
    with tracing.operation("mutation", "Go"):
        pass
    await tracing.close()
    server.close()

    assert arrived[0] == b"post /v1/traces http/1.1"
    assert all(word in arrived[1] for word in (b"mutation Go", b"ours", b"stepwire"))


def test_without_them_opentelemetry_is_not_even_loaded() -> None:
    told = "import sys, web.app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
