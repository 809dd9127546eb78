"""The one table from what httpx raises to why a step failed, and the context manager that applies it.

Where an exception came from decides its kind, so the table has two columns: OpenCode is *unreachable*; once a step runs
in the call and its request was on its way, it is *lost*. Errors of our own making (a response read twice) are INTERNAL.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import strerror

import httpx

from adapters.opencode.tls import hint_for, is_plain_http, words_of
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure


@dataclass(frozen=True, kw_only=True)
class Call:
    """The call that was under way: to whom, and whether a step was running in it."""

    url: str
    running: bool = False
    limit_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """`sentence` may name {url}, {fact} and {limit}; `running` replaces it while a step runs in the call."""

    kind: FailureKind
    sentence: str
    running: str | None = None


_UNREACHABLE = Meaning(kind=FailureKind.ENGINE_UNREACHABLE, sentence="OpenCode is not reachable at {url} ({fact})")
_NOT_CONNECTED = Meaning(
    kind=FailureKind.ENGINE_UNREACHABLE, sentence="OpenCode at {url} did not take the connection in time ({fact})"
)
_SLOW = Meaning(
    kind=FailureKind.ENGINE_UNREACHABLE,
    sentence="OpenCode at {url} did not answer{limit}",
    running="OpenCode did not finish its answer while the step was running ({fact})",
)
_LOST = Meaning(
    kind=FailureKind.ENGINE_UNREACHABLE,
    sentence="OpenCode at {url} broke the connection ({fact})",
    running="OpenCode went away while the step was running ({fact})",
)
_BAD_ADDRESS = Meaning(kind=FailureKind.ENGINE_UNREACHABLE, sentence="OpenCode's address {url} cannot be used ({fact})")
_UNREADABLE = Meaning(
    kind=FailureKind.INVALID_BODY, sentence="OpenCode returned a body that could not be decoded ({fact})"
)
_REDIRECTED = Meaning(
    kind=FailureKind.ENGINE_ERROR, sentence="OpenCode at {url} redirects without end: is the URL right?"
)
_OURS = Meaning(kind=FailureKind.INTERNAL, sentence="stepwire misused its HTTP client ({fact})")

# Bases are in it too, though hardly ever raised as such: what a newer httpx derives from them is then no bug of ours.
MEANINGS: Mapping[type[Exception], Meaning] = {
    httpx.ConnectError: _UNREACHABLE,
    httpx.ConnectTimeout: _NOT_CONNECTED,
    httpx.PoolTimeout: _NOT_CONNECTED,
    httpx.ProxyError: _UNREACHABLE,
    httpx.UnsupportedProtocol: _BAD_ADDRESS,
    httpx.InvalidURL: _BAD_ADDRESS,
    httpx.ReadTimeout: _SLOW,
    httpx.WriteTimeout: _SLOW,
    httpx.TimeoutException: _SLOW,
    httpx.ReadError: _LOST,
    httpx.WriteError: _LOST,
    httpx.CloseError: _LOST,
    httpx.NetworkError: _LOST,
    httpx.RemoteProtocolError: _LOST,
    httpx.ProtocolError: _LOST,
    httpx.TransportError: _LOST,
    httpx.RequestError: _LOST,
    httpx.HTTPError: _LOST,
    httpx.DecodingError: _UNREADABLE,
    httpx.TooManyRedirects: _REDIRECTED,
    httpx.HTTPStatusError: _OURS,
    httpx.LocalProtocolError: _OURS,
    httpx.CookieConflict: _OURS,
    httpx.StreamError: _OURS,
    httpx.StreamConsumed: _OURS,
    httpx.StreamClosed: _OURS,
    httpx.RequestNotRead: _OURS,
    httpx.ResponseNotRead: _OURS,
}


@contextmanager
def translated(call: Call) -> Iterator[None]:
    """Lets nothing of httpx out: raises AgentError in its place, the exception kept as the cause."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as error:
        raise AgentError(failure_of(error, call)) from error


def failure_of(error: Exception, call: Call) -> Failure:
    """What the exception means for the step."""
    if isinstance(error, httpx.ConnectError) and (trouble := _tls_trouble(error)) is not None:
        return _without_tls(trouble, error, call)
    meaning = next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
    kind = meaning.kind
    sentence = meaning.sentence
    if call.running and meaning.running:
        kind, sentence = FailureKind.ENGINE_LOST, meaning.running
    limit = "" if call.limit_seconds is None else f" within {call.limit_seconds:g}s"
    message = sentence.format(url=call.url, fact=fact_of(error), limit=limit)
    return failure(kind, message, causes=(FailureCause(source="httpx", message=_named(error)),))


def _tls_trouble(error: Exception) -> ssl.SSLError | None:
    return next((link for link in _chain(error) if isinstance(link, ssl.SSLError)), None)


def _without_tls(trouble: ssl.SSLError, error: Exception, call: Call) -> Failure:
    """TLS has reasons of its own, which are no errors of the operating system's."""
    words = words_of(trouble)
    if isinstance(trouble, ssl.SSLCertVerificationError):
        message = f"The certificate of OpenCode at {call.url} is not accepted: {words}"
    elif is_plain_http(trouble):
        message = f"OpenCode at {call.url} does not speak TLS ({words}): is it http?"
    else:
        message = f"No TLS connection to OpenCode at {call.url} ({words})"
    causes = (FailureCause(source="httpx", message=_named(error)),)
    return failure(FailureKind.ENGINE_UNREACHABLE, message, hint=hint_for(trouble), causes=causes)


def fact_of(error: BaseException) -> str:
    """The telling part: the operating system's reason where there is one, else the exception's own words."""
    for link in _chain(error):
        if isinstance(link, socket.gaierror):
            return str(link.strerror or "name not known").lower()
        if isinstance(link, ssl.SSLError):
            return words_of(link)
        if isinstance(link, OSError) and link.errno and link.errno > 0:
            return strerror(link.errno).lower()
    return str(error).strip().rstrip(".").lower() or _in_words(type(error).__name__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    links = [error]
    while links:
        link = links.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        # A name with several addresses is tried at each of them, and all that failed comes as one group.
        if isinstance(link, BaseExceptionGroup):
            links.extend(link.exceptions)
        links += [link.__cause__, link.__context__]


def _named(error: Exception) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _in_words(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
