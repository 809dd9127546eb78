"""Whoever follows a checklist of CONTRIBUTING forgets no file: what knows most of its kind is led to.

Nothing is added here. A file in which most kinds of failure (mutations, settings, columns) are named is one that has
to hear of the next; the checklist names it, its folder, or the command that writes it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from graphql import GraphQLObjectType, build_schema

from adapters.database.tables import metadata
from runner.failure_kinds import FailureKind
from web.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("runner", "adapters", "schema", "resolvers", "web", "alembic", "scripts", "docs")
SUFFIXES = {".py", ".graphql", ".ts", ".tsx", ".md"}
NOT_OURS = {"node_modules", "static", "_migrations", "tests"}
WRITERS: Mapping[str, Sequence[str]] = {
    "stepwire schema --write": ["schema/schema.graphql"],
    "npm run generate": ["web/client/src/generated/gql.ts", "web/client/src/generated/graphql.ts"],
    "-m scripts.write_failure_table": ["docs/failures.md"],
    "revision --autogenerate": ["alembic/versions/"],
}
MOST = 2 / 3


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """`members` are what there is of the kind now, each by every name that it has somewhere."""

    heading: str
    members: Sequence[frozenset[str]]

    def leads_to(self, file: str) -> bool:
        """Whether one of its steps names the file, a folder around it, or a command that writes it."""
        steps = _section(self.heading)
        written = [path for command, paths in WRITERS.items() if command in steps for path in paths]
        named = [*re.findall(r"`([\w./-]+)`", steps), *written]
        return any(
            f"/{path}" in f"/{file}" if path.endswith("/") else f"/{file}".endswith(f"/{path}") for path in named
        )

    def is_known_to(self, words: frozenset[str]) -> bool:
        known = [member for member in self.members if member & words]
        return len(known) >= MOST * len(self.members)


def _mutations() -> Iterable[str]:
    api = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    return list(cast(GraphQLObjectType, api.type_map["Mutation"]).fields)


def _snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()


CHECKLISTS = [
    Checklist(heading="A failure kind", members=[frozenset({kind.value}) for kind in FailureKind]),
    Checklist(heading="A mutation", members=[frozenset({name, _snake(name)}) for name in _mutations()]),
    Checklist(
        heading="A setting",
        members=[
            frozenset({name, f"--{name.replace('_', '-')}", f"{PREFIX}{name.upper()}"})
            for name in Settings.model_fields
        ],
    ),
    Checklist(
        heading="A column",
        members=[
            frozenset({name}) for name in sorted({each.name for table in metadata.tables.values() for each in table.c})
        ],
    ),
]


@pytest.mark.parametrize("checklist", CHECKLISTS, ids=lambda checklist: checklist.heading)
def test_a_file_that_knows_most_of_them_is_on_the_checklist(checklist: Checklist) -> None:
    knowing = [file for file, words in _files().items() if checklist.is_known_to(words)]

    assert [file for file in knowing if not checklist.leads_to(file)] == []
    assert len(knowing) >= 2, "the words are looked for where they are not"


@pytest.mark.parametrize("checklist", CHECKLISTS, ids=lambda checklist: checklist.heading)
def test_a_checklist_names_no_file_that_is_gone(checklist: Checklist) -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|ts|graphql|md))`", _section(checklist.heading))

    assert [path for path in named if not any(f"/{file}".endswith(f"/{path}") for file in _files())] == []
    assert named


@cache
def _files() -> Mapping[str, frozenset[str]]:
    """The words of every file in which the product is written or told of."""
    found = (path for place in PLACES for path in sorted((ROOT / place).rglob("*")) if path.suffix in SUFFIXES)
    ours = [path.relative_to(ROOT) for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return {str(path): _words((ROOT / path).read_text(encoding="utf-8")) for path in ours}


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]+", text))


def _section(heading: str) -> str:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return page.partition(f"### {heading}\n")[2].partition("\n##")[0]
