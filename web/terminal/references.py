"""What an id on the command line means: a pipeline or something in one, by any beginning that only one of them has.

Ids of what lies in a pipeline go on where the pipeline's ends: `pip_K`, its step `stp_K_0`, that step's failure
`fai_K_0_1`. So K alone finds them all, and what stands before it only tells people what they look at.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import islice
from typing import TypeAlias

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.lines import place
from web.terminal.troubles import CannotDo

# More than these nobody means: they write more of the id first.
_MOST = 10
_ENDED_WELL = ("SUCCEEDED", "SKIPPED")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was meant, and the pipeline and step that it is in; no step where the pipeline itself is meant."""

    id: str
    pipeline: Item
    step: Item | None = None

    def __str__(self) -> str:
        title = one_line(self.pipeline["title"], 60)
        return f"{title}, {place(self.step)}" if self.step else title


_Parts: TypeAlias = Callable[[Item], Iterator[Found]]


class References:
    """Finds what a person wrote where a command says ID. Raises CannotDo where that is nothing, or several things."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def pipeline(self, text: str) -> Found:
        """A pipeline, by its own id or by that of anything in it."""
        return await self._the("pipeline", text, lambda pipeline: iter([Found(id=pipeline["id"], pipeline=pipeline)]))

    async def step(self, text: str) -> Found:
        """A step, by its own id or by that of anything in it; of a pipeline, the one at which it stands."""
        if "_" in _key(text):
            return await self._the("step", text, _steps)
        return await self._the("unfinished step", text, _standing)

    async def attention(self, text: str, kind: str) -> Found:
        """What an agent asks, PERMISSION or QUESTION; what is no longer asked, too: stepwire says who was faster."""
        return await self._the(f"open {kind.lower()}", text, partial(_attention, text, kind))

    async def approval(self, text: str) -> Found:
        """An approval; of a pipeline or a step, the one that is open, and else whatever was decided there."""
        return await self._the("approval", text, partial(_approvals, text))

    async def failure(self, text: str) -> Found:
        """A failure; of a pipeline or a step, the newest there."""
        if _key(text).count("_") > 1:
            return await self._the("failure", text, _failures)
        return await self._the("failure", text, lambda pipeline: iter(_related(text, [*_failures(pipeline)])[-1:]))

    async def _the(self, what: str, text: str, parts: _Parts) -> Found:
        pipelines = await self._pipelines(text)
        found = _related(text, [part for pipeline in pipelines for part in parts(pipeline)])
        if len(found) > 1:
            raise CannotDo(_ambiguous(text, found))
        if not found:
            raise CannotDo(await self._unknown(what, text, pipelines))
        return found[0]

    async def _pipelines(self, text: str) -> list[Item]:
        """Those whose id begins as the text does, as they stand; when it goes on behind the whole id, that one."""
        key = _key(text)
        if whole := await self._opened(f"pip_{key.partition('_')[0]}"):
            return [whole]
        known = [pipeline async for pipeline in self._known() if key and _key(pipeline["id"]).startswith(key)]
        if len(known) > _MOST:
            raise CannotDo(_ambiguous(text, [Found(id=pipeline["id"], pipeline=pipeline) for pipeline in known]))
        opened = [await self._opened(pipeline["id"]) for pipeline in known]
        return [pipeline for pipeline in opened if pipeline]

    async def _opened(self, pipeline_id: str) -> Item | None:
        pipeline: Item | None = (await self._client.told(api_documents.STANDING, {"id": pipeline_id}))["pipeline"]
        return pipeline

    async def _known(self) -> AsyncIterator[Item]:
        after, more = None, True
        while more:
            page = (await self._client.told(api_documents.TITLES, {"after": after}))["pipelines"]
            for pipeline in page["nodes"]:
                yield pipeline
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    async def _unknown(self, what: str, text: str, pipelines: Sequence[Item]) -> str:
        said = f'There is no {what} "{one_line(text, 60)}"'
        if pipelines:
            return f"{said} in {_named(pipelines[:3])}; see stepwire show {pipelines[0]['id']}."
        known = {pipeline["id"]: pipeline async for pipeline in self._known()}
        nearest = [known[id] for id in get_close_matches(f"pip_{_key(text).partition('_')[0]}", known, n=3)]
        wanted = text.strip().casefold()
        nearest += [known[id] for id in known if wanted and wanted in known[id]["title"].casefold()]
        if not nearest:
            return f"{said}; stepwire ps lists what there is."
        return f"{said}; the nearest: {_named(nearest[:3])}."


def _approvals(text: str, pipeline: Item) -> Iterator[Found]:
    known = [
        (Found(id=step["approval"]["id"], pipeline=pipeline, step=step), step["approval"]["status"])
        for step in pipeline["steps"]
        if step["approval"]
    ]
    exact = [found for found, _ in known if _key(found.id) == _key(text)]
    still_open = [found for found, status in known if status == "PENDING"]
    yield from exact or still_open or (found for found, _ in known)


def _attention(text: str, kind: str, pipeline: Item) -> Iterator[Found]:
    known = [
        Found(id=attention["id"], pipeline=pipeline, step=step)
        for step in pipeline["steps"]
        for attention in step["attention"]
        if attention["kind"] == kind
    ]
    whole, inside = text.strip(), _key(text).count("_") > 1
    if whole.startswith("att_") and inside and not _related(text, known):
        yield from (Found(id=whole, pipeline=pipeline, step=step.step) for step in _related(text, [*_steps(pipeline)]))
    yield from known


def _steps(pipeline: Item) -> Iterator[Found]:
    return (Found(id=step["id"], pipeline=pipeline, step=step) for step in pipeline["steps"])


def _standing(pipeline: Item) -> Iterator[Found]:
    """The step at which it stands; none when all have ended well."""
    return islice((found for found in _steps(pipeline) if found.step and found.step["status"] not in _ENDED_WELL), 1)


def _failures(pipeline: Item) -> Iterator[Found]:
    return (
        Found(id=attempt["failure"]["id"], pipeline=pipeline, step=step)
        for step in pipeline["steps"]
        for attempt in step["attempts"]
        if attempt["failure"]
    )


def _key(id: str) -> str:
    """The id without what says of which kind it is."""
    kind, mark, rest = id.strip().partition("_")
    return rest if mark and kind.isalpha() else id.strip()


def _related(text: str, parts: Sequence[Found]) -> list[Found]:
    """Those that are meant: the one of that id, or those in it, or around it; failing these, those that begin so."""
    key = _key(text)
    whole = [part for part in parts if _inside(_key(part.id), key) or _inside(key, _key(part.id))]
    return (
        [part for part in whole if _key(part.id) == key]
        or whole
        or [part for part in parts if _key(part.id).startswith(key)]
    )


def _inside(key: str, around: str) -> bool:
    return f"{key}_".startswith(f"{around}_")


def _ambiguous(text: str, found: Sequence[Found]) -> str:
    lines = [f'"{one_line(text, 60)}" may be one of {len(found)}; write more of its id:']
    lines += [f"  {part.id}  {part.pipeline['status'].lower():9}  {part}" for part in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"  and {len(found) - _MOST} more")
    return "\n".join(lines)


def _named(pipelines: Sequence[Item]) -> str:
    return ", ".join(f"{pipeline['id']} “{one_line(pipeline['title'], 60)}”" for pipeline in pipelines)
