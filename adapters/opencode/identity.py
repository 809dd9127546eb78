"""What answers at an address: which OpenCode, of which version, and how far stepwire can work with it.

GET /api/info ──version, pid──▶ OpenCode 2
      │ else
GET /global/health ──version──▶ OpenCode 1
      │ else
GET /api/health ──version──▶ OpenCode 2 before its first release
                ──healthy──▶ a preview
      │ else
something else: a web page, a proxy, another program

The order matters: OpenCode 1 answers every unknown path with status 200 and a web page, and late ones have an
/api/health as the preview does. So a path that answers proves nothing; what is in the answer does.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import ValidationError

from adapters.opencode.connection import with_tls_in_mind
from adapters.opencode.errors import Call, translated
from adapters.opencode.reported import Shape
from runner.engine_health import EngineSupport
from runner.failure_kinds import FailureKind, Retry
from runner.failures import AgentError, Failure, failure

_Found = TypeVar("_Found", bound=Shape)

LOOK_WITHIN = 3.0
_UP_WITHIN = 1.0
_LARGEST = 64 * 1024
FROZEN = (
    "See whether it is stopped or overloaded. Start OpenCode anew if need be, or correct the address that stepwire was "
    "given (--opencode-url); then try again."
)
INSTALL = "npm install -g opencode-ai@1.18.34"
_FIRST_1, _WHOLE_1, _NEWEST_1 = (1, 1), (1, 18, 18), (1, 18, 34)
# What releases below lack and stepwire cannot make up for.
_LESS_1 = (
    ((1, 1, 12), "a prompt that is too long is told as a request that the provider rejected"),
    ((1, 18, 18), "it asks a provider that refuses again without end, until the step's own time limit"),
)
_PASSWORD = (
    "Give it with --opencode-password: OpenCode 2 prints one at its start, unless OPENCODE_PASSWORD names it; "
    "that of OpenCode 1 is OPENCODE_SERVER_PASSWORD."
)
# What OpenCode before 1.1 says when it has passed an unknown path on to the internet and could not reach it.
_PASSED_ON = "typo in the url or port"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`generation` is 1 or 2, None where it is no OpenCode; `message` is for people: what is off, and what to do.

    `support` is None where the answers do not tell: whatever stands there breaks down before it says its name.
    """

    support: EngineSupport | None
    generation: int | None = None
    version: str | None = None
    pid: int | None = None
    message: str | None = None


class _Info(Shape):
    version: str
    pid: int


class _Health(Shape):
    healthy: bool
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Look:
    status: int
    media_type: str
    body: bytes
    with_password: bool

    @property
    def what(self) -> str:
        if not self.body.strip():
            return "nothing more"
        return "a web page" if self.media_type == "text/html" else self.media_type or "no type"

    def as_info(self) -> _Info | None:
        return _shaped(_Info, self)

    def as_health(self) -> _Health | None:
        return _shaped(_Health, self)


async def identify(http: httpx.AsyncClient, *, within: float = LOOK_WITHIN) -> Identity:
    """One look at the address, of three requests and `within` seconds at most.

    Raises:
        AgentError: ENGINE_UNREACHABLE, nothing answers in time; ENGINE_UNAUTHORIZED, it wants another password.
    """
    url = str(http.base_url).rstrip("/")
    try:
        async with asyncio.timeout(within):
            with translated(Call(url=url, limit_seconds=within)):
                return await _identified(http, url)
    except TimeoutError as error:
        message = f"OpenCode at {url} did not answer within {within:g}s"
        raise AgentError(failure(FailureKind.ENGINE_UNREACHABLE, message, hint=FROZEN)) from error
    except AgentError as error:
        raise await with_tls_in_mind(error, http) from error.__cause__


async def is_up(http: httpx.AsyncClient) -> bool:
    """Whether an OpenCode answers there now, within a second."""
    try:
        return (await identify(http, within=_UP_WITHIN)).generation is not None
    except AgentError:
        return False


def unusable(identity: Identity, url: str) -> Failure:
    """Why no attempt can be made there."""
    kind = FailureKind.INVALID_BODY if identity.support is EngineSupport.FOREIGN else FailureKind.UNEXPECTED_SHAPE
    message, _, hint = (identity.message or f"OpenCode at {url} cannot be used").partition(". ")
    return failure(kind, message, hint=hint or None, retry=Retry.NO)


