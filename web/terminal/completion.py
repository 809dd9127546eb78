"""What a shell offers in the place of an id, a template or a model: asked from the server, nothing when it is slow.

Each takes what stands there so far, and gives what may stand there, with what it is.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import typer

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_documents import Item

_SECONDS = 2.0

Offers: TypeAlias = list[tuple[str, str]]


def pipelines(ctx: typer.Context, incomplete: str) -> Offers:
    return _offers(incomplete, ((pipeline["id"], _about(pipeline)) for pipeline in _pipelines(ctx)))


def steps(ctx: typer.Context, incomplete: str) -> Offers:
    """Of pipelines that have not succeeded; these, too, as they stand for the step that they have come to."""
    return _offers(incomplete, _unfinished(ctx))


def permissions(ctx: typer.Context, incomplete: str) -> Offers:
    return _offers(incomplete, _attention(ctx, "PERMISSION"))


def questions(ctx: typer.Context, incomplete: str) -> Offers:
    return _offers(incomplete, _attention(ctx, "QUESTION"))


def approvals(ctx: typer.Context, incomplete: str) -> Offers:
    asked = ((step["approval"], pipeline) for pipeline, step in _steps(ctx) if step["approval"])
    return _offers(
        incomplete, ((asked["id"], _about(pipeline)) for asked, pipeline in asked if asked["status"] == "PENDING")
    )


def failures(ctx: typer.Context, incomplete: str) -> Offers:
    failed = (step["failure"] for _, step in _steps(ctx) if step["failure"])
    return _offers(incomplete, ((failure["id"], failure["message"]) for failure in failed))


def templates(ctx: typer.Context, incomplete: str) -> Offers:
    known = _told(ctx, api_documents.TEMPLATES).get("templates", [])
    return _offers(incomplete, ((template["name"], template["description"]) for template in known))


def models(ctx: typer.Context, incomplete: str) -> Offers:
    """Those that OpenCode has in the directory that was named, or else where it was started; then those in use.

    The latter also where OpenCode cannot be asked.
    """
    directory = ctx.params.get("directory")
    there = None if directory is None else str(Path(directory).expanduser().absolute())
    there_are = _told(ctx, api_documents.MODELS, {"directory": there}).get("models") or []
    told = _told(ctx, api_documents.TEMPLATES)
    named = [agent["model"] for agent in told.get("agents", [])]
    named += [step["model"] for template in told.get("templates", []) for step in template["steps"]]
    named += [step["model"] for _, step in _steps(ctx)]
    found = dict.fromkeys([model["name"] for model in there_are] + sorted(filter(None, named)))
    return _offers(incomplete, ((model, "") for model in found))


def _unfinished(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    for pipeline in _pipelines(ctx):
        if pipeline["status"] != "SUCCEEDED":
            yield pipeline["id"], _about(pipeline)
            for step in pipeline["steps"]:
                yield step["id"], f"{_about(pipeline)}, step {step['position'] + 1} {step['agent'] or 'approval'}"


def _attention(ctx: typer.Context, kind: str) -> Iterator[tuple[str, str]]:
    for _, step in _steps(ctx):
        yield from ((known["id"], known["message"]) for known in step["attention"] if known["kind"] == kind)


def _steps(ctx: typer.Context) -> Iterator[tuple[Item, Item]]:
    return ((pipeline, step) for pipeline in _pipelines(ctx) for step in pipeline["steps"])


def _pipelines(ctx: typer.Context) -> Iterable[Item]:
    """Those that have not ended, then the newest of all."""
    told = _told(ctx, api_documents.OFFERS)
    known = [pipeline for pages in told.values() for pipeline in pages["nodes"]]
    return {pipeline["id"]: pipeline for pipeline in known}.values()


def _told(ctx: typer.Context, document: str, variables: Mapping[str, str | None] | None = None) -> Item:
    """Nobody wants to read in the middle of a line why nothing can be offered."""
    from web.terminal.api_client import Lost
    from web.terminal.arguments import client_of
    from web.terminal.troubles import expected

    async def asked() -> Item:
        async with asyncio.timeout(_SECONDS):
            return await client_of(ctx.params.get("url"), ctx.params.get("token")).ask(document, variables)

    try:
        return asyncio.run(asked())
    except (Lost, TimeoutError):
        return {}
    except expected():
        return {}


def _about(pipeline: Item) -> str:
    return f"{pipeline['status'].lower()}: {pipeline['title']}"


def _offers(incomplete: str, known: Iterable[tuple[str, str]]) -> Offers:
    return [(one_line(word), one_line(about)) for word, about in known if word.startswith(incomplete)]
