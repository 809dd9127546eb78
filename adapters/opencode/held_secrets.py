"""What OpenCode itself holds as secret, by value: so that it is taken out of texts whatever it looks like.

    its configuration and providers    keys, headers, what its MCP servers are given    asked for over HTTP
    its files, when it is local        auth.json and its like                           read
    the environment that it may see    what is called like a secret                     read

Kept in memory only, and never logged. What cannot be read is passed over: its shapes may still be known.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import orjson
from pydantic import JsonValue

from adapters.opencode.answers import Answers, Asked
from adapters.opencode.connection import Connection
from runner.failures import AgentError

Learn: TypeAlias = Callable[[Iterable[str]], None]

_WITHIN = 5.0
_FILES = ("*auth*.json", "account*.json", "credential*.json")
_LARGEST_FILE = 1024 * 1024
_PATHS: Mapping[int, tuple[str, ...]] = {
    1: ("/config", "/config/providers"),
    2: ("/api/config", "/api/provider", "/api/credential"),
}
_DIRECTORY: Mapping[int, str] = {1: "directory", 2: "location[directory]"}

_SECRET_NAME = re.compile(
    r"(?i)(?:key|token|secret|passw(?:or)?d|passphrase|credentials?|authorization|cookie|signature)$"
    r"|(?:^|[_.-])(?:pat|pwd|auth|dsn|access|refresh)$"
)
# What is given to somebody else: to a provider with each request, to an MCP server at its start.
_GIVEN = frozenset({"headers", "environment", "env"})
_HARMLESS = re.compile(
    r"(?i)(?:version|beta|agent|title|refer+er|type|accept|encoding|language|host|origin|model|region)$"
)
# Names of variables stand in configurations, too.
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_PLACEHOLDER = re.compile(
    r"(?i)dummy|placeholder|example|not[-_ ]?(?:needed|required|used)|no[-_ ]?key|your[-_ ]|change|xxx|local|<|\{|\$"
)
_SCHEME = re.compile(r"(?i)^(?:bearer|basic|token|apikey|bot)\s+")
_PATH = re.compile(r"[~.]{0,2}/[\w.-]+(?:/[\w.-]*)*")
_SHORTEST, _SHORTEST_WORD, _SHORTEST_NUMBER, _SHORTEST_UNNAMED, _LONGEST = 8, 12, 12, 16, 16_384


class HeldSecrets:
    """The secrets of the OpenCode that `http` speaks to; `files` is its data folder where that is on this machine."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        files: Path | None = None,
        environment: Mapping[str, str] | None = None,
        within: float = _WITHIN,
        answers: Answers | None = None,
    ) -> None:
        self._connection = Connection(http)
        self._answers = answers or Answers()
        self._looked: dict[tuple[int, str | None], Asked] = {}
        self._files = files
        self._within = within
        self._known = set(secrets_of_environment(environment or {}))
        self._learn: Learn = _nobody

    def tell(self, learn: Learn) -> None:
        """From now on `learn` is told of each, those known already included."""
        self._learn = learn
        learn(self._known)

    def add(self, *secrets: str) -> None:
        self._known.update(secrets)
        self._learn(secrets)

    async def look(self, generation: int, directory: str | None) -> None:
        """Looks anew where it has not within some seconds, and returns within seconds, whatever OpenCode does."""
        before = self._looked.get((generation, directory))
        if before is not None and self._answers.counts(before):
            return
        asked, found = self._answers.asked_now(), set[str]()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._within):
                if self._files is not None:
                    found.update(await asyncio.to_thread(secrets_in_files, self._files))
                answered = [await self._heard(path, generation, directory, found) for path in _PATHS[generation]]
                if all(answered):
                    still = {place: at for place, at in self._looked.items() if self._answers.counts(at)}
                    self._looked = {**still, (generation, directory): asked}
        self.add(*(found - self._known))

    async def _heard(self, path: str, generation: int, directory: str | None, found: set[str]) -> bool:
        """Adds what is secret in its answer; whether there was one."""
        query = {_DIRECTORY[generation]: directory} if directory else None
        try:
            answer = await self._answers.ask(path, directory, lambda: self._connection.quick("GET", path, query=query))
        except AgentError:
            return False
        if answer.reply.status == 200:
            with suppress(ValueError, RecursionError):
                found.update(await asyncio.to_thread(_secrets_in_text, answer.reply.body))
        return True


def secrets_in(value: JsonValue, *, named: bool = False, given: bool = False) -> Iterator[str]:
    """Texts under the name of a secret (`named`), and in headers and environments (`given`) what looks like one."""
    match value:
        case str():
            yield from _judged(value, named=named, given=given)
            yield from _in_address(value)
        case list():
            for before, item in zip(("", *value), value, strict=False):
                yield from secrets_in(item, named=named or _is_option(before), given=given)
        case dict():
            for key, item in value.items():
                yield from secrets_in(item, named=_is_secret(key), given=_is_given(key, given))
        case _:
            return


def _secrets_in_text(text: bytes) -> set[str]:
    return set(secrets_in(orjson.loads(text)))


def secrets_in_files(folder: Path) -> set[str]:
    """Of the files in which OpenCode keeps what people have signed in with: every text in them may be secret."""
    found: set[str] = set()
    for file in (each for pattern in _FILES for each in folder.glob(pattern)):
        try:
            if file.stat().st_size <= _LARGEST_FILE:
                found.update(secrets_in(json.loads(file.read_bytes()), given=True))
        except (OSError, ValueError, RecursionError):
            continue
    return found


def secrets_of_environment(environment: Mapping[str, str]) -> set[str]:
    """The values of variables that are called like a secret, and passwords in addresses."""
    named = {value for name, value in environment.items() if _is_secret(name) for value in _judged(value, named=True)}
    return named.union(*map(_in_address, environment.values()))


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _is_option(value: JsonValue) -> bool:
    """Whether what follows in a command line is a secret."""
    return isinstance(value, str) and value.startswith("-") and _is_secret(value)


def _is_given(name: str, given: bool) -> bool:
    return name.lower() in _GIVEN or (given and _HARMLESS.search(name) is None)


def _judged(value: str, *, named: bool = False, given: bool = False) -> Iterator[str]:
    """The secret in the value, if it is one: too short, a word, a path, an address or a placeholder is none."""
    secret = _SCHEME.sub("", value.strip())
    if not (named or given) or not _SHORTEST <= len(secret) <= _LONGEST or _is_something_else(secret):
        return
    letters, digits = any(map(str.isalpha, secret)), any(map(str.isdigit, secret))
    if letters and digits:
        least = _SHORTEST if named else _SHORTEST_UNNAMED
    else:
        least = (_SHORTEST_WORD if letters else _SHORTEST_NUMBER) if named else _LONGEST
    if len(secret) >= least:
        yield secret


def _is_something_else(text: str) -> bool:
    if "://" in text or any(map(str.isspace, text)):
        return True
    return bool(_PATH.fullmatch(text) or _NAME.fullmatch(text) or _PLACEHOLDER.search(text))


def _in_address(value: str) -> Iterator[str]:
    """Its password, and what its query calls a secret."""
    if "://" not in value:
        return
    try:
        address = urlsplit(value)
        queried = [each for name, each in parse_qsl(address.query) if _is_secret(name)]
    except ValueError:
        return
    for secret in (unquote(address.password or ""), *queried):
        yield from _judged(secret, named=True)


def _nobody(_: Iterable[str]) -> None: ...
