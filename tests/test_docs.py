"""The docs say what the code does: nothing that people meet lacks its place, and no link or example is broken."""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast, get_args

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, build_schema, parse, validate

from adapters.database import migrate
from adapters.database.tables import metadata
from resolvers import complexity, metered
from runner import events
from runner.failure_kinds import KINDS, FailureKind, FailureOrigin
from scripts import write_failure_table
from web.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
MODULES = [
    module
    for package in ("runner", "adapters", "schema", "resolvers", "web")
    for module in sorted((ROOT / package).rglob("*.py"))
    if module.name != "__init__.py" and not {"_migrations", "client"} & set(module.parts)
]
PARTS = ["Context", "Decision", "Rejected", "Consequences"]
# Made when the wheel is built.
PACKED = {"adapters/database/_migrations"}

_FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`((?:runner|adapters|schema|resolvers|web|alembic|scripts|tests|docs)/[\w./-]*)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _folder(module: Path) -> str:
    return str(module.parent.relative_to(ROOT))


def _examples(language: str) -> list[object]:
    return [
        pytest.param(example, id=f"{_name(page)}-{number}")
        for page in PAGES
        for number, (found, example) in enumerate(_FENCE.findall(page.read_text()), start=1)
        if found == language
    ]


@pytest.mark.parametrize("kind", FailureKind, ids=lambda kind: kind.value)
def test_a_kind_of_failure_has_its_row(kind: FailureKind) -> None:
    table = write_failure_table.PAGE.read_text().partition(write_failure_table.END)[0]
    rows = [line for line in table.splitlines() if line.startswith(f"| `{kind.value}` |")]

    assert len(rows) == 1
    assert KINDS[kind].hint in rows[0]
    assert write_failure_table.EXAMPLES[kind] in rows[0]


@pytest.mark.parametrize("kind", FailureKind, ids=lambda kind: kind.value)
def test_a_kind_of_failure_has_a_test(kind: FailureKind) -> None:
    word = re.compile(rf"\b{kind.value}\b")
    tests = [file for file in (ROOT / "tests").rglob("test_*.py") if word.search(file.read_text())]

    assert tests


@pytest.mark.parametrize("origin", FailureOrigin, ids=lambda origin: origin.value)
def test_an_origin_is_told_as_the_api_tells_it(origin: FailureOrigin, api: GraphQLSchema) -> None:
    said = cast(GraphQLEnumType, api.type_map["FailureOrigin"]).values[origin.value].description or ""
    row = re.search(rf"^\| `{origin.value}` \| (.+) \|$", write_failure_table.PAGE.read_text(), re.MULTILINE)

    assert row is not None
    assert row[1] in said


def test_the_table_of_failures_is_what_the_code_says() -> None:
    page = write_failure_table.PAGE.read_text()

    assert page == write_failure_table.written(page), f"run {write_failure_table.COMMAND}"


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_a_setting_is_in_the_reference(setting: str) -> None:
    text = (DOCS / "reference" / "settings.md").read_text()

    assert f"--{setting.replace('_', '-')}" in text
    assert f"{PREFIX}{setting.upper()}" in text or f"`{PREFIX}" in text


def test_a_command_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "commands.md").read_text()

    assert [name for name in _commands() if f"stepwire {name}" not in text] == []


@pytest.mark.parametrize("event", get_args(events.Event))
def test_an_event_is_in_the_reference(event: type[events.Event]) -> None:
    text = (DOCS / "reference" / "api.md").read_text()

    assert f"| `{event.__name__}` |" in text


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_a_root_field_is_in_the_reference(root: str, api: GraphQLSchema) -> None:
    text = (DOCS / "reference" / "api.md").read_text()
    fields = cast(GraphQLObjectType, api.type_map[root]).fields

    assert [name for name in fields if f"`{name}`" not in text] == []


def test_the_layers_in_the_picture_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    inside = next(contract for contract in contracts if contract.get("exhaustive"))
    drawn = "\n".join(layer.replace("|", "│") for layer in inside["layers"])

    assert f"```\n{drawn}\n```" in (DOCS / "architecture.md").read_text()


