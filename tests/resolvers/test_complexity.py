"""A document that asks for too much is refused with a clear word, at a cost that grows no faster than its text."""

from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse, specified_rules, validate

from resolvers import build_schema, document_rules
from resolvers.complexity import NESTING, TooMuch, check
from tests.resolvers.world import World
from web.terminal import api_documents

SCHEMA = build_schema()._schema


def nested(count: int, fields: str) -> str:
    """Fragments each of which spreads the next: 2^count fields when every spread is walked."""
    fragments = " ".join(f"fragment F{n} on Pipeline {{ {fields.replace('NEXT', f'F{n + 1}')} }}" for n in range(count))
    return f"{{ pipelines {{ nodes {{ ...F0 }} }} }} {fragments} fragment F{count} on Pipeline {{ id }}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(nested(NESTING - 4, "...NEXT ...NEXT"), "costs more than a billion", id="fragments doubled"),
        pytest.param(nested(8, "failure { pipeline { ...NEXT } }"), "levels deep; 16 are the most", id="deep"),
        pytest.param(nested(2000, "...NEXT"), f"nested more than {NESTING} levels", id="chain of fragments"),
        pytest.param(
            nested(60, "... on Pipeline { ...NEXT } ...NEXT"), f"nested more than {NESTING} levels", id="inline"
        ),
        pytest.param(
            "{" + " ".join(f"a{n}: engine {{ url }}" for n in range(101)) + "}", "101 aliases; 100 are", id="aliases"
        ),
        pytest.param(
            nested(40, "a: title ...NEXT ...NEXT"), "more than a billion aliases", id="aliases in fragments doubled"
        ),
        pytest.param(
            "{ pipelines(first: 100) { nodes { events(last: 1000) { nodes { at } } } } }", "smaller pages", id="cost"
        ),
        pytest.param(
            "query ($n: Int) { pipelines(first: $n) { nodes { events(last: $n) { nodes { at } } } } }",
            "smaller pages",
            id="cost by variables",
        ),
        pytest.param(
            "{" + " ".join(f"a{n}: pipelines(first: 1) {{ nodes {{ id }} }}" for n in range(100)) + "}",
            "The query costs 3,",
            id="a costly field by a hundred names",
        ),
        *(
            pytest.param(
                "{" + " ".join(f"a{n}: {field}" for n in range(5)) + "}", "smaller pages or fewer fields", id=told
            )
            for told, field in (
                ("five full pages of little", "pipelines(first: 100) { nodes { id } }"),
                ("five lists of templates", "templates { name }"),
            )
        ),
        pytest.param(
            "mutation {"
            + " ".join(f'a{n}: skipStep(stepId: "s", reason: "r") {{ __typename }}' for n in range(60))
            + "}",
            "is the most. `skipStep` takes 1,020,",
            id="acts by sixty names",
        ),
        *(
            pytest.param("{" + " ".join(f"a{n}: {field}" for n in range(times)) + "}", f"`{name}` takes", id=told)
            for told, name, times, field in (
                ("failures by four names", "failures", 4, "failures(first: 1, open: true) { totalCount }"),
                ("folders by eleven names", "directory", 11, 'directory(path: "/") { __typename }'),
                ("nodes by a hundred names", "node", 100, 'node(id: "a") { id }'),
                ("the newest by eleven names", "events", 11, "events(last: 1) { nodes { at } }"),
            )
        ),
        pytest.param(
            '{ pipeline(id: "a") {'
            + " ".join(f"e{n}: events(first: 1) {{ nodes {{ at }} }}" for n in range(100))
            + "} }",
            "`pipeline` takes 7",
            id="a page inside by a hundred names",
        ),
        pytest.param(
            "{ pipelines { nodes { a: events(first: 50) { nodes { at } } b: events(first: 50) { nodes { at } } } } }",
            "`pipelines` takes",
            id="pages inside of a page",
        ),
        pytest.param(
            "mutation {" + " ".join(f'a{n}: deleteAgent(name: "{n}") {{ __typename }}' for n in range(5)) + "}",
            "The query costs 85,005",
            id="acts by five names",
        ),
        pytest.param(
            "query A { ...F } query B { ...F ...F } fragment F on Query {"
            + " ".join(f"a{n}: failures {{ nodes {{ id }} }}" for n in range(3))
            + "}",
            "70,000 is the most. Ask",
            id="a fragment of two operations",
        ),
        pytest.param(
            "{ a: __schema { types { name } } b: __schema { types { name } } }",
            "The query costs 72,",
            id="the schema twice",
        ),
        pytest.param(
            "{ pipelines(first: " + "9" * 6000 + ") { nodes { events(first: " + "9" * 6000 + ") { nodes { at } } } } }",
            "smaller pages",
            id="numbers without end",
        ),
        pytest.param(
            "{ engine {"
            + " ".join(f"...F{n}" for n in range(120))
            + "} }"
            + " ".join(f"fragment F{n} on EngineHealth {{ url }}" for n in range(130)),
            "same names again and again",
            id="fragments of the same names",
        ),
        pytest.param("{ engine {" + "url " * 200 + "} }", "same names again and again", id="the same name"),
        pytest.param(
            "query A { engine { url } } query B { pipelines(first: 100) "
            "{ nodes { steps { pipeline { steps { pipeline { steps { pipeline { steps { pipeline { steps "
            "{ pipeline { steps { id } } } } } } } } } } } } } }",
            "smaller pages",
            id="any of several operations",
        ),
    ],
)
def test_too_much_is_refused_at_once(text: str, said: str) -> None:
    (error,) = validate(SCHEMA, parse(text), (*specified_rules, *document_rules))

    assert said in error.message


