"""The demo: a server on a throw-away folder, scripted agents, and pipelines that begin one after the other."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from runner.composition import StartRequest
from runner.model import Actor
from runner.outcomes import InvalidInput
from web.assembly import Parts, owner_name


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A pipeline of the demo, and how many seconds after the one before it begins."""

    after: float
    template: str
    prompt: str


SCENES: Sequence[Scene] = (
    Scene(after=0.5, template="quick_fix", prompt="The login form loses what was typed when the phone is turned"),
    Scene(after=1.0, template="wrong_key", prompt="Signing in with an e-mail address in capitals fails"),
    Scene(after=1.5, template="needs_permission", prompt="Remove what old builds left behind"),
    Scene(after=2.0, template="rate_limited", prompt="Call the module parser what it is: tokenizer"),
    Scene(after=2.0, template="full_feature", prompt="Let people choose a dark theme"),
    Scene(after=3.0, template="second_try", prompt="The test of the export fails one time in five"),
    Scene(after=3.0, template="too_slow", prompt="Searching takes seconds when there are many notes"),
    Scene(after=3.0, template="has_a_question", prompt="Keep people signed in for a week"),
    Scene(after=4.0, template="empty_answer", prompt="Explain how the parser treats nested lists"),
    Scene(after=4.0, template="silent", prompt="Review everything that changed since the last release"),
    Scene(after=4.0, template="overloaded", prompt="Upgrade to the new version of the framework"),
    Scene(after=4.0, template="broken_helper", prompt="Draw which module imports which"),
    Scene(after=4.0, template="runs_in_circles", prompt="Tidy up the folder of scripts"),
    Scene(after=6.0, template="quick_fix", prompt="The export writes dates in the wrong time zone"),
)


def demo_settings(folder: Path) -> Mapping[str, object]:
    """What the demo sets, all of it below `folder`; its limits are short, so that one sees them reached."""
    return {
        "database_url": f"sqlite+aiosqlite:///{folder / 'stepwire.db'}",
        "config": folder / "stepwire",
        "opencode_url": "scripted",
        "stall_timeout": 15,
        "retry_delay": 4,
        "max_turns": 25,
        "max_pipelines": 20,
        "trust_all": True,
    }


def prepare(folder: Path) -> None:
    """Puts the sample definitions where they can be read, and edited."""
    (folder / "stepwire").mkdir()
    for name in ("agents.yaml", "pipelines.yaml"):
        with as_file(files(__package__) / name) as sample:
            shutil.copy(sample, folder / "stepwire" / name)


async def start_pipelines(parts: Parts, scenes: Sequence[Scene] = SCENES) -> None:
    """Starts the pipelines of the demo at their times, beside the server."""
    for scene in scenes:
        await asyncio.sleep(scene.after)
        request = StartRequest(template=scene.template, prompt=scene.prompt)
        outcome = await parts.commands.start_pipeline(request, Actor(name=owner_name()))
        if isinstance(outcome, InvalidInput):
            raise RuntimeError(f"the demo's {scene.template} cannot be started: {outcome.message}")
