"""What was stored of an attempt is read again, and what another engine stored is nothing."""

import pytest

from adapters.opencode.v2.ids import new_message_id, new_session_id
from adapters.opencode.v2.resume import Resume
from runner.failures import Json
from tests.support.builders import NOW, after


def test_what_was_stored_is_read_again() -> None:
    resume = Resume(input_id="msg_1", seq=7)

    assert Resume.read(resume.json()) == resume


@pytest.mark.parametrize("stored", [None, [], "x", {"cursor": 1}, {"input": 1, "seq": "x"}])
def test_what_another_engine_stored_is_nothing(stored: Json) -> None:
    assert Resume.read(stored) == Resume()


def test_messages_sort_by_their_time_and_sessions_newest_first() -> None:
    earlier, later = NOW, after(1)

    assert new_message_id(earlier) < new_message_id(later)
    assert new_session_id(earlier) > new_session_id(later)


def test_ids_look_as_opencodes_do_and_are_never_the_same() -> None:
    ids = {make(NOW) for make in (new_message_id, new_session_id) for _ in range(50)}

    assert len(ids) == 100
    assert {len(known) for known in ids} == {30}
