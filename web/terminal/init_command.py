"""`stepwire init`: first definitions, made of what OpenCode has, and what to do next. What is there is left alone."""

import asyncio
import json
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.clock import SystemClock
from adapters.opencode.identity import INSTALL
from runner.composition import known_when_ready
from runner.definitions import Known, no_models
from runner.failures import AgentError
from runner.plaintext import one_line
from web.assembly import opencode_agents
from web.settings import Settings
from web.terminal.doctor import engine_finding
from web.terminal.troubles import CannotDo

_READY_SECONDS = 10.0
_NOTHING = Known(agents={}, models=frozenset())

_AGENTS = """\
# Who does the work: each a name for steps, and the agent of OpenCode behind it.
agents:
  - name: planner
    description: Thinks first
    opencode_agent: {planner}
{model}
  - name: developer
    description: Does what was planned
    opencode_agent: {developer}
{model}
{others}"""

_TEMPLATES = """\
# What is done in which order. Start one with: stepwire run quick_fix "What is to be done"
pipelines:
  - name: quick_fix
    description: Plan, then code
    steps:
      - agent: {planner}
        description: Say in three sentences how you would do it. Change nothing.
      - agent: {developer}
        description: Do it.
  - name: careful_fix
    description: Plan, ask somebody, then code
    steps:
      - agent: {planner}
        description: Say in three sentences how you would do it. Change nothing.
      - type: approval
        description: Shall it be done like that?
      - agent: {developer}
        description: Do it.
"""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found of OpenCode, and in words what people should know of it."""

    known: Known
    said: Sequence[str]
    reachable: bool


@dataclass(frozen=True, kw_only=True)
class First:
    """What goes into the files: two agents of OpenCode's, and what else it has."""

    planner: str
    developer: str
    others: Sequence[str]
    models: Sequence[str]

    @staticmethod
    def of(known: Known) -> "First":
        """Those that every OpenCode has, unless this one does not."""
        names = sorted(known.agents)
        planner = "plan" if "plan" in names or not names else names[0]
        developer = "build" if "build" in names or not names else names[-1]
        others = [name for name in names if name not in (planner, developer)]
        return First(planner=planner, developer=developer, others=others, models=sorted(known.models))

    def agents(self) -> str:
        others = f"# OpenCode has these, too; a step may name them so: {', '.join(map(_quoted, self.others))}\n"
        return _AGENTS.format(
            planner=_quoted(self.planner),
            developer=_quoted(self.developer),
            model=_model(self.models),
            others=others if self.others else "",
        )

    def templates(self, *, named: bool) -> str:
        """`named`: by the names in our agents.yaml; one that was there may have others, so OpenCode's own are taken."""
        planner, developer = ("planner", "developer") if named else (_quoted(self.planner), _quoted(self.developer))
        return _TEMPLATES.format(planner=planner, developer=developer)


def init(settings: Settings) -> list[str]:
    """What was done and found, line by line; the last is the command to go on with.

    Raises:
        CannotDo: the files cannot be written.
    """
    looked = asyncio.run(_look(settings))
    first = First.of(looked.known)
    try:
        settings.config.mkdir(parents=True, exist_ok=True)
        agents = _write(settings.config / "agents.yaml", first.agents())
        templates = _write(settings.config / "pipelines.yaml", first.templates(named=agents.new))
    except OSError as error:
        raise CannotDo(f"{settings.config}: nothing can be written there ({error.strerror or error}).") from error
    return [agents.said, templates.said, *looked.said, "Next:", f"  {next_command(settings, looked)}"]


@dataclass(frozen=True, kw_only=True)
class _Written:
    new: bool
    said: str


def _write(path: Path, text: str) -> _Written:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return _Written(new=False, said=f"kept   {path}: it was there already.")
    return _Written(new=True, said=f"wrote  {path}")


async def _look(settings: Settings) -> Looked:
    try:
        async with opencode_agents(settings) as agents:
            health = await agents.health()
            if not health.reachable:
                return Looked(known=_NOTHING, said=[engine_finding(health).said, *_missing()], reachable=False)
            async with asyncio.timeout(_READY_SECONDS):
                known = await known_when_ready(agents, SystemClock(), None)
            lacking = [] if known.models else [no_models(None)]
            return Looked(known=known, said=[f"OpenCode: {engine_finding(health).said}", *lacking], reachable=True)
    except AgentError as error:
        said = f"OpenCode: {error.failure.message}. {error.failure.hint}"
        return Looked(known=_NOTHING, said=[said, *_missing()], reachable=False)
    except TimeoutError:
        said = f"OpenCode did not say within {_READY_SECONDS:g} s what it has: see stepwire doctor."
        return Looked(known=_NOTHING, said=[said], reachable=True)


def _missing() -> list[str]:
    if shutil.which("opencode"):
        return []
    return [f"There is no opencode on the PATH; install it: {INSTALL}"]


def _model(models: Sequence[str]) -> str:
    """The one that there is; of several OpenCode knows best which, and it is here to be said."""
    if len(models) == 1:
        return f"    default_model: {_quoted(models[0])}"
    example = _quoted(models[0]) if models else "provider/model"
    more = f", or one of {len(models) - 1} others" if models else ""
    return f"    # default_model: {example}{more}; without it OpenCode chooses"


def _quoted(name: str) -> str:
    return json.dumps(one_line(name), ensure_ascii=False)


def next_command(settings: Settings, looked: Looked) -> str:
    """What serves these definitions."""
    defaults = Settings.model_fields
    parts = ["stepwire serve"]
    if settings.config != defaults["config"].default:
        parts.append(f"--config {shlex.quote(str(settings.config))}")
    if settings.opencode_url != defaults["opencode_url"].default:
        parts.append(f"--opencode-url {settings.opencode_url}")
    elif not looked.reachable:
        # It needs nothing that is not there once OpenCode is installed.
        parts.append("--opencode-url spawn")
    return " ".join(parts)