@pytest.mark.parametrize("folder", sorted({_folder(module) for module in MODULES}))
def test_a_module_is_in_the_row_of_its_folder(folder: str) -> None:
    rows = dict(re.findall(r"^\| `([\w/]+)/` \| (.+) \|$", (DOCS / "architecture.md").read_text(), re.MULTILINE))
    there = {module.name for module in MODULES if _folder(module) == folder}

    assert set(re.findall(r"`(\w+\.py)`", rows.get(folder, ""))) == there


def test_a_fault_is_held_by_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (?!fault |---)(.+?) \|.*\| ([^|]*) \|$", _faults_table(), re.MULTILINE)
    held = {fault: re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", by) for fault, by in rows}

    assert [fault for fault, test in held.items() if test is None] == []
    assert [test[0] for test in held.values() if test and f"def {test[2]}(" not in (ROOT / test[1]).read_text()] == []
    assert len(held) >= 7


def test_the_limits_of_a_document_are_in_the_reference() -> None:
    text = (DOCS / "reference" / "api.md").read_text()

    assert f"{complexity.DEPTH} levels deep" in text
    assert f"cost {complexity.COST:,}" in text
    assert f"{complexity.TOKENS:,} words and signs" in text
    assert f"more than {metered.MOST_VALUES:,} values" in text
    assert f"{complexity.ALIASES} aliases" in text


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in _links(page) if not _leads_somewhere(page, link)]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_file_that_is_named_is_there(page: Path) -> None:
    named = set(_PATH.findall(page.read_text())) - PACKED

    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_relative_to(DOCS)], ids=_name)
def test_a_page_is_linked_to(page: Path) -> None:
    targets = {
        (other.parent / link.partition("#")[0]).resolve() for other in PAGES if other != page for link in _links(other)
    }

    assert page in targets


@pytest.mark.parametrize("decision", DECISIONS, ids=_name)
def test_a_decision_has_its_four_parts(decision: Path) -> None:
    lines = decision.read_text().splitlines()

    assert re.fullmatch(r"# \d+\. .+", lines[0])
    assert int(lines[0].split(".")[0].removeprefix("# ")) == int(decision.name[:4])
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == PARTS
    assert len(lines) <= 32


@pytest.mark.parametrize("example", _examples("graphql"))
def test_a_graphql_example_is_valid(example: str, api: GraphQLSchema) -> None:
    assert [error.message for error in validate(api, parse(example))] == []


def test_a_query_inside_a_script_is_valid(api: GraphQLSchema) -> None:
    script = (DOCS / "howto" / "watch-from-a-script.md").read_text()
    queries = re.findall(r'QUERY = """(.*?)"""', script, re.DOTALL)

    assert [error.message for query in queries for error in validate(api, parse(query))] == []
    assert queries


def test_a_column_in_the_reference_is_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|`]+ \| (`id`|`step_id`|`position`)(.*) \|$", _files_page(), re.MULTILINE)
    named = {table: set(re.findall(r"`(\w+)`", first + rest)) for table, first, rest in rows}

    assert {table: columns - set(metadata.tables[table].c.keys()) for table, columns in named.items()} == {
        table: set() for table in named
    }
    assert len(named) == 9


@pytest.mark.parametrize("example", _examples("sql"))
def test_an_sql_example_runs(example: str, database: sqlite3.Connection) -> None:
    database.execute(example)


@pytest.mark.parametrize("example", _examples("python"))
def test_a_python_example_is_python(example: str) -> None:
    compile(example, "example", "exec")


@pytest.fixture(scope="module")
def api() -> GraphQLSchema:
    return build_schema((ROOT / "schema" / "schema.graphql").read_text())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("docs") / "stepwire.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    connection = sqlite3.connect(file)
    yield connection
    connection.close()


def _faults_table() -> str:
    return (DOCS / "reference" / "faults.md").read_text().partition("\n## ")[0]


def _files_page() -> str:
    return (DOCS / "reference" / "files.md").read_text()


def _commands() -> list[str]:
    cli: ModuleType = pytest.importorskip("web.cli")
    typer = pytest.importorskip("typer")
    return sorted(typer.main.get_command(cli.app).commands)


def _links(page: Path) -> list[str]:
    text = _FENCE.sub("", page.read_text())
    return [link for link in _LINK.findall(text) if "://" not in link]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
