"""GitHub issues over its REST API; public issues need no token."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from runner.ports import Issue, IssueError

_REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})/((?!\.{1,2}#)[A-Za-z0-9._-]{1,100})#([1-9]\d{0,9})")
_SECONDS = 20.0
_MOST_CHARACTERS = 200_000
_MOST_LABELS = 100
_LONGEST_LINE = 1000
_LARGEST_BODY = 2 * 1024 * 1024
# Uncompressed: a few kB that were compressed twice can be gigabytes, and are unpacked before they could be counted.
_HEADERS = {
    "accept": "application/vnd.github+json",
    "accept-encoding": "identity",
    "x-github-api-version": "2022-11-28",
    "user-agent": "stepwire",
}


@dataclass(frozen=True, kw_only=True)
class _Reference:
    owner: str
    name: str
    number: int

    @classmethod
    def of(cls, text: str) -> Self:
        found = _REFERENCE.fullmatch(text.strip())
        if found is None:
            raise IssueError(f'"{text}" is no issue; write owner/name#number, e.g. octocat/hello-world#42.')
        return cls(owner=found[1], name=found[2], number=int(found[3]))

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}#{self.number}"

    @property
    def path(self) -> str:
        return f"/repos/{self.owner}/{self.name}/issues/{self.number}"


class GitHubIssues:
    """The Issues port. `transport` stands in for the network in tests."""

    def __init__(
        self,
        *,
        token: str | None = None,
        base_url: str = "https://api.github.com",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._headers = {**_HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}
        self._base_url = base_url
        self._transport = transport

    async def issue(self, reference: str) -> Issue:
        asked = _Reference.of(reference)
        with _explained(asked):
            async with asyncio.timeout(_SECONDS), self._client() as client:
                fields = _object(await _got(client, asked, asked.path))
                title, labels = _on_one_line(fields["title"]), _labels(fields.get("labels") or [])
                parts = [f"# {title} ({asked})"]
                parts += [f"Labels: {', '.join(labels)}"] if labels else []
                parts.append(fields.get("body") or "(no description)")
                if fields.get("comments"):
                    parts += [_comment(comment) async for comment in _comments(client, asked)]
                text = "\n\n".join(part.strip() for part in parts)
        return Issue(reference=str(asked), title=title, labels=labels, markdown=_capped(text, asked))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._base_url,
            headers=self._headers,
            timeout=httpx.Timeout(10.0),
            follow_redirects=True,
            transport=self._transport,
        )


async def _comments(client: httpx.AsyncClient, issue: _Reference) -> AsyncIterator[dict[str, Any]]:
    """All pages, oldest first, as long as there is room for them."""
    page, room, more = 1, _MOST_CHARACTERS, True
    while more and room > 0:
        response = await _got(client, issue, f"{issue.path}/comments?per_page=100&page={page}")
        comments = response.json()
        if not isinstance(comments, list):
            raise KeyError("comments")
        for comment in comments:
            room -= len(comment.get("body") or "")
            yield comment
        page, more = page + 1, "next" in response.links


async def _got(client: httpx.AsyncClient, issue: _Reference, url: str) -> httpx.Response:
    """Streamed, and never unpacked, because whoever answers may send without end.

    Raises IssueError for any answer but 200.
    """
    async with client.stream("GET", url) as streamed:
        if streamed.headers.get("content-encoding", "identity") != "identity":
            raise KeyError("identity")
        body = bytearray()
        async for chunk in streamed.aiter_bytes():
            body += chunk
            if len(body) > _LARGEST_BODY:
                raise IssueError(f"GitHub's answer for {issue} is larger than {_LARGEST_BODY // 1024 // 1024} MB.")
    kept = [(name, value) for name, value in streamed.headers.multi_items() if not name.startswith("content-")]
    response = httpx.Response(streamed.status_code, headers=kept, content=bytes(body), request=streamed.request)
    if response.status_code != 200:
        raise IssueError(_refusal(issue, response, authorized="authorization" in client.headers))
    return response


def _refusal(issue: _Reference, response: httpx.Response, *, authorized: bool) -> str:
    status = response.status_code
    if status == 429 or (status == 403 and (response.headers.get("x-ratelimit-remaining") == "0" or _wait(response))):
        token = "" if authorized else " A token (--github-token) raises the limit."
        return f"GitHub's rate limit is used up{_until(response)} (status {status}); try again later.{token}"
    match status:
        case 404:
            token = "may the token read it" if authorized else "a private one needs --github-token"
            return f"GitHub does not know {issue} (status 404): is it spelt right, and {token}?"
        case 410:
            return f"{issue} was deleted, or the repository has no issues (status 410)."
        case 401:
            return "GitHub refused the token (status 401): give a valid one with --github-token."
        case 403:
            return f"GitHub does not let stepwire read {issue} (status 403): {_said(response)}."
        case _:
            return f"GitHub answered {status} for {issue}: {_said(response)}; try again later."


def _wait(response: httpx.Response) -> str:
    return str(response.headers.get("retry-after", ""))


def _until(response: httpx.Response) -> str:
    reset, wait = response.headers.get("x-ratelimit-reset", ""), _wait(response)
    try:
        if wait:
            return f" for {int(wait)} s"
        return f" until {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return ""


def _said(response: httpx.Response) -> str:
    try:
        return str(_object(response)["message"])[:200].rstrip(".")
    except (ValueError, KeyError):
        return response.reason_phrase or "no reason given"


def _object(response: httpx.Response) -> dict[str, Any]:
    fields = response.json()
    if not isinstance(fields, dict):
        raise KeyError("object")
    return fields


def _labels(labels: list[dict[str, Any] | str]) -> tuple[str, ...]:
    """Their names; the API promises objects, or bare names."""
    names = [label if isinstance(label, str) else label["name"] for label in labels]
    return tuple(name for name in map(_on_one_line, names[:_MOST_LABELS]) if name)


def _on_one_line(text: object) -> str:
    return " ".join(str(text).split())[:_LONGEST_LINE]


def _comment(comment: dict[str, Any]) -> str:
    author = (comment.get("user") or {}).get("login") or "somebody"
    return f"## {author} wrote on {str(comment.get('created_at', ''))[:10]}\n\n{comment.get('body') or ''}"


def _capped(text: str, issue: _Reference) -> str:
    if len(text) <= _MOST_CHARACTERS:
        return text
    return f"{text[:_MOST_CHARACTERS]}\n\n(… the rest of {issue} is left out …)"


@contextmanager
def _explained(issue: _Reference) -> Iterator[None]:
    """What httpx and JSON raise, in words for whoever named the issue."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise IssueError(f"GitHub did not answer in time for {issue}; try again.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise IssueError(f"GitHub cannot be reached for {issue}: {str(error) or type(error).__name__}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IssueError(f"GitHub's answer for {issue} is not what its API promises; is --github-url right?") from error
