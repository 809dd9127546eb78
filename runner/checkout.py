"""The branch of a working directory: whether it is there, and switched to only where nobody is at work."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from runner.model import Pipeline
from runner.outcomes import UnknownBranch
from runner.ports import BranchError, Branches

_NAME = re.compile(r"(?!-)[^\s\x00-\x1f\x7f~^:?*\[\\]+")
_LONGEST_NAME = 250
_NEAR = 3


def is_branch_name(name: str) -> bool:
    """Whether it may be one, as far as its form tells."""
    return len(name) <= _LONGEST_NAME and bool(_NAME.fullmatch(name))


class Checkout:
    """Looks after branches, where `branches` are checked out at all; else they are only told to agents."""

    def __init__(self, branches: Branches | None) -> None:
        self._branches = branches

    def switches(self, pipeline: Pipeline) -> bool:
        """Whether a branch is checked out for it."""
        return self._branches is not None and pipeline.branch is not None and pipeline.directory is not None

    async def check(self, directory: str | None, branch: str) -> None:
        """Raises BranchError where it could not be switched to, whether it is there or not."""
        if self._branches is None:
            return
        if directory is None:
            raise BranchError("A branch is checked out in a directory: name it.")
        await self._branches.check(directory, branch)

    async def missing(self, pipeline: Pipeline) -> UnknownBranch | None:
        """That its branch is not there, with those that may have been meant. Raises BranchError."""
        if self._branches is None or pipeline.branch is None or pipeline.directory is None:
            return None
        there_are = await self._branches.names(pipeline.directory)
        if pipeline.branch in there_are:
            return None
        near = _near(pipeline.branch, there_are)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        message = f'There is no branch "{pipeline.branch}" in {pipeline.directory}.{meant} It can be created from here.'
        return UnknownBranch(message=message, branch=pipeline.branch, near=near)

    async def prepare(self, pipeline: Pipeline, others: Sequence[Pipeline] = ()) -> str | None:
        """Has its branch checked out, but not under `others` in its directory; what was in the way, if anything."""
        if self._branches is None or pipeline.branch is None or pipeline.directory is None:
            return None
        try:
            current = await self._branches.current(pipeline.directory)
            if others and current != pipeline.branch:
                return _under_others(pipeline.directory, current, pipeline.branch, others[0])
            await self._branches.check_out(pipeline.directory, pipeline.branch)
        except BranchError as error:
            return str(error)
        return None


def _near(wanted: str, there_are: Sequence[str]) -> tuple[str, ...]:
    """The likeliest first; upper and lower case are mistaken for each other most easily."""
    folded = {name.casefold(): name for name in there_are}
    return tuple(folded[name] for name in get_close_matches(wanted.casefold(), folded, n=_NEAR))


def _under_others(directory: str, current: str, branch: str, other: Pipeline) -> str:
    there = f'on the branch "{current}"' if current else "on no branch"
    return (
        f'“{other.title}” is at work in {directory}, {there}: it cannot be switched to "{branch}" meanwhile. '
        "Wait until it has ended, or choose another directory."
    )
