"""Traces by OpenTelemetry: one from a mutation over the attempts that it leads to, to the delivery of how they ended.

    POST /graphql ─▶ mutation ─▶ attempt ─▶ requests to OpenCode
                                    └─────▶ delivery: how it ended has gone to whoever subscribes

Which mutation a pipeline goes back to is kept in memory: what an earlier stepwire was asked for has a trace of its own.
No span holds a prompt, an answer, or words of a failure: those have secrets, and their place in the API. Loaded only
where traces are wanted.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import version
from typing import Protocol, runtime_checkable

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.util.types import AnyValue
from starlette.middleware import Middleware

from adapters.opencode.spans import Instrument, Within, with_spans
from runner.events import (
    PipelineFinished,
    Recorded,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.model import FailureRecord, PipelineId, StepId, StepStatus
from runner.ports import Dispatcher
from web.hooks import once_told

# Asked every few seconds by machines, which nobody wants to see.
_UNSEEN = "healthz,readyz,metrics"
_FLUSH_MILLISECONDS = 5000


@runtime_checkable
class Traceable(Protocol):
    """Agents whose requests can be spans."""

    def trace(self, instrument: Instrument, within: Within) -> None:
        """From now on each is, below the span of the attempt that it belongs to."""


class Tracing:
    """The traces of one server. Is a hook of the journal."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("stepwire")
        self._asked: dict[PipelineId, Context] = {}
        self._attempts: dict[StepId, tuple[PipelineId, Span]] = {}

    @classmethod
    def exporting(cls, exporter: str) -> "Tracing":
        """To where OpenTelemetry's own variables say; `exporter` is otlp, or console for what people read."""
        own = Resource({"service.name": "stepwire", "service.version": version("stepwire")})
        provider = TracerProvider(resource=Resource.create().merge(own).merge(OTELResourceDetector().detect()))
        to: SpanExporter = ConsoleSpanExporter(out=sys.stderr) if exporter == "console" else OTLPSpanExporter()
        provider.add_span_processor(BatchSpanProcessor(to))
        return cls(provider)

    @property
    def middleware(self) -> Middleware:
        """A span for each request; for a socket one in all, and none for its messages."""
        return Middleware(
            OpenTelemetryMiddleware,
            tracer_provider=self._provider,
            excluded_urls=_UNSEEN,
            exclude_spans=["receive", "send"],
            server_request_hook=_without_query,
        )

    def of_agents(self, agents: object) -> None:
        if isinstance(agents, Traceable):
            agents.trace(partial(with_spans, provider=self._provider), self._within)

    def of_launches(self, dispatcher: Dispatcher) -> Dispatcher:
        """The same, which remembers who wanted a pipeline run."""
        return _TracedDispatcher(dispatcher, self._asked)

    def operation(self, kind: str, name: str | None) -> AbstractContextManager[Span]:
        """The span of an operation; the name is the client's."""
        attributes = {"graphql.operation.type": kind, **({"graphql.operation.name": name} if name else {})}
        return self._tracer.start_as_current_span(f"{kind} {name or ''}".rstrip(), attributes=attributes)

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            match item.event:
                case StepStarted(pipeline_id=pipeline_id, step_id=step_id, attempt=attempt):
                    self._begin(pipeline_id, step_id, attempt)
                case StepSucceeded(step_id=step_id):
                    self._end(step_id, StepStatus.SUCCEEDED.value, item)
                case StepFailed(step_id=step_id, failure=record) | StepRetrying(step_id=step_id, failure=record):
                    self._end(step_id, record.decision.outcome.value, item, record)
                case StepSkipped(step_id=step_id):
                    self._end(step_id, StepStatus.SKIPPED.value, item)
                case PipelineFinished(pipeline_id=pipeline_id, status=status):
                    self._finish(pipeline_id, status.value, item)

    async def close(self) -> None:
        """Sends what was not sent yet, for some seconds at most."""
        await asyncio.to_thread(self._provider.force_flush, _FLUSH_MILLISECONDS)
        await asyncio.to_thread(self._provider.shutdown)

    def _begin(self, pipeline_id: PipelineId, step_id: StepId, attempt: int) -> None:
        attributes: dict[str, AnyValue] = {
            "stepwire.pipeline.id": pipeline_id,
            "stepwire.step.id": step_id,
            "stepwire.attempt": attempt,
        }
        # Without one it is the root of its own trace, whatever request the commit happens in.
        asked = self._asked.get(pipeline_id, Context())
        span = self._tracer.start_span("attempt", asked, SpanKind.INTERNAL, attributes)
        self._attempts[step_id] = (pipeline_id, span)

    def _end(self, step_id: StepId, outcome: str, item: Recorded, record: FailureRecord | None = None) -> None:
        _, span = self._attempts.pop(step_id, (None, None))
        if span is None:
            return
        span.set_attribute("stepwire.outcome", outcome)
        if record is not None:
            span.set_attribute("stepwire.failure.kind", record.failure.kind.value)
            span.set_status(Status(StatusCode.ERROR))
        self._deliver(span, item)
        span.end()

    def _finish(self, pipeline_id: PipelineId, outcome: str, item: Recorded) -> None:
        for step_id in [step for step, (pipeline, _) in self._attempts.items() if pipeline == pipeline_id]:
            self._end(step_id, outcome, item)
        self._asked.pop(pipeline_id, None)

    def _deliver(self, attempt: Span, item: Recorded) -> None:
        """From the commit until whoever subscribes has been told."""
        attributes: dict[str, AnyValue] = {
            "stepwire.event": type(item.event).__name__,
            "stepwire.position": item.cursor.position,
        }
        span = self._tracer.start_span("delivery", trace.set_span_in_context(attempt), attributes=attributes)
        once_told(span.end)

    @contextmanager
    def _within(self, step_id: StepId) -> Iterator[None]:
        _, span = self._attempts.get(step_id, (None, None))
        # An attempt that an earlier stepwire began has no span here.
        attached = context.attach(trace.set_span_in_context(span) if span else Context())
        try:
            yield
        finally:
            context.detach(attached)


class _TracedDispatcher:
    def __init__(self, dispatcher: Dispatcher, asked: dict[PipelineId, Context]) -> None:
        self._dispatcher = dispatcher
        self._asked = asked

    def launch(self, pipeline_id: PipelineId) -> None:
        if trace.get_current_span().get_span_context().is_valid:
            self._asked[pipeline_id] = context.get_current()
        self._dispatcher.launch(pipeline_id)

    def interrupt(self, pipeline_id: PipelineId) -> None:
        self._dispatcher.interrupt(pipeline_id)


def _without_query(span: Span, scope: dict[str, object]) -> None:
    """A query may hold a document with what people typed into it."""
    for name in ("http.url", "url.full", "http.target", "url.query"):
        span.set_attribute(name, str(scope.get("path", "")) if name != "url.query" else "")
