"""A search finds the same whatever of the texts is indexed by then, and lists are not read to their end for a page."""

from collections.abc import Sequence
from random import Random

import pytest
from sqlalchemy import event

from adapters.database import search_index
from runner.model import Pipeline, PipelineStatus
from runner.reads import PipelineFilter
from runner.search import searched, words
from tests.adapters.database.opened import Opened
from tests.contracts.pipelines import AGENT, a_pipeline, begun, broken, commit, failed, later, started

pytestmark = pytest.mark.asyncio

TEXTS = [
    "Login fails",
    "a\nb",
    'He said "no"',
    "100 % done",
    "snake_case",
    "Äpfel & Straße",
    "ein Ei",
    "🦊🦊 fox",
    "AND OR",
]
ASKED = [
    *("login", "ogi", "LOGIN fails", "fails login", "xyz", "o", "e i", "ei ein", "n", "fox", "🦊🦊", "🦊🦊 f"),
    *(
        '"no"',
        '"',
        "%",
        "100 %",
        "_",
        "snake_case",
        "strasse",
        "äpf",
        "and or",
        "and",
        "NEAR(",
        "text:login",
        "*",
        "' OR 1",
    ),
]


async def titles(database: Opened, text: str, **more: object) -> list[str]:
    page = await database.reads.pipelines(100, None, PipelineFilter(text=text, **more))  # type: ignore[arg-type]
    assert page.total == len(page.items)
    return [pipeline.title for pipeline in page.items]


def fitting(pipelines: Sequence[Pipeline], text: str) -> list[str]:
    """What a search has to find, newest first."""
    found = [one for one in pipelines if all(word in searched(one) for word in words(text))]
    return [one.title for one in sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)]


async def test_a_search_finds_the_same_at_every_state_of_the_index(database: Opened) -> None:
    random, pipelines = Random(3), list[Pipeline]()
    for number in range(24):
        title = " ".join(random.sample(TEXTS, 2))
        pipelines.append(await commit(database.journal, started(a_pipeline(AGENT, at=later(number), title=title))))

    for state in ("nothing", "some", "everything", "some again"):
        for text in ASKED:
            assert await titles(database, text) == fitting(pipelines, text), (state, text)
        await database.writer.run(search_index.index_some)
        if state == "everything":
            database.rows("UPDATE searches SET indexed = 0 WHERE rowid % 3 = 0")
        if state == "nothing":
            pipelines += [await begun(database.journal, a_pipeline(AGENT, at=later(100), title="A later login"))]


async def test_what_has_been_said_since_it_was_indexed_is_found(database: Opened) -> None:
    running = await begun(database.journal, a_pipeline(AGENT, title="First"))
    await database.writer.run(search_index.index_some)
    assert await titles(database, "rejected") == []

    await commit(database.journal, failed(running))

    for _ in range(2):
        assert await titles(database, "rejected the API key") == ["First"]
        assert await titles(database, "first") == ["First"]
        await database.writer.run(search_index.index_some)
    assert database.rows("SELECT count(*) FROM search_index") == [(1,)]


async def test_what_is_pruned_leaves_nothing_in_the_index(database: Opened) -> None:
    await broken(database.journal, a_pipeline(AGENT, title="Old"))
    await begun(database.journal, a_pipeline(AGENT, title="New"))
    await database.writer.run(search_index.index_some)

    await database.journal.prune(later(1000), later(1000))

    assert database.rows("SELECT count(*) FROM search_index") == [(1,)]
    assert await titles(database, "old") == []
    assert await titles(database, "new") == ["New"]


async def test_a_vacuum_loses_no_text(database: Opened) -> None:
    for title in ("One", "Two", "Three"):
        await broken(database.journal, a_pipeline(AGENT, title=title))
    await database.writer.run(search_index.index_some)
    database.rows("DELETE FROM searches WHERE rowid = 1")
    database.rows("VACUUM")

    assert await titles(database, "three") == ["Three"]


async def test_words_that_many_have_are_gone_through_from_the_newest(
    database: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_FEW", 2)
    pipelines = [
        await commit(database.journal, started(a_pipeline(AGENT, at=later(number), title=f"Mend {number}")))
        for number in range(6)
    ]
    for _ in range(2):
        for text in ("mend", "me", "mend 3", "3", "me 3", "mend e"):
            assert await titles(database, text) == fitting(pipelines, text), text
            found = await titles(database, text, status=[PipelineStatus.PENDING, PipelineStatus.FAILED])
            assert found == fitting(pipelines, text), text
        await database.writer.run(search_index.index_some)


@pytest.mark.parametrize(
    "status",
    [[], [PipelineStatus.FAILED], [PipelineStatus.FAILED] * 2, [PipelineStatus.RUNNING, PipelineStatus.FAILED]],
    ids=["none", "one", "one twice", "two"],
)
async def test_a_list_of_some_statuses_is_merged_page_by_page(database: Opened, status: list[PipelineStatus]) -> None:
    wanted = PipelineFilter(status=status)
    pipelines = []
    for number in range(7):
        make = broken if number % 2 else begun
        pipelines.append(await make(database.journal, a_pipeline(AGENT, at=later(number)), at=later(number)))
    expected = [one.id for one in reversed(pipelines) if one.status in status]

    found, after, more = list[str](), None, True
    while more:
        page = await database.reads.pipelines(2, after, wanted)
        assert page.total == len(expected)
        found += [one.id for one in page.items]
        after, more = page.keys[-1] if page.keys else None, page.has_next

    assert found == expected


@pytest.mark.parametrize(
    "wanted",
    [
        PipelineFilter(),
        PipelineFilter(status=[PipelineStatus.FAILED, PipelineStatus.SUCCEEDED, PipelineStatus.CANCELLED]),
        PipelineFilter(text="login"),
        PipelineFilter(text="login", status=[PipelineStatus.FAILED]),
    ],
    ids=["all", "ended", "search", "search of a status"],
)
async def test_a_page_is_read_by_an_index_and_not_sorted(database: Opened, wanted: PipelineFilter) -> None:
    """To sort is to read everything that fits; what is merged of some statuses is a page of each at most."""
    await broken(database.journal, a_pipeline(AGENT, title="Login"))
    await database.writer.run(search_index.index_some)
    asked: list[tuple[str, object]] = []
    event.listen(
        database.reader.engine, "before_cursor_execute", lambda _c, _cursor, sql, given, *_: asked.append((sql, given))
    )
    await database.reads.pipelines(50, None, wanted, counted=False)

    sql, given = next(each for each in asked if "FROM pipelines" in each[0])
    plan = [row[3] for row in _explained(database, sql, given)]
    assert not [step for step in plan if step.startswith("SCAN pipelines") and "USING" not in step], plan
    if wanted.text is None and wanted.status is None:
        assert not [step for step in plan if "TEMP B-TREE" in step], plan
    for step in plan:
        assert "AUTOMATIC" not in step


def _explained(database: Opened, sql: str, given: object) -> list[tuple[int, int, int, str]]:
    with database.reader.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)  # type: ignore[arg-type]  # as it was given
        return [tuple(row) for row in rows]
