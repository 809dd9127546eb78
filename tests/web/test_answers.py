"""A kept answer is the one that would be made now: it never outlives a move of the log, nor is it anybody else's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from resolvers.given import NoNumber
from web.answers import Answer, Answers, key_of
from web.results import Delivered

pytestmark = pytest.mark.asyncio


class Log:
    """Where it stands; None while nobody can tell."""

    def __init__(self) -> None:
        self.place: int | None = 1

    def __call__(self) -> int | None:
        return self.place


class Maker:
    """Makes answers that say how many there were before, and may be held up."""

    def __init__(self, *, of_the_log: bool = True, size: int = 1) -> None:
        self.made = 0
        self.of_the_log = of_the_log
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._size = size

    async def __call__(self) -> Answer:
        self.made += 1
        text = str(self.made) * self._size
        await self.may_end.wait()
        return Answer(delivered=Delivered(body=text.encode()), of_the_log=self.of_the_log)


async def told(answers: Answers, make: Callable[[], Awaitable[Answer]], key: str = "key") -> str:
    return (await answers.answer(key, make)).body.decode()


async def test_the_same_question_is_answered_once_while_the_log_stands() -> None:
    answers, make = Answers(Log()), Maker()

    assert [await told(answers, make) for _ in range(3)] == ["1", "1", "1"]
    assert answers.taken == 2


async def test_when_the_log_has_moved_the_answer_is_made_anew() -> None:
    log, make = Log(), Maker()
    answers = Answers(log)
    await told(answers, make)

    log.place = 2

    assert await told(answers, make) == "2"
    assert len(answers) == 1


async def test_what_the_log_moved_under_is_not_kept() -> None:
    log, make = Log(), Maker()
    answers = Answers(log)

    async def moving() -> Answer:
        log.place = 2
        return await make()

    await told(answers, moving)
    log.place = 1  # as if it were back: even then it was read at some other place

    assert await told(answers, make) == "2"


async def test_nothing_is_kept_while_nobody_can_tell_where_the_log_stands() -> None:
    log, make = Log(), Maker()
    answers = Answers(log)
    log.place = None

    assert [await told(answers, make) for _ in range(2)] == ["1", "2"]


async def test_what_is_not_of_the_log_alone_is_made_for_everybody_and_at_once() -> None:
    answers, make = Answers(Log()), Maker(of_the_log=False)
    make.may_end.clear()
    first = asyncio.ensure_future(told(answers, make))
    others = [asyncio.ensure_future(told(answers, make)) for _ in range(3)]
    await asyncio.sleep(0)

    make.may_end.set()

    assert sorted(await asyncio.gather(first, *others)) == ["1", "2", "3", "4"]
    assert len(answers) == 0


async def test_who_asks_while_it_is_being_made_shares_it() -> None:
    answers, make = Answers(Log()), Maker()
    make.may_end.clear()
    asking = [asyncio.ensure_future(told(answers, make)) for _ in range(1000)]
    await asyncio.sleep(0)

    make.may_end.set()

    assert set(await asyncio.gather(*asking)) == {"1"}


async def test_who_asks_after_a_move_does_not_share_what_was_begun_before() -> None:
    log, make = Log(), Maker()
    answers = Answers(log)
    make.may_end.clear()
    before = asyncio.ensure_future(told(answers, make))
    await asyncio.sleep(0)
    log.place = 2
    after = asyncio.ensure_future(told(answers, make))
    await asyncio.sleep(0)

    make.may_end.set()

    assert list(await asyncio.gather(before, after)) == ["1", "2"]
    assert await told(answers, make) == "2"


async def test_who_leaves_while_it_is_being_made_takes_it_from_nobody() -> None:
    answers, make = Answers(Log()), Maker()
    make.may_end.clear()
    maker, leaving, staying = (asyncio.ensure_future(told(answers, make)) for _ in range(3))
    await asyncio.sleep(0)
    leaving.cancel()
    maker.cancel()
    await asyncio.sleep(0)

    make.may_end.set()

    assert await staying == "2"
    assert leaving.cancelled()


async def test_an_error_while_it_is_being_made_is_that_of_whoever_made_it() -> None:
    answers, make = Answers(Log()), Maker()

    async def failing() -> Answer:
        await asyncio.sleep(0)
        raise LookupError("gone")

    failed = asyncio.ensure_future(told(answers, failing))
    await asyncio.sleep(0)
    other = asyncio.ensure_future(told(answers, make))

    with pytest.raises(LookupError):
        await failed
    assert await other == "1"


async def test_what_was_not_asked_for_the_longest_makes_room() -> None:
    answers, make = Answers(Log(), most_bytes=10_000), Maker(size=1_500)
    for key in ("a", "b", "a", "c"):
        await told(answers, make, key)
    made = make.made

    await told(answers, make, "a")
    assert make.made == made
    await told(answers, make, "b")
    assert make.made == made + 1
    assert answers.bytes <= 10_000


async def test_an_answer_larger_than_all_room_is_sent_and_not_kept() -> None:
    answers, make = Answers(Log(), most_bytes=100), Maker()

    assert await told(answers, make) == "1"
    assert (len(answers), answers.bytes) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(key_of("{ a }", None, None, 1), key_of("{ b }", None, None, 1), id="document"),
        pytest.param(key_of("q", "A", None, 1), key_of("q", "B", None, 1), id="operation"),
        pytest.param(key_of("q", None, {"n": 1}, 1), key_of("q", None, {"n": 2}, 1), id="variable"),
        pytest.param(key_of("q", None, {"n": 1}, 1), key_of("q", None, {"n": 1.0}, 1), id="whole number"),
        pytest.param(key_of("q", None, {"n": 1}, 1), key_of("q", None, {"n": True}, 1), id="truth"),
        pytest.param(key_of("q", None, {"n": "NaN"}, 1), key_of("q", None, {"n": NoNumber("NaN")}, 1), id="no number"),
        pytest.param(key_of("q", None, {"n": None}, 1), key_of("q", None, {}, 1), id="null"),
        pytest.param(key_of("q", None, None, frozenset("a")), key_of("q", None, None, frozenset("ab")), id="rights"),
    ],
)
async def test_questions_that_differ_have_different_keys(one: object, other: object) -> None:
    assert one != other


async def test_the_tag_is_of_the_bytes_and_only_of_what_lasts() -> None:
    def an_answer(text: str, of_the_log: bool) -> Answer:
        return Answer(delivered=Delivered(body=text.encode()), of_the_log=of_the_log)

    assert an_answer("a", True).tag == an_answer("a", True).tag != an_answer("b", True).tag
    assert an_answer("a", False).tag is None
