"""What a journal raises carries its facts as fields."""

from runner.journal import AlreadyDone, CursorLost, DirectoryTaken
from runner.model import Cursor
from tests.support.builders import PIPELINE_ID, a_pipeline


def test_a_lost_cursor_says_why_and_where_to_go_on() -> None:
    newest = Cursor(position=7, epoch="e")

    lost = CursorLost("foreign", newest)

    assert (lost.reason, lost.newest, str(lost)) == ("foreign", newest, "foreign")


def test_a_used_key_names_its_pipeline() -> None:
    assert AlreadyDone(PIPELINE_ID).pipeline_id == PIPELINE_ID


def test_a_taken_directory_names_who_works_there() -> None:
    taken = DirectoryTaken([a_pipeline()])

    assert (taken.pipelines, str(taken)) == ((a_pipeline(),), PIPELINE_ID)
