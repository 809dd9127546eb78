"""The structured part of an answer is found however agents write it, and never where they only quote.

The last value counts, whatever became of it.
"""

import time

import pytest

from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure, Json
from runner.handoff import SECTIONS, demand, handed_over, missing_sections, structured_part, supplied
from tests.support.builders import a_plan
from tests.support.fakes import FakeSchemas

WHOLE: dict[str, Json] = {
    "whatWasDone": "Wrote it.",
    "decisionsMade": "None",
    "openQuestions": "Why?",
    "nextAgentContext": "See a.py",
}
JSON = '{"whatWasDone": "Wrote it.", "decisionsMade": "None", "openQuestions": "Why?", "nextAgentContext": "See a.py"}'


def under(*headings: str) -> str:
    """An answer with the four texts under these headings."""
    texts = ("Wrote it.", "None", "Why?", "See a.py")
    return "Hello.\n\n" + "\n\n".join(f"{heading}\n{text}" for heading, text in zip(headings, texts, strict=True))


FORMS = {
    "headings of the second level": under(*(f"## {title}" for title in SECTIONS.values())),
    "of the first": under(*(f"# {title}" for title in SECTIONS.values())),
    "of the sixth, closed": under(*(f"###### {title} ######" for title in SECTIONS.values())),
    "numbered": under(*(f"### {number}. {title}:" for number, title in enumerate(SECTIONS.values(), 1))),
    "numbered in brackets": under(*(f"## ({number}) {title}" for number, title in enumerate(SECTIONS.values(), 1))),
    "in bold": under(*(f"**{title}**" for title in SECTIONS.values())),
    "in bold with a colon": under(*(f"__{title}:__" for title in SECTIONS.values())),
    "a heading in bold": under(*(f"## **{title}**" for title in SECTIONS.values())),
    "shouted": under(*(f"## {title.upper()}" for title in SECTIONS.values())),
    "indented a little": under(*(f"  ## {title}" for title in SECTIONS.values())),
    "mixed levels": under("## What was done", "# Decisions made", "### Open questions", "**Next agent context**"),
    "JSON": JSON,
    "fenced JSON": f"Here it is:\n\n```json\n{JSON}\n```\nBye.",
    "fenced without a language": f"```\n{JSON}\n```",
    "fenced by tildes": f"~~~~ JSON\n{JSON}\n~~~~",
    "the last of several": f'```json\n{{"whatWasDone": "a draft"}}\n```\nthen\n```json\n{JSON}\n```',
    "JSON before headings": f"## What was done\nOld.\n```json\n{JSON}\n```",
    "keys in other spelling": JSON.replace("whatWasDone", "What was done").replace("openQuestions", "open_questions"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_four_sections_are_found(form: str) -> None:
    assert structured_part(FORMS[form]) == WHOLE


NOTHING = {
    "plain prose": "I wrote it. What was done is done.",
    "headings of other names": "# Summary\nAll fine.\n## Files\n- a.py",
    "headings inside a fence": "```markdown\n## What was done\nQuoted.\n```",
    "headings inside a longer fence": "````\n```\n## What was done\n```\n````",
    "headings in a fence that never ends": "~~~\n## What was done\nQuoted.",
    "JSON of other keys": '```json\n{"name": "app"}\n```',
    "JSON that is broken": '```json\n{"whatWasDone": \n```',
    "JSON that goes too deep": '{"whatWasDone": ' + "[" * 100_000,
    "a list": '["whatWasDone"]',
    "code of another language": f"```python\n{JSON}\n```",
    "nothing": "",
}


@pytest.mark.parametrize("form", NOTHING)
def test_what_is_only_quoted_or_alike_is_no_structured_part(form: str) -> None:
    assert structured_part(NOTHING[form]) is None


def test_smaller_headings_belong_to_their_section_and_others_end_it() -> None:
    answer = "## What was done\nTwo things.\n### Files\n- a.py\n**Note:**\nmind it\n## Appendix\nNot this."

    assert structured_part(answer) == {"whatWasDone": "Two things.\n### Files\n- a.py\n**Note:**\nmind it"}


def test_code_inside_a_section_is_kept_whole() -> None:
    answer = "## What was done\n```sh\n# Open questions\nls\n```\nThat.\n## Open questions\nNone"

    assert structured_part(answer) == {
        "whatWasDone": "```sh\n# Open questions\nls\n```\nThat.",
        "openQuestions": "None",
    }


def test_a_section_in_two_places_is_put_together() -> None:
    answer = "## What was done\nFirst.\n## Decisions made\nNone\n## What was done\nSecond."

    assert structured_part(answer) == {"whatWasDone": "First.\nSecond.", "decisionsMade": "None"}


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (WHOLE, []),
        (None, list(SECTIONS)),
        ("text", list(SECTIONS)),
        ({**WHOLE, "openQuestions": ""}, ["openQuestions"]),
        ({**WHOLE, "openQuestions": None}, ["openQuestions"]),
        ({**WHOLE, "openQuestions": []}, []),
        ({"whatWasDone": "x"}, ["decisionsMade", "openQuestions", "nextAgentContext"]),
    ],
    ids=["whole", "nothing", "text", "empty", "null", "a list of none", "one"],
)
def test_what_a_handoff_lacks_is_named(data: Json, missing: list[str]) -> None:
    assert missing_sections(data) == missing


