"""A search makes no difference between cases or ways of writing, and finds whatever people know a pipeline by."""

import pytest

from runner.failure_kinds import FailureKind
from runner.search import folded, searched, told, words
from runner.transitions import fail_step
from tests.support.builders import NOW, POLICY, Story, a_failure, a_pipeline, a_plan


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÄÖÜ", "äöü"),
        ("STRASSE", "straße"),
        ("GROẞ", "groß"),
        ("ΟΔΟΣ", "οδός"),
        ("ΑΪΔΙΝΙ", "αϊδίνι"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("ПРИВЕТ", "привет"),
        ("É", "e\u0301"),
        ("ﬁle", "FILE"),
    ],
)
def test_both_are_found_by_each_other(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("o", "ö"), ("n", "ñ"), ("e", "é")])
def test_letters_with_accents_are_letters_of_their_own(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_every_word_is_looked_for() -> None:
    assert words("  Login\tÄNDERN ") == ("login", "ändern")


def test_names_prompt_and_agents_are_looked_through() -> None:
    plan = a_plan("Prüfer", engine_agent="build")
    pipeline = a_pipeline([plan], title="TITLE", template="Quick_Fix", directory="/srv/App", branch="Main")

    found = searched(pipeline)

    for word in ("title", "tidy up the code", "quick_fix", "/srv/app", "main", "prüfer", "build"):
        assert word in found


def test_the_message_of_every_failure_is_looked_through() -> None:
    story = Story().begin()
    before = told(story.pipeline)

    story.do(fail_step, story.step.id, 1, a_failure(FailureKind.ENGINE_ERROR, "SCHLÜSSEL fehlt"), POLICY, NOW)

    assert "schlüssel fehlt" in searched(story.pipeline)
    assert told(story.pipeline) != before