async def _identified(http: httpx.AsyncClient, url: str) -> Identity:
    info = await _look(http, "/api/info")
    if (told := info.as_info()) is not None:
        return _second(told.version, told.pid)
    if info.status == 401:
        raise AgentError(_refused(http, info))
    first = await _look(http, "/global/health")
    if (health := first.as_health()) is not None:
        return _first(health)
    api = await _look(http, "/api/health")
    if (health := api.as_health()) is not None:
        return _preview(health.version)
    if any(_PASSED_ON in look.body.decode(errors="replace").lower() for look in (info, first)):
        return _too_old("1.0 or older", None)
    # A server in the middle of breaking down says nothing of what it is; whoever does not know the path is another one.
    silent = first.status >= 500 or (first.status < 300 and not first.body.strip())
    return _silent(url, first) if silent else _foreign(url, first)


async def _look(http: httpx.AsyncClient, path: str) -> _Look:
    body = bytearray()
    async with http.stream("GET", path) as response:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _LARGEST:
                break
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _Look(
        status=response.status_code,
        media_type=media_type,
        body=bytes(body),
        with_password="authorization" in response.request.headers,
    )


def _shaped(shape: type[_Found], look: _Look) -> _Found | None:
    if look.status != 200:
        return None
    try:
        return shape.model_validate_json(look.body)
    except ValidationError:
        return None


def _first(health: _Health) -> Identity:
    if not health.healthy or health.version is None:
        message = None if health.healthy else "OpenCode says that it is not healthy: look into its log."
        return Identity(support=EngineSupport.EXPECTED, generation=1, version=health.version, message=message)
    version, number = health.version, _number(health.version)
    if len(number) < 2:
        return Identity(support=EngineSupport.EXPECTED, generation=1, version=version)
    if number < _FIRST_1:
        return _too_old(version, 1)
    if number >= _WHOLE_1:
        support = EngineSupport.TESTED if number <= _NEWEST_1 else EngineSupport.EXPECTED
        return Identity(support=support, generation=1, version=version)
    less = "; ".join(words for below, words in _LESS_1 if number < below)
    message = f"OpenCode {version} works with less: {less}. Install one that is tested: {INSTALL}"
    return Identity(support=EngineSupport.REDUCED, generation=1, version=version, message=message)


def _second(version: str, pid: int) -> Identity:
    """Built from the interface that 2.1 publishes; its later releases keep it, a third generation might not."""
    if _number(version) and _number(version)[0] > 2:
        message = f"OpenCode {version} is newer than any that stepwire knows. If it does not work: {INSTALL}"
        return Identity(support=EngineSupport.EXPECTED, generation=2, version=version, pid=pid, message=message)
    return Identity(support=EngineSupport.EXPECTED, generation=2, version=version, pid=pid)


def _preview(version: str | None) -> Identity:
    name = f"OpenCode {version}, from before the release of OpenCode 2," if version else "A preview of OpenCode 2"
    message = (
        f"{name} answers there, and it never says when an agent has finished. Install one that is tested: {INSTALL}"
    )
    return Identity(support=EngineSupport.PREVIEW, generation=2, version=version, message=message)


def _too_old(version: str, generation: int | None) -> Identity:
    message = f"OpenCode {version} is too old: its permissions cannot be seen. Install one that is tested: {INSTALL}"
    return Identity(support=EngineSupport.TOO_OLD, generation=generation or 1, version=version, message=message)


def _foreign(url: str, look: _Look) -> Identity:
    who = "a proxy or gateway before OpenCode" if look.status in (403, 407) else "another program, or a proxy"
    message = (
        f"What answers at {url} is no OpenCode (status {look.status}, {look.what}). "
        f"Perhaps it is {who}: correct the address (--opencode-url), or start OpenCode there ({INSTALL})."
    )
    return Identity(support=EngineSupport.FOREIGN, message=message)


def _silent(url: str, look: _Look) -> Identity:
    message = (
        f"What answers at {url} breaks down (status {look.status}, {look.what}). "
        "Look into the log of OpenCode, or of the proxy before it."
    )
    return Identity(support=None, message=message)


def _refused(http: httpx.AsyncClient, look: _Look) -> Failure:
    url = str(http.base_url).rstrip("/")
    if look.media_type == "text/html":
        message = f"A gateway before OpenCode at {url} asks for credentials (status 401, a web page)"
        hint = "Give stepwire the address of OpenCode itself (--opencode-url)."
        return failure(FailureKind.ENGINE_UNAUTHORIZED, message, hint=hint, status_code=401)
    what = "refused the password" if look.with_password else "asks for a password"
    message = f"OpenCode at {url} {what} (status 401)"
    return failure(FailureKind.ENGINE_UNAUTHORIZED, message, hint=_PASSWORD, status_code=401)


def _number(version: str) -> tuple[int, ...]:
    """(1, 18, 33) of "1.18.33-beta.2"; () where there is none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()
