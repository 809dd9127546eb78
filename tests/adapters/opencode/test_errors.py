"""Every public exception of httpx becomes a failure with a kind and a sentence of its own, and none gets past."""

import socket

import httpx
import pytest

from adapters.opencode.errors import MEANINGS, Call, failure_of, translated
from runner.failure_kinds import FailureKind
from runner.failures import AgentError

URL = "http://127.0.0.1:4096"
REQUEST = httpx.Request("GET", URL)
PUBLIC = [
    known for name in httpx.__all__ if isinstance(known := getattr(httpx, name), type) and issubclass(known, Exception)
]
QUICK = {
    "CloseError": FailureKind.ENGINE_UNREACHABLE,
    "ConnectError": FailureKind.ENGINE_UNREACHABLE,
    "ConnectTimeout": FailureKind.ENGINE_UNREACHABLE,
    "CookieConflict": FailureKind.INTERNAL,
    "DecodingError": FailureKind.INVALID_BODY,
    "HTTPError": FailureKind.ENGINE_UNREACHABLE,
    "HTTPStatusError": FailureKind.INTERNAL,
    "InvalidURL": FailureKind.ENGINE_UNREACHABLE,
    "LocalProtocolError": FailureKind.INTERNAL,
    "NetworkError": FailureKind.ENGINE_UNREACHABLE,
    "PoolTimeout": FailureKind.ENGINE_UNREACHABLE,
    "ProtocolError": FailureKind.ENGINE_UNREACHABLE,
    "ProxyError": FailureKind.ENGINE_UNREACHABLE,
    "ReadError": FailureKind.ENGINE_UNREACHABLE,
    "ReadTimeout": FailureKind.ENGINE_UNREACHABLE,
    "RemoteProtocolError": FailureKind.ENGINE_UNREACHABLE,
    "RequestError": FailureKind.ENGINE_UNREACHABLE,
    "RequestNotRead": FailureKind.INTERNAL,
    "ResponseNotRead": FailureKind.INTERNAL,
    "StreamClosed": FailureKind.INTERNAL,
    "StreamConsumed": FailureKind.INTERNAL,
    "StreamError": FailureKind.INTERNAL,
    "TimeoutException": FailureKind.ENGINE_UNREACHABLE,
    "TooManyRedirects": FailureKind.ENGINE_ERROR,
    "TransportError": FailureKind.ENGINE_UNREACHABLE,
    "UnsupportedProtocol": FailureKind.ENGINE_UNREACHABLE,
    "WriteError": FailureKind.ENGINE_UNREACHABLE,
    "WriteTimeout": FailureKind.ENGINE_UNREACHABLE,
}
_TOO_SLOW = ("ReadTimeout", "WriteTimeout", "TimeoutException")
_BROKEN = ("ReadError", "WriteError", "CloseError", "NetworkError", "RemoteProtocolError", "ProtocolError")
_UNNAMED = ("TransportError", "RequestError", "HTTPError")
RUNNING = dict.fromkeys((*_TOO_SLOW, *_BROKEN, *_UNNAMED), FailureKind.ENGINE_LOST)


def raised(kind: type[Exception]) -> Exception:
    if kind in (httpx.RequestNotRead, httpx.ResponseNotRead, httpx.StreamClosed, httpx.StreamConsumed):
        return kind()
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("no", request=REQUEST, response=httpx.Response(500))
    return kind("something happened")


def test_the_table_names_every_public_exception_of_httpx() -> None:
    assert set(PUBLIC) == set(MEANINGS)
    assert {kind.__name__ for kind in PUBLIC} == set(QUICK)


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_an_exception_of_httpx_becomes_its_failure(kind: type[Exception]) -> None:
    error = raised(kind)

    with pytest.raises(AgentError) as caught, translated(Call(url=URL)):
        raise error

    assert caught.value.failure.kind is QUICK[kind.__name__]
    assert caught.value.__cause__ is error
    assert caught.value.failure.message
    assert "\n" not in caught.value.failure.message
    assert caught.value.failure.causes[0].message.startswith(kind.__name__)


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_opencode_is_lost_only_where_a_step_was_running(kind: type[Exception]) -> None:
    found = failure_of(raised(kind), Call(url=URL, running=True))

    assert found.kind is RUNNING.get(kind.__name__, QUICK[kind.__name__])


def test_the_operating_systems_reason_is_found_behind_the_exception() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 4096)")

    found = failure_of(error, Call(url=URL))

    assert found.message == f"OpenCode is not reachable at {URL} (connection refused)"


def test_an_unknown_host_is_named_as_such() -> None:
    error = httpx.ConnectError("no")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")

    assert failure_of(error, Call(url=URL)).message.endswith("(name or service not known)")


def test_the_reason_is_found_in_a_group_of_attempts() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    refused = ConnectionRefusedError(111, "refused")
    error.__cause__ = ExceptionGroup("attempts", [OSError("first"), refused])

    assert failure_of(error, Call(url=URL)).message.endswith("(connection refused)")


def test_what_is_not_of_httpx_passes() -> None:
    with pytest.raises(KeyError), translated(Call(url=URL)):
        raise KeyError
