"""What can be wrong with the names that an attempt is given, in words: of a directory, of an agent, of a model."""

import os
from collections.abc import Iterable
from pathlib import Path

from runner.definitions import no_such_agent, no_such_model
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure

# Answers of OpenCode that cannot be used: asked about a name, it has said neither yes nor no.
SAYS_NOTHING = (
    FailureKind.EMPTY_BODY,
    FailureKind.INVALID_BODY,
    FailureKind.UNEXPECTED_SHAPE,
    FailureKind.ENGINE_ERROR,
)
_LISTED = 30


def problem_with(directory: Path) -> str | None:
    """Why nobody can work there, as the rest of a sentence; None: somebody can."""
    try:
        if not directory.exists():
            return "does not exist"
        if not directory.is_dir():
            return "is not a directory but a file"
    except OSError as error:
        return f"cannot be read ({(error.strerror or str(error)).lower()})"
    return None if os.access(directory, os.R_OK | os.X_OK) else "cannot be read (permission denied)"


def is_same(asked: str, taken: str) -> bool:
    """Whether both lead to one directory, links and all."""
    try:
        return Path(asked).samefile(taken)
    except OSError:
        return False


def another_directory(asked: str, taken: str) -> Failure:
    return failure(
        FailureKind.DIRECTORY_MISSING,
        f"OpenCode took another directory: {taken} instead of {asked}",
        hint="OpenCode reads % with two hexadecimal digits in a name as one character. Rename the directory, "
        "then start the pipeline again with its new name.",
    )


def unknown_agent(agent: str, directory: str | None, agents: Iterable[str]) -> Failure:
    return failure(FailureKind.UNKNOWN_AGENT, no_such_agent(f'"{agent}"', agents, directory).removesuffix("."))


def unknown_model(model: str, models: frozenset[str]) -> Failure:
    provider = model.partition("/")[0]
    of_provider = sorted(name for name in models if name.startswith(f"{provider}/"))
    listed = of_provider or sorted(models)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    there_are = ", ".join(listed[:_LISTED]) + more if listed else "none"
    said = no_such_model(model).removesuffix(".")
    return failure(FailureKind.UNKNOWN_MODEL, said, detail=f"There are: {there_are}")