def test_a_chain_of_inline_fragments_is_refused() -> None:
    inside = "... {" * (NESTING + 1) + "id" + "}" * (NESTING + 1)

    with pytest.raises(TooMuch, match=f"more than {NESTING} levels"):
        check(SCHEMA, parse(f"{{ pipelines {{ nodes {{ {inside} }} }} }}"))


@pytest.mark.parametrize(
    "text",
    [
        get_introspection_query(),
        "{ pipelines(first: 100) { nodes { id steps { id attempts { number failure { message } } } } } }",
        "{ events(last: 1000) { nodes { __typename at ... on PipelineEvent { pipeline { id status } } } } }",
        "{" + " ".join(f"a{n}: pipelines(first: 100) {{ nodes {{ id }} }}" for n in range(3)) + "}",
        "subscription { events { __typename } }",
        "mutation {" + " ".join(f'a{n}: skipStep(stepId: "s", reason: "r") {{ __typename }}' for n in range(4)) + "}",
        "{ nothing { of { this } } } fragment A on Nowhere { x } fragment B on Pipeline { ...C }",
        "{ pipelines { nodes { ...A } } } fragment A on Pipeline { ...B } fragment B on Pipeline { ...A id }",
    ],
    ids=["introspection", "list", "trail", "three pages", "subscription", "mutation", "unknown names", "cycle"],
)
def test_what_is_within_the_limits_is_left_to_the_other_rules(text: str) -> None:
    check(SCHEMA, parse(text))


@pytest.mark.asyncio
async def test_the_schema_itself_keeps_the_limits() -> None:
    errors = await World().errors(nested(40, "...NEXT ...NEXT"))

    assert errors == [
        "The query costs more than a billion; 70,000 is the most. `pipelines` takes more than a billion of it. "
        "Ask for smaller pages or fewer fields, or in several queries."
    ]


@pytest.mark.asyncio
async def test_a_document_of_endless_words_is_not_read_to_its_end() -> None:
    (error,) = await World().errors("{ engine { " + "url " * 30_000 + "} }")

    assert "3000 tokens" in error


WEB = Path(__file__).parents[2] / "web"
PAGE = [*sorted((WEB / "client" / "src" / "documents").glob("*.graphql")), WEB / "trail.graphql"]


def test_the_page_may_ask_what_it_asks() -> None:
    document = parse("\n".join(path.read_text(encoding="utf-8") for path in PAGE))

    check(SCHEMA, document)

    assert sum(isinstance(definition, OperationDefinitionNode) for definition in document.definitions) > 10


TERMINAL = {name: text for name, text in vars(api_documents).items() if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("name", TERMINAL)
def test_the_terminal_may_ask_what_it_asks(name: str) -> None:
    assert validate(SCHEMA, parse(TERMINAL[name]), (*specified_rules, *document_rules)) == []
