"""What the runner needs from outside, each as a small Protocol: adapters implement them, fakes stand in for them.

The two large ones have modules of their own: `agents` who does the work, `journal` where all of it is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from runner.definitions import Agent, Definitions, Template
from runner.file_changes import FileChanges
from runner.model import Actor, PipelineId
from runner.outcomes import InvalidInput, NotAllowed, NotFound
from runner.principals import Token
from runner.versions import EditConflict


class TokenStore(Protocol):
    """The named tokens, each change with its TokenChanged event; also changed by other processes."""

    async def all(self) -> Sequence[Token]:
        """By name, expired ones included."""

    async def add(self, token: Token) -> bool:
        """Whether it is kept: no other has its name. Its maker is the event's actor."""

    async def revoke(self, name: str, actor: Actor, at: datetime) -> bool:
        """Whether there was one of that name; it is gone."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A GitHub issue; `markdown` holds all of it, the title and labels included. Whoever wrote it may be anybody."""

    reference: str
    title: str
    markdown: str
    labels: tuple[str, ...] = ()


class IssueError(Exception):
    """The issue cannot be had; the text says why and what to do."""


class Issues(Protocol):
    """Where GitHub issues come from."""

    async def issue(self, reference: str) -> Issue:
        """owner/name#number: title and labels, each on one line, body and comments.

        Raises:
            IssueError: the reference is malformed, or the issue cannot be fetched.
        """


class BranchError(Exception):
    """The branch cannot be checked out; the text says why and what to do."""


class Branches(Protocol):
    """The version control of working directories."""

    async def current(self, directory: str) -> str:
        """The branch that is checked out there, empty where none is. Raises BranchError."""

    async def names(self, directory: str) -> Sequence[str]:
        """What can be switched to: its own branches and those of its remotes, once each. Raises BranchError."""

    async def check(self, directory: str, branch: str) -> None:
        """Raises BranchError when `check_out` would be refused: no repository, not clean, no name for a branch."""

    async def check_out(self, directory: str, branch: str) -> None:
        """Switches to the branch, made from where the directory stands if there is none. Raises BranchError."""


class TreeError(Exception):
    """What was changed in a directory cannot be told; the text says why, as a sentence."""


class Trees(Protocol):
    """What the files of working directories were, and what has become of them. `key` is an attempt's own."""

    async def remember(self, key: str, directory: str, title: str) -> None:
        """Keeps what the files are now, or else what was kept under that key before; `title` is for others there.

        Raises TreeError.
        """

    async def changes(self, key: str, directory: str) -> FileChanges:
        """What has changed since it was remembered, long diffs included. Raises TreeError."""

    async def forget(self, key: str) -> None:
        """Nothing of it is needed any more. Never raises."""


class Catalog(Protocol):
    """Agents and templates as the files define them now."""

    def definitions(self) -> Definitions: ...


class Editor(Protocol):
    """Changes the definitions in their files, whose comments and order stay; what it is given was judged before.

    `based_on` is the revision that the person has seen; where there is another by now, it is an EditConflict.
    """

    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> Agent | InvalidInput | NotAllowed | EditConflict:
        """Creates it, or changes the one called `name`; another name in `agent` renames it, in the templates too."""

    async def delete_agent(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        """Its name, when it is gone; refused while templates use it."""

    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> Template | InvalidInput | NotAllowed | EditConflict:
        """As `save_agent`."""

    async def delete_template(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        """Its name, when it is gone; pipelines that were started from it keep what they began with."""


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC, cut to milliseconds; never earlier than it was said before, whatever becomes of the machine's clock."""

    async def sleep_until(self, at: datetime) -> None: ...


class Dispatcher(Protocol):
    """Gives pipelines to whoever runs them."""

    def launch(self, pipeline_id: PipelineId) -> None:
        """It is, or soon will be, run; launching one that runs already changes nothing, except that it looks anew."""

    def interrupt(self, pipeline_id: PipelineId) -> None:
        """Whoever runs it stops and cleans up behind it; what it did wrong or why it ends is stored already."""
