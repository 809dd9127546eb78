"""What YAML says becomes agents and templates; what is wrong is said with its place; no text can do harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.catalog.parser import Parsed, parse_agents, parse_templates
from runner.definitions import Agent, Template
from runner.model import StepKind, StepPlan


def steps(*lines: str) -> str:
    """A file with one template of those steps, each a flow mapping."""
    return "pipelines:\n  - name: t\n    steps:\n" + "".join(f"      - {line}\n" for line in lines)


def only_plan(line: str) -> StepPlan:
    parsed = parse_templates(steps(line))
    assert parsed.problems == ()
    return parsed.values["t"].steps[0]


def said(parsed: Parsed[Agent] | Parsed[Template]) -> list[str]:
    return [problem.message for problem in parsed.problems]


def test_an_agent_has_all_that_is_written() -> None:
    parsed = parse_agents(
        "agents:\n  - name: dev\n    description: Writes\n    opencode_agent: build\n"
        "    default_model: a/b:c/d\n    system_prompt_additions: |\n      One\n      Two\n"
    )

    assert parsed.values == {
        "dev": Agent(name="dev", engine_agent="build", description="Writes", model="a/b:c/d", instructions="One\nTwo")
    }


def test_an_agent_without_more_is_opencodes_own() -> None:
    assert parse_agents("agents: [{name: build}]").values["build"].engine_agent == "build"


def test_a_step_has_all_that_is_written() -> None:
    plan = only_plan(
        "{agent: dev, description: Do it, model: a/b, timeout_seconds: 60, max_attempts: 3, handoff: required}"
    )

    assert plan == StepPlan(
        agent="dev", description="Do it", model="a/b", timeout_seconds=60, max_attempts=3, handoff_required=True
    )


def test_hours_become_seconds() -> None:
    plan = only_plan("{type: approval, description: Go?, remind_after_hours: 0.5, expires_after_hours: 72}")

    assert plan == StepPlan(
        kind=StepKind.APPROVAL, description="Go?", remind_after_seconds=1800, expires_after_seconds=259_200
    )


@pytest.mark.parametrize(
    ("handoff", "required"), [("", True), (", handoff: required", True), (", handoff: optional", False)]
)
def test_a_schema_demands_the_handoff_unless_said_otherwise(handoff: str, required: bool) -> None:
    plan = only_plan(f"{{agent: a, handoff_schema: {{type: object}}{handoff}}}")

    assert (plan.handoff_schema, plan.handoff_required) == ({"type": "object"}, required)


def test_what_is_merged_counts_and_what_is_own_wins() -> None:
    text = "x-all: &all {timeout_seconds: 60, max_attempts: 3}\n" + steps("{<<: *all, agent: a, max_attempts: 1}")

    plan = parse_templates(text).values["t"].steps[0]

    assert (plan.timeout_seconds, plan.max_attempts) == (60, 1)
    assert parse_templates(text).problems == ()


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("agents: [\n", "Not valid YAML: ", (2, 1)),
        ("agents: 3", '"agents" must be a list.', (1, 9)),
        ("- name: a", "The file must be a mapping of keys and values.", (1, 1)),
        ("agents:\n  - developer", "Each agent must be a mapping of keys and values.", (2, 5)),
        ("agents:\n  - {description: x}", 'This agent has no "name".', (2, 5)),
        ("agents:\n  - {name: }", 'This agent has no "name".', (2, 5)),
        ("agents:\n  - {name: 7}", "name of this agent must be text: put it in quotes.", (2, 12)),
        ("agents:\n  - {name: true}", "name of this agent must be text: put it in quotes.", (2, 12)),
        ("agents:\n  - {name: a, name: b}", 'Each agent has the key "name" twice.', (2, 15)),
        ("agents: [{name: a}, {name: a}]", 'There are two of the name "a".', (1, 21)),
        ('agents: [{name: "a\\nb"}]', "name of this agent must be one line of at most 200 characters.", (1, 17)),
        ("agents: [{name: a, [b]: c}]", "has a key that is no text.", (1, 20)),
        ("agents: [{name: a, <<: [1]}]", "What << names must be a mapping", (1, 25)),
        ("agents: [{name: *b}]", "Not valid YAML: found undefined alias 'b'.", (1, 17)),
        ("agents: \x07", "Not valid YAML: unacceptable character #x0007", (None, None)),
        ("agents: [&a {name: x, <<: *a}]", "An alias refers to what contains it.", (None, None)),
        ("--- 1\n--- 2", "Not valid YAML: but found another document.", (2, 1)),
        ("[" * 1000, "The file is nested too deeply.", (None, None)),
    ],
)
def test_what_is_wrong_has_its_place(text: str, message: str, place: tuple[int | None, int | None]) -> None:
    parsed = parse_agents(text)

    problem = next(problem for problem in parsed.problems if message in problem.message)
    assert (problem.line, problem.column) == place
    assert not parsed.usable


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{}", 'Step 1 of "t" has no "agent".'),
        ("7", 'Step 1 of "t" must be a mapping of keys and values.'),
        ("{type: gate}", 'type of step 1 of "t" is "gate"; write agent or approval.'),
        ("{agent: a, timeout_seconds: 1.5}", "must be a whole number from 1 to 2,592,000."),
        ("{agent: a, timeout_seconds: 0}", "must be a whole number from 1 to 2,592,000."),
        ("{agent: a, timeout_seconds: .inf}", "must be a whole number from 1 to 2,592,000."),
        ("{agent: a, timeout_seconds: !!int x}", "must be a whole number from 1 to 2,592,000."),
        ("{agent: a, max_attempts: many}", "must be a whole number from 1 to 20."),
        ("{agent: a, max_attempts: true}", "must be a whole number from 1 to 20."),
        ("{agent: a, max_attempts: [1]}", "must be a whole number from 1 to 20."),
        ("{type: approval, expires_after_hours: 0}", "must be a number of hours above 0, at most 8,640."),
        ("{type: approval, remind_after_hours: .nan}", "must be a number of hours above 0, at most 8,640."),
        ("{agent: a, handoff: maybe}", 'handoff of step 1 of "t" is "maybe"; write optional or required.'),
        ("{agent: a, handoff_schema: text}", "is no JSON Schema: it must be an object."),
        ("{agent: a, handoff_schema: {type: thing}}", "is no JSON Schema: 'thing' is not valid"),
        ("{agent: a, handoff_schema: &a {x: *a}}", "An alias refers to what contains it."),
    ],
)
def test_a_step_that_cannot_be_taken_is_said(step: str, message: str) -> None:
    parsed = parse_templates(steps(step))

    assert any(message in problem for problem in said(parsed))
    assert not parsed.usable


def test_unknown_keys_are_said_and_do_no_harm() -> None:
    parsed = parse_templates("pipelines: [{name: t, colour: red, x-mine: 1, steps: [{agent: a, modle: a/b}]}]\ntop: 1")

    assert said(parsed) == [
        'The file has an unknown key "top", which is ignored.',
        'Template "t" has an unknown key "colour", which is ignored.',
        'Step 1 of "t" has an unknown key "modle", which is ignored.',
    ]
    assert parsed.usable


@pytest.mark.parametrize("model", ["sonnet", "/sonnet", "anthropic/", "a b/c"])
def test_a_model_of_the_wrong_form_is_said_and_does_no_harm(model: str) -> None:
    parsed = parse_templates(steps(f'{{agent: a, model: "{model}"}}'))

    [note] = said(parsed)
    assert note.startswith(f'model of step 1 of "t": "{model}" is not a model; write provider/model')
    assert parsed.usable
    assert parsed.values["t"].steps[0].model == model


def test_a_template_without_steps_can_be_taken() -> None:
    assert parse_templates("pipelines: [{name: t}]").values["t"] == Template(name="t")


def test_an_unknown_agent_is_no_problem_since_it_may_be_opencodes_own() -> None:
    assert parse_templates(steps("{agent: whoever}")).problems == ()


@pytest.mark.parametrize(
    ("tag", "shown"),
    {
        "python": ("!!python/object/apply:os.system [exit 1]", "!!python/object/apply:os.system"),
        "a Python value": ("!!python/name:os.environ ''", "!!python/name:os.environ"),
        "binary": ("!!binary aGk=", "!!binary"),
        "include": ("!include agents.txt", "!include"),
        "secret": ("!secret token", "!secret"),
        "environment": ("!ENV HOME", "!ENV"),
        "a verbatim one": ("!<tag:example.org,2026:x> y", "tag:example.org,2026:x"),
    }.values(),
)
def test_a_tag_that_means_nothing_here_is_a_problem_at_its_place(tag: str, shown: str) -> None:
    in_text = parse_agents(f"agents:\n  - name: a\n    description: {tag}\n")
    in_a_schema = parse_templates(steps("{agent: a, handoff_schema: {properties: {x: " + tag + "}}}"))
    in_what_is_not_read = parse_agents(f"agents: [{{name: a}}]\nx-mine: {tag}\n")

    for parsed, place in ((in_text, (3, 18)), (in_a_schema, (4, 53)), (in_what_is_not_read, (2, 9))):
        first = parsed.problems[0]
        assert first.message == f'The tag "{shown}" means nothing here: write the value itself.'
        assert (first.line, first.column, first.fatal) == (*place, True)


def test_every_tag_is_told_once_in_the_order_of_the_file() -> None:
    parsed = parse_agents("!mine\nagents: !list\n  - &a !agent {name: a}\n  - {name: b, x-like: *a}\n")

    assert [(problem.line, problem.column) for problem in parsed.problems] == [(1, 1), (2, 9), (3, 5)]


@pytest.mark.parametrize("tag", ["!!str 5", "!!timestamp 2026-01-31", "2026-01-31", "!!null ''"])
def test_a_tag_of_plain_yaml_constructs_a_text_at_most(tag: str) -> None:
    parsed = parse_agents(f"agents: [{{name: a, description: {tag}}}]")

    assert parsed.problems == ()
    assert isinstance(parsed.values["a"].description, str)


def test_aliases_cannot_make_a_small_file_large() -> None:
    doubled = "".join(f"x-{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 40))
    text = f"x-0: &x0 [a, b]\n{doubled}" + steps("{agent: a, handoff_schema: {type: object, examples: *x39}}")

    parsed = parse_templates(text)

    assert said(parsed) == ["More than 100,000 values, aliases counted each time."]


def test_a_number_can_be_written_as_yaml_allows() -> None:
    assert [
        only_plan(f"{{agent: a, timeout_seconds: {text}}}").timeout_seconds for text in ("1_000", "0x10", "007")
    ] == [
        1000,
        16,
        7,
    ]


@given(st.text(alphabet=st.sampled_from("abn: -[]{}&*!|>'\"#\n\t<,?%@`0.~=é\x00"), max_size=80))
def test_no_text_raises(text: str) -> None:
    for candidate in (text, f"agents:\n  - {text}", f"agents:\n  - name: a\n    description: {text}"):
        parsed = parse_agents(candidate)
        assert parsed.usable or parsed.problems
