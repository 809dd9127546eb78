"""Whatever a real OpenCode 2 was seen to do is told with its kind, in words for people, and as it happened."""

from dataclasses import replace

import pytest

from adapters.opencode.v2.verdict import Success, verdict
from runner.failure_kinds import FailureKind as Kind
from runner.failures import Usage
from tests.adapters.opencode.v2.recorded import BEGUN, FOLDER, recording, story_of


def _told() -> dict[str, tuple[str, str, str]]:
    """By name: kind, words, story; each recording has a paragraph of its own."""
    paragraphs = (FOLDER / "told.txt").read_text().split("\n\n")
    lines = [[line.strip() for line in paragraph.split("\n")] for paragraph in paragraphs if paragraph.strip()]
    parted = [(name, *outcome.partition(": "), story) for name, outcome, story in lines]
    return {name: (kind, words, story) for name, kind, _, words, story in parted}


TOLD = _told()


@pytest.mark.parametrize("name", TOLD)
def test_what_was_recorded_is_told_as_it_was(name: str) -> None:
    kind, words, story = TOLD[name]

    runs = list(recording(name).runs())
    reached = verdict(runs[-1], BEGUN)

    if isinstance(reached, Success):
        assert (kind, words) == ("SUCCESS", reached.text[: len(words)])
    else:
        assert (kind, words) == (reached.kind.value, reached.message)
    assert story == (story_of(runs) or "nothing")


def test_no_recording_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_an_event_told_twice_changes_nothing(name: str) -> None:
    told = recording(name)
    *_, once = told.runs(until_cut=False)
    doubled = [frame for frame in told.frames for _ in range(2 if frame[1].durable else 1)]

    *_, twice = replace(told, frames=doubled).runs(until_cut=False)

    assert twice == once


def test_a_server_that_was_stopped_in_good_order_says_so_when_it_is_back() -> None:
    *_, run = recording("d_sigterm_trickle").runs(until_cut=False)

    reached = verdict(run, BEGUN)

    assert not isinstance(reached, Success)
    assert (reached.kind, reached.message) == (Kind.ENGINE_LOST, "OpenCode was stopped while the step was running")


@pytest.mark.parametrize("name", ["c_sub_background", "c_shell_background"])
def test_an_agent_that_is_woken_again_is_not_done_yet(name: str) -> None:
    *_, run = recording(name).runs()

    assert not run.is_over


def test_an_answer_waits_for_sub_agents_in_the_background() -> None:
    runs = list(recording("c_sub_background").runs())

    ended = next(run for run in runs if run.end)

    assert len(ended.working) == 1
    assert not ended.is_over


def test_figures_that_the_provider_did_not_tell_are_no_zeros() -> None:
    run = next(run for run in recording("b_nousage").runs() if run.end)

    assert run.seen.usage == Usage(input_tokens=None, output_tokens=None, cost=None)
