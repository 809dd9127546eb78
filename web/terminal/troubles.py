"""What ends a command early, in words for whoever typed it."""

import sys


class CannotDo(Exception):
    """It could not be done; the text says why and what to do."""


def complain(message: str) -> None:
    """What is wrong, on stderr."""
    print(f"stepwire: {message}", file=sys.stderr, flush=True)
