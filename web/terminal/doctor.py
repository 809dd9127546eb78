"""`stepwire doctor`: what would keep a pipeline from running, each line ok or what to do."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from adapters.catalog import YamlCatalog
from adapters.clock import SystemClock
from adapters.database import DatabaseUnusable, open_reads
from adapters.database.engines import file_of
from adapters.github import GitHubIssues
from adapters.json_schema import JsonSchemas
from runner.agents import Agents
from runner.composition import Composer, StartRequest, known_when_ready
from runner.definitions import Definitions
from runner.directories import WorkingDirectories
from runner.engine_health import EngineHealth, EngineSupport
from runner.failures import AgentError
from runner.model import Actor
from runner.outcomes import InvalidInput
from runner.placed import PlacedAgents
from runner.plaintext import one_line
from runner.redacted import RedactedAgents
from runner.redaction import Redactor
from web.assembly import opencode_agents
from web.binding import binding_of
from web.settings import Settings
from web.terminal.screen import new_console

_READY_SECONDS = 10.0
_SUPPORT: Mapping[EngineSupport, str] = {
    EngineSupport.TESTED: "tested",
    EngineSupport.EXPECTED: "expected to work",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, and what is wrong with it and what to do; None: nothing."""

    about: str
    said: str
    wrong: bool = False


async def print_findings(settings: Settings, directory: Path | None) -> bool:
    """Whether nothing is wrong."""
    console, healthy = new_console(), True
    async for finding in findings(settings, directory):
        word, style = ("wrong", "bold red") if finding.wrong else ("ok   ", "green")
        line = Text.assemble((f"{word}  ", style), (f"{finding.about}: ", "bold"), one_line(finding.said))
        console.print(line, soft_wrap=True)
        healthy = healthy and not finding.wrong
    return healthy


async def findings(settings: Settings, directory: Path | None) -> AsyncIterator[Finding]:
    yield Finding(about="settings", said=settings.announcement or "read")
    yield await _database(settings)
    if directory:
        yield await asyncio.to_thread(_directory, settings, directory)
    catalog = YamlCatalog(settings.config, clock=SystemClock(), changed=_nobody)
    await catalog.reload()
    for finding in _definitions(settings, catalog.definitions()):
        yield finding
    yield Finding(about="approvals", said=(await asyncio.to_thread(binding_of, settings)).message)
    async for finding in _engine(settings, catalog, str(directory) if directory else None):
        yield finding


async def _nobody(definition: str, change: str) -> None: ...


async def _database(settings: Settings) -> Finding:
    try:
        file = file_of(settings.database_url)
        if not file.exists():
            return Finding(about="database", said=f"{file} will be made at the first start")
        async with open_reads(settings.database_url):
            return Finding(about="database", said=str(file))
    except DatabaseUnusable as error:
        return Finding(about="database", said=f"{error}.", wrong=True)


def _directory(settings: Settings, directory: Path) -> Finding:
    if not directory.is_dir():
        return Finding(about="directory", said=f"{directory} does not exist, or is none.", wrong=True)
    if not any(directory.resolve().is_relative_to(Path(root).resolve()) for root in settings.directory_root):
        said = f"{directory.resolve()} is outside of where pipelines may work: add it with --directory-root."
        return Finding(about="directory", said=said, wrong=True)
    return Finding(about="directory", said=str(directory))


def _definitions(settings: Settings, definitions: Definitions) -> list[Finding]:
    """Problems of the files, or how much there is."""
    problems = [
        Finding(about=f"{problem.file}:{problem.line or 1}", said=problem.message, wrong=True)
        for problem in definitions.problems
    ]
    if not definitions.templates and not problems:
        said = f"no templates in {settings.config}: write some in pipelines.yaml there, or name a folder with --config"
        return [Finding(about="definitions", said=said)]
    agents, templates = _count(definitions.agents, "agent"), _count(definitions.templates, "template")
    counted = f"{agents}, {templates} in {settings.config}"
    return [*problems, Finding(about="definitions", said=counted)]


async def _engine(settings: Settings, catalog: YamlCatalog, directory: str | None) -> AsyncIterator[Finding]:
    redactor = Redactor(settings.secrets)
    opened, directories = opencode_agents(settings), WorkingDirectories(settings.directory_root)
    try:
        async with opened as agents:
            placed = PlacedAgents(RedactedAgents(agents, redactor), directories)
            async for finding in _asked(settings, placed, catalog, redactor, directory):
                yield finding
    except AgentError as error:
        yield _failed("OpenCode", error)


async def _asked(
    settings: Settings, agents: Agents, catalog: YamlCatalog, redactor: Redactor, directory: str | None
) -> AsyncIterator[Finding]:
    health = await agents.health()
    yield engine_finding(health)
    if not health.reachable:
        return
    yield await _known(agents, directory)
    composer = Composer(
        catalog=catalog,
        agents=agents,
        issues=GitHubIssues(base_url=settings.github_url),
        clock=SystemClock(),
        redactor=redactor,
        schemas=JsonSchemas(),
        directory_roots=settings.directory_root,
    )
    # Where a directory is demanded and none is asked about, the templates are judged as in the first root.
    root = next((root for root in settings.directory_root if root != "/"), None)
    for name in catalog.definitions().templates:
        yield await _template(composer, name, directory or root)


def engine_finding(health: EngineHealth) -> Finding:
    """What answers, and how far it can be worked with; its own message says what to do."""
    if not health.reachable:
        return Finding(about="OpenCode", said=health.message or f"cannot be used at {health.url}.", wrong=True)
    said = f"version {health.version} at {health.url}"
    if health.message:
        return Finding(about="OpenCode", said=f"{said}. {health.message}")
    support = _SUPPORT.get(health.support) if health.support else None
    return Finding(about="OpenCode", said=f"{said}, {support}" if support else said)


async def _known(agents: Agents, directory: str | None) -> Finding:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            known = await known_when_ready(agents, SystemClock(), directory)
    except AgentError as error:
        return _failed("agents and models", error)
    except TimeoutError:
        said = f"none within {_READY_SECONDS:g} s: check that opencode.json is valid, and look into OpenCode's log."
        return Finding(about="agents and models", said=said, wrong=True)
    wrong = not known.models
    none = "no model: configure a provider in OpenCode, and check that opencode.json is valid."
    models = none if wrong else _count(known.models, "model")
    return Finding(about="agents and models", said=f"{_count(known.agents, 'agent')}, {models}", wrong=wrong)


def _failed(about: str, error: AgentError) -> Finding:
    return Finding(about=about, said=f"{error.failure.message}. {error.failure.hint}", wrong=True)


async def _template(composer: Composer, name: str, directory: str | None) -> Finding:
    """As starting it would find it, of every step; nothing is started."""
    request = StartRequest(template=name, prompt="Would it start?", directory=directory)
    outcome = await composer.compose(request, Actor(name="doctor"))
    if isinstance(outcome, InvalidInput):
        place = ".".join(outcome.field[1:])
        return Finding(about=f"template {name}", said=f"{outcome.message} ({place or 'template'})", wrong=True)
    return Finding(about=f"template {name}", said=_count(outcome.steps, "step"))


def _count(things: Sized, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