SCHEMA: Json = {"type": "object", "required": ["verdict"]}
WITH_SCHEMA = a_plan(handoff_schema=SCHEMA)
FITS = '{"verdict": "pass"}'


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer",
    [
        FITS,
        f"Done.\n```json\n{FITS}\n```\nBye.",
        f'```json\n{{"verdict": \n```\nBetter:\n```json\n{FITS}\n```',
        f'An example is {{"text": 1}}.\n\nThe result is {FITS}.',
        f'<think>\n{{"verdict": "fail"}}\n```json\n</think>\n{FITS}\n',
        f'{{"verdict": "fail"}} I think\n</think>\n{FITS}\n',
        f"> ```JSON title='x'\r\n> {FITS}\r\n> ```\r\n",
        "word " * 20_000 + FITS,
    ],
    ids=[
        "bare",
        "fenced",
        "after a broken one",
        "after a quoted one",
        "after thoughts",
        "after half a thought",
        "odd",
        "long",
    ],
)
async def test_the_last_value_is_the_answer(answer: str) -> None:
    assert await handed_over(answer, WITH_SCHEMA, FakeSchemas()) == {"verdict": "pass"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Nothing here.", "The handoff has no structured part: it holds no JSON"),
        (f"<think>{FITS}</think> Done.", "The handoff has no structured part: it holds no JSON"),
        ('{"text": 1}', 'The handoff lacks "verdict"'),
        (f"You want {FITS}.\n{{}}", 'The handoff lacks "verdict"'),
        (f"```json\n{FITS}\n```\nor\n```json\n[1]\n```", 'The handoff lacks "verdict"'),
        (
            f'You want {FITS}.\n```json\n{{"verdict":\n  fail}}\n```',
            "The handoff breaks as JSON at line 4, column 3 of the text: Expecting value",
        ),
        (
            f'You want {FITS}.\nIt is {{"verdict": "fail" "why": 1}}.',
            "The handoff breaks as JSON at line 2, column 26 of the text: Expecting ',' delimiter",
        ),
    ],
    ids=["none", "only thought", "lacking", "an earlier one fits", "fenced", "the last is broken", "in a sentence"],
)
async def test_no_earlier_value_takes_the_place_of_the_last(answer: str, message: str) -> None:
    found = await handed_over(answer, WITH_SCHEMA, FakeSchemas())

    assert isinstance(found, Failure)
    assert (found.kind, found.message) == (FailureKind.HANDOFF_INVALID, message)
    assert (found.retry, found.detail) == (Retry.ONCE, answer)


@pytest.mark.asyncio
async def test_a_schema_that_is_none_is_the_templates_fault() -> None:
    plan = a_plan(handoff_schema="none")

    found = await handed_over(FITS, plan, FakeSchemas())

    assert isinstance(found, Failure)
    assert found.message == "The template's handoff schema is not valid: it is no object"
    assert found.retry is Retry.NO
    assert await supplied(FITS, plan, FakeSchemas()) is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Done.", 'The handoff lacks "whatWasDone"'),
        ('{"whatWasDone": "all"}', 'The handoff lacks "decisionsMade"'),
        (
            f'{JSON}\nNo, rather:\n{{"What was done": "all", decisions: 1}}',
            "The handoff breaks as JSON at line 3, column 26 of the text: "
            "Expecting property name enclosed in double quotes",
        ),
    ],
    ids=["nothing", "one of four", "the last is broken"],
)
async def test_sections_that_are_required_have_to_be_there(answer: str, message: str) -> None:
    found = await handed_over(answer, a_plan(handoff_required=True), FakeSchemas())

    assert isinstance(found, Failure)
    assert found.message == message
    assert not isinstance(await supplied(answer, a_plan(handoff_required=True), FakeSchemas()), Failure)
    assert not isinstance(await handed_over(answer, a_plan(), FakeSchemas()), Failure)


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [JSON, f'{JSON}\n```json\n{{"name": \n```'], ids=["whole", "before other JSON"])
async def test_sections_that_are_there_are_handed_over(answer: str) -> None:
    assert await handed_over(answer, a_plan(handoff_required=True), FakeSchemas()) == WHOLE


@pytest.mark.asyncio
async def test_what_a_person_supplies_has_to_fit_the_schema() -> None:
    lacking = await supplied('{"text": 1}', WITH_SCHEMA, FakeSchemas())

    assert isinstance(lacking, Failure)
    assert lacking.message == 'The handoff lacks "verdict"'
    assert await supplied(f"So: {FITS}", WITH_SCHEMA, FakeSchemas()) == {"verdict": "pass"}


def test_what_is_demanded_is_what_is_looked_for() -> None:
    assert demand(a_plan(), last=True) is None
    assert structured_part(demand(a_plan(), last=False) or "") is not None
    assert demand(a_plan(handoff_required=True), last=True) == demand(a_plan(), last=False)
    assert '"required"' in (demand(WITH_SCHEMA, last=True) or "")


def test_headings_that_were_only_thought_are_none() -> None:
    assert structured_part("<think>\n## What was done\nNothing yet.\n</think>\nDone.") is None


@pytest.mark.parametrize(
    "line", ["# ", "#" + " " * 240 + "x", "**", "** a", "```", "~~~ x", "- __", "## What was done"]
)
def test_no_answer_of_any_size_takes_long(line: str) -> None:
    many = f"{line}\n" * (200_000 // (len(line) + 1)) + line * (200_000 // len(line)) + "`"

    begun = time.process_time()
    structured_part(many)

    assert time.process_time() - begun < 2.0
