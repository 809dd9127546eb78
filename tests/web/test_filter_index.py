"""Who wants an event is found exactly as by asking everybody, without asking everybody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.wanted import Wanted
from runner.events import REGISTER, DefinitionChanged, Recorded
from runner.failure_kinds import FailureKind, FailureOrigin
from runner.model import Cursor, PipelineId
from tests.support.builders import NOW, Story
from web.filter_index import FilterIndex

IDS = [PipelineId(f"pip_{number:022}") for number in range(3)]
KINDS = [FailureKind.PROVIDER_AUTH, FailureKind.NO_OUTPUT, FailureKind.STEP_TIMEOUT]
TYPES = sorted(facts.stored for facts in REGISTER.values())


def recorded(event: object, story: Story | None = None) -> Recorded:
    return Recorded(cursor=Cursor(position=1, epoch="e"), event=event, pipeline=story and story.pipeline)  # type: ignore[arg-type]  # of the story


def events() -> list[Recorded]:
    found = [recorded(DefinitionChanged(at=NOW, definition="agent a", change="saved"))]
    for pipeline_id, kind in zip(IDS, KINDS, strict=True):
        story = Story(2, pipeline_id=pipeline_id, template="fix" if kind is KINDS[0] else None).begin().fail(kind)
        found += [recorded(event, story) for event in story.events]
    return found


EVENTS = events()
STEPS = sorted({one.event.step_id for one in EVENTS if hasattr(one.event, "step_id")})
FILTERS = st.builds(
    Wanted,
    pipeline_id=st.none() | st.sampled_from([*IDS, "pip_other"]),
    step_id=st.none() | st.sampled_from([*STEPS, "nonsense"]),
    template=st.none() | st.sampled_from(["fix", "other", ""]),
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    origins=st.none() | st.frozensets(st.sampled_from(list(FailureOrigin))),
    types=st.none() | st.frozensets(st.sampled_from(TYPES)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FILTERS, max_size=12), st.data())
def test_it_finds_whom_asking_everybody_would_find(filters: list[Wanted], data: st.DataObject) -> None:
    index = FilterIndex[int]()
    for number, wanted in enumerate(filters):
        index.add(wanted, number)
    gone = data.draw(st.sets(st.integers(0, max(0, len(filters) - 1)))) if filters else set()
    for number in gone:
        index.remove(filters[number], number)

    for event in EVENTS:
        plainly = [number for number, wanted in enumerate(filters) if number not in gone and wanted(event)]
        assert sorted(index.wanting(event)) == plainly


def test_a_thousand_filters_are_not_asked() -> None:
    index = FilterIndex[int]()
    for number in range(1000):
        index.add(Wanted(pipeline_id=f"pip_{number}", types=frozenset({"step_failed"})), number)
    for number, kind in enumerate(FailureKind):
        index.add(Wanted(kinds=frozenset({kind})), 2000 + number)

    found = [list(index.wanting(event)) for event in EVENTS]

    assert sum(map(len, found)) == len(KINDS)
    assert index.asked == 0


def test_nothing_is_left_of_those_who_have_gone() -> None:
    index = FilterIndex[int]()
    filters = [Wanted(), Wanted(kinds=frozenset(KINDS)), Wanted(pipeline_id=IDS[0], template="fix")]
    for number, wanted in enumerate(filters):
        index.add(wanted, number)
        index.remove(wanted, number)

    assert index._found == {}
