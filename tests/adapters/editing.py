"""A folder of definitions as people write them, its editor, and what was told: for the tests of editing."""

from collections.abc import Iterable
from difflib import ndiff
from pathlib import Path

from adapters.catalog import YamlCatalog, YamlEditor
from adapters.clock import SystemClock
from runner.definitions import Agent, Template, asked_for
from runner.model import Actor, StepPlan

SAM = Actor(name="sam")
AGENTS = """\
# Who works here.
agents:
  # The planner.
  - name: architect   # of all
    description: Plans the change
    colour: red

  - {name: developer, opencode_agent: build}  # short

  - name: 'reviewer'
    opencode_agent: explore
    system_prompt_additions: |
      Read it twice.
      Say what is missing.
# That is all.
"""
TEMPLATES = """\
pipelines:
  - name: quick_fix   # the usual
    description: One change
    steps:
      # First think.
      - agent: architect
        model: acme/large     # the good one
        handoff: required
        mine: kept
      - {agent: developer, timeout_seconds: 60}
      # Then decide.
      - type: approval
        remind_after_hours: 1.5

  - name: small
    steps: [{agent: developer}, {type: approval}]
other: stays
"""


def a_template(name: str, steps: Iterable[StepPlan], description: str = "") -> Template:
    return Template(name=name, description=description, steps=tuple(steps))


class Folder:
    """A folder of definitions, its editor, and what was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[tuple[str, str, str | None]] = []
        self.catalog = YamlCatalog(path, clock=SystemClock(), changed=self._changed)
        self.editor = YamlEditor(self.catalog, edited=self._edited)

    async def _changed(self, definition: str, change: str) -> None:
        self.told.append((definition, change, None))

    async def _edited(self, definition: str, change: str, actor: Actor) -> None:
        self.told.append((definition, change, actor.name))

    async def load(self) -> "Folder":
        await self.catalog.reload()
        self.told.clear()
        return self

    def agent(self, name: str) -> Agent:
        return self.catalog.definitions().agents[name]

    def template(self, name: str) -> Template:
        return self.catalog.definitions().templates[name]

    def steps(self, name: str) -> list[StepPlan]:
        """As a person would ask for them."""
        return [asked_for(plan) for plan in self.catalog.definitions().templates[name].steps]

    def text(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def diff(self, name: str, before: str) -> list[str]:
        """Lines that went and lines that came."""
        lines = ndiff(before.splitlines(), self.text(name).splitlines())
        return [line for line in lines if line[0] in "-+"]
