"""How long what a person types may be; what is longer is refused where it was typed, and nothing is cut."""

from collections.abc import Iterator

from runner.outcomes import InvalidInput

NAME = 200
WORDS = 20_000
INSTRUCTIONS = 100_000
PATH = 4096
PROMPT = 1_000_000
STEPS = 100


def too_long(text: str | None, most: int, *path: str) -> Iterator[InvalidInput]:
    """At most one problem: the text at that path has more characters than it may."""
    if text is not None and len(text) > most:
        yield InvalidInput(message=f"It has {len(text):,} characters; {most:,} are the most.", field=path)
