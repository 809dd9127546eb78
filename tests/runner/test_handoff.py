"""The structured part of an answer is found however agents write it, and never where they only quote."""

import time

import pytest

from runner.failures import Json
from runner.handoff import SECTIONS, missing_sections, structured_part

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


@pytest.mark.parametrize(
    "line", ["# ", "#" + " " * 240 + "x", "**", "** a", "```", "~~~ x", "- __", "## What was done"]
)
def test_no_answer_of_any_size_takes_long(line: str) -> None:
    many = f"{line}\n" * (200_000 // (len(line) + 1)) + line * (200_000 // len(line)) + "`"

    begun = time.process_time()
    structured_part(many)

    assert time.process_time() - begun < 2.0
