"""What ends a command early, in words for whoever typed it."""

import sys


class CannotDo(Exception):
    """It could not be done; the text says why and what to do."""


def expected() -> tuple[type[Exception], ...]:
    """All that ends in a line on stderr and no traceback; asked when something was raised, as settings cost time."""
    from web.settings import BadSetting

    return BadSetting, CannotDo


def complain(message: str) -> None:
    """What is wrong, on stderr."""
    print(f"stepwire: {message}", file=sys.stderr, flush=True)
