"""What stands in the window has no hole; whatever is no place in it is not answered from it."""

from runner.events import DefinitionChanged, Recorded
from runner.model import Cursor
from tests.support.builders import NOW
from web.window import Window


def at(position: int, epoch: str = "e") -> Cursor:
    return Cursor(position=position, epoch=epoch)


def a_window(count: int, size: int = 4) -> tuple[Window, list[Recorded]]:
    happened = DefinitionChanged(at=NOW, definition="agent a", change="saved")
    events = [Recorded(cursor=at(position), event=happened) for position in range(1, count + 1)]
    return Window(at(0), size, events), events


def test_it_keeps_the_newest() -> None:
    window, events = a_window(9)

    assert window.newest == at(9)
    assert window.after(at(9)) == []
    assert window.after(at(7)) == events[7:]
    assert window.after(at(5)) == events[5:]
    assert window.after(at(4)) is None


def test_until_it_is_full_it_begins_at_its_base() -> None:
    window, events = a_window(3)

    assert window.after(at(0)) == events


def test_a_place_of_another_epoch_or_beyond_the_end_is_none_of_its() -> None:
    window, _ = a_window(3)

    for place in (at(2, "f"), at(0, "f"), at(4), at(3, "f")):
        assert window.after(place) is None
