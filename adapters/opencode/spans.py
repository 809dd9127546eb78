"""Attempts and requests as OpenTelemetry sees them: each request to OpenCode a span below that of its attempt.

OpenTelemetry itself is loaded by whoever has spans made; without it an attempt is run as it is.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import httpx

from runner.model import StepId

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

# Makes the span of a step's attempt the current one, for as long as it runs.
Within = Callable[[StepId], AbstractContextManager[object]]
# Makes a span of each request of the client.
Instrument = Callable[[httpx.AsyncClient], None]


def with_spans(http: httpx.AsyncClient, provider: "TracerProvider") -> None:
    """Makes a span of each of the client's requests, which carries its trace along."""
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    HTTPXClientInstrumentor.instrument_client(http, tracer_provider=provider)
