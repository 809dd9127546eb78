"""The printed schema that the project commits: what clients and their code generators are built on."""

from difflib import unified_diff
from pathlib import Path

import schema
from resolvers.api import build_schema

COMMITTED = Path(schema.__file__).with_name("schema.graphql")


def print_schema() -> str:
    """The schema as the code has it now."""
    return build_schema().as_str() + "\n"


def difference() -> str:
    """What the committed schema lacks or has too much, as a diff; empty when it is the code's own."""
    committed = COMMITTED.read_text(encoding="utf-8") if COMMITTED.exists() else ""
    lines = unified_diff(
        committed.splitlines(keepends=True), print_schema().splitlines(keepends=True), "committed", "printed now"
    )
    return "".join(lines)


def write_schema() -> None:
    COMMITTED.write_text(print_schema(), encoding="utf-8")
