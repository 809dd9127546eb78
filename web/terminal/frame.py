"""A box around what a server says when it listens, for the person before the terminal."""

import io
import shutil
import textwrap
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout

_SIDES = len("│  │")


def framed(announce: Callable[[str], None], *more: str) -> Callable[[str], None]:
    """The same, with the lines that it prints, and more, in a box."""

    def announce_framed(url: str) -> None:
        said = io.StringIO()
        with redirect_stdout(said):
            announce(url)
        lines = [*said.getvalue().splitlines(), *more]
        print("\n".join(boxed(lines, shutil.get_terminal_size().columns)), flush=True)

    return announce_framed


def boxed(lines: Sequence[str], columns: int) -> list[str]:
    """The lines in a box; one without sides where they do not fit, for a broken address cannot be opened."""
    wrapped = [part for line in lines for part in _wrapped(line, columns - _SIDES)]
    width = max(len(line) for line in wrapped)
    if width > columns - _SIDES:
        return ["─" * columns, *lines, "─" * columns]
    middle = [f"│ {line:{width}} │" for line in wrapped]
    return [f"╭{'─' * (width + 2)}╮", *middle, f"╰{'─' * (width + 2)}╯"]


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]
