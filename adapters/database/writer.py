"""Who writes: transactions one after the other, in the order in which they were asked for.

    commit ─▶ waiting ─▶ event loop: BEGIN IMMEDIATE, statements ─▶ thread: COMMIT ─▶ event loop: committed, answers
                    └──▶ thread: all three; for what takes long, comes in a crowd, or waits for another process

A commit of ours has about ten statements of some microseconds each, and then waits for the disk. Only the waiting goes
to a thread. On a thread each statement lets go of the interpreter and asks for it again, and beside a busy event loop
each of these hand-overs takes longer than the statement: see decision 16. Nothing here may keep the event loop from the
rest, though: what would have to wait for the lock of another process starts over on the thread.

There is one writer because SQLite admits one at a time anyway. A pool would move the queue into the file's lock, which
serves nobody in order and gives up after `busy_timeout`; here it is a deque, first come, first served. And as it is a
queue that can be seen, what waits while the disk is being synced can be committed with one sync more for all of it. We
rejected collecting for a few milliseconds on purpose: it would delay every single failure for the sake of a burst, and
in a burst the disk's own slowness collects enough.

Those that are committed together have no savepoints, which cost each of them two statements. Where one fails nothing of
them is stored, and all are run again, each by itself. A function may therefore run several times, and must do nothing
but use its connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import SQLAlchemyError

from adapters.database.engines import Statements, sqlite_engine
from adapters.database.health import Health
from adapters.database.opened_file import OpenedFile
from adapters.database.prepared import driver_of
from adapters.database.troubles import DatabaseLocked, DatabaseUnusable, translating
from runner.events import Recorded

T = TypeVar("T")

_TOGETHER = 64
_ON_THE_LOOP = 8
# Whoever asks may stand behind one that waits already, and has an answer before clients give up.
_BUSY_SECONDS = 2.0
# Four times SQLite's own: most pages of a checkpoint are hot ones, written once instead of four times.
_CHECKPOINT_PAGES = 4000


class Survives(Enum):
    """What is stored outlives this; the value is SQLite's `synchronous`."""

    POWER_CUT = "FULL"
    KILL = "NORMAL"


@dataclass(frozen=True, kw_only=True)
class Committed(Generic[T]):
    """What came of a transaction: the outcome, for whoever asked for it, and the events, for everybody."""

    outcome: T
    events: Sequence[Recorded]


@dataclass(kw_only=True, eq=False)
class _Job:
    work: Statements[Any]
    outcome: asyncio.Future[Any]
    is_short: bool = False
    survives: Survives = Survives.POWER_CUT
    result: Any = None
    error: Exception | None = None

    @property
    def events(self) -> Sequence[Recorded]:
        """Those that it has stored."""
        return self.result.events if self.error is None and isinstance(self.result, Committed) else ()

    def deliver(self) -> None:
        if self.outcome.done():
            return
        if self.error is not None:
            self.outcome.set_exception(self.error)
        else:
            self.outcome.set_result(self.result)


class Writer:
    """Runs functions in transactions, in the order in which they came.

    What was begun is carried out, even when whoever awaits it is cancelled. `committed` is told of the events that are
    stored, once each and in order, before whoever stored them hears of it. Nothing is written into another file than
    the one that lay there when this was made.
    """

    def __init__(
        self, file: Path, committed: Callable[[Sequence[Recorded]], None], busy_seconds: float = _BUSY_SECONDS
    ) -> None:
        self._file = file
        self._opened = OpenedFile(file)
        self._committed = committed
        self._busy_seconds = busy_seconds
        self.health = Health(self._probe)
        pragmas = ("journal_mode=WAL", "foreign_keys=ON", f"wal_autocheckpoint={_CHECKPOINT_PAGES}")
        self.engine = sqlite_engine(file, "BEGIN IMMEDIATE", *pragmas, busy_seconds=busy_seconds)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stepwire-writer")
        self._waiting: deque[_Job] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closed = False
        self._connection: Connection | None = None
        self._transaction: RootTransaction | None = None

    async def commit(self, work: Statements[Committed[T]], survives: Survives = Survives.POWER_CUT) -> T:
        """As `store`; for a few short statements, which may be run on the event loop."""
        job = _Job(work=work, outcome=asyncio.get_running_loop().create_future(), is_short=True, survives=survives)
        committed: Committed[T] = await self._done(job)
        return committed.outcome

    async def store(self, work: Statements[Committed[T]]) -> T:
        """As `run`, for what stores events; gives the outcome."""
        return (await self.run(work)).outcome

    async def run(self, work: Statements[T]) -> T:
        """All that the function did is stored durably, or nothing of it and its exception is raised."""
        result: T = await self._done(_Job(work=work, outcome=asyncio.get_running_loop().create_future()))
        return result

    async def close(self) -> None:
        """Returns when all that was asked for is stored; nothing can be asked for any more."""
        self._is_closed = True
        await self._idle.wait()
        await asyncio.to_thread(self._thread.shutdown)
        self._disconnect()
        self.engine.dispose()

    async def _done(self, job: _Job) -> Any:
        if self._is_closed:
            raise RuntimeError("The database was closed before this could be stored")
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: whoever asks in the same tick is taken along.
            job.outcome.get_loop().call_soon(self._go_on, job.outcome.get_loop())
        return await job.outcome

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), _TOGETHER))]
        if jobs:
            self._thread.submit(self._carry_out, jobs, self._is_begun(jobs), loop)
        else:
            self._idle.set()

    def _deliver(self, jobs: Sequence[_Job], loop: asyncio.AbstractEventLoop) -> None:
        self._note(jobs)
        try:
            if events := [event for job in jobs for event in job.events]:
                self._committed(events)
        finally:
            # It is stored, whatever those who are told of it do.
            for job in jobs:
                job.deliver()
            # Behind those who have an answer now: what they ask for next is taken along.
            loop.call_soon(self._go_on, loop)

    def _note(self, jobs: Sequence[_Job]) -> None:
        """What these say of the database's health; one that stored nothing is no proof of it."""
        for job in jobs:
            if isinstance(job.error, DatabaseUnusable):
                self.health.note(str(job.error))
            elif job.events:
                self.health.note(None)

    async def _probe(self) -> None:
        await self.run(_write_something)

    def _is_begun(self, jobs: Sequence[_Job]) -> bool:
        """Whether their statements are run, and only the COMMIT is left. If not, the thread begins, and says why."""
        if self._connection is None or len(jobs) > _ON_THE_LOOP or not all(job.is_short for job in jobs):
            return False
        try:
            self._begin(jobs, busy_seconds=0.0)
        except Exception:  # noqa: BLE001  the thread meets it once more
            return False
        return True

    def _carry_out(self, jobs: Sequence[_Job], is_begun: bool, loop: asyncio.AbstractEventLoop) -> None:
        """On the thread, to the end."""
        if not is_begun or not self._is_ended():
            self._together(jobs)
        loop.call_soon_threadsafe(self._deliver, jobs, loop)

    def _is_ended(self) -> bool:
        try:
            self._end()
        except Exception:  # noqa: BLE001  nothing of it is stored: it is run once more
            return False
        return True

    def _together(self, jobs: Sequence[_Job]) -> None:
        """Each has its result or its error afterwards."""
        try:
            self._begin(jobs, self._busy_seconds)
            self._end()
        except Exception as error:  # noqa: BLE001  raised where the jobs are awaited
            # Alone each would wait for the lock as long again, one after the other.
            if len(jobs) > 1 and not isinstance(error, DatabaseLocked):
                for job in jobs:
                    self._together([job])
            else:
                for job in jobs:
                    job.error = error

    def _begin(self, jobs: Sequence[_Job], busy_seconds: float) -> None:
        """A transaction with all their statements run; it is open afterwards."""
        with self._undone_where_it_fails():
            connection = self._connected()
            driver = driver_of(connection)
            driver.execute(f"PRAGMA busy_timeout = {1000 * busy_seconds:.0f}")
            driver.execute(f"PRAGMA synchronous = {_what_all_survive(jobs).value}")
            self._transaction = connection.begin()
            self._opened.check_content(driver)
            for job in jobs:
                job.error, job.result = None, job.work(connection)
                if job.events:
                    self._opened.expect(job.events[-1].cursor)

    def _end(self) -> None:
        with self._undone_where_it_fails():
            assert self._transaction is not None
            self._transaction.commit()
            self._transaction = None
        self._opened.note()

    def _connected(self) -> Connection:
        """The one connection, which is kept as long as it is sound: fetching it from a pool costs every commit."""
        self._opened.check()
        if self._connection is None:
            self._connection = self.engine.connect()
        return self._connection

    @contextmanager
    def _undone_where_it_fails(self) -> Iterator[None]:
        try:
            with translating(self._file):
                yield
        except BaseException:
            # It may still be in the middle of what could be neither committed nor undone.
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is None:
            return
        with suppress(SQLAlchemyError):
            # After a COMMIT that failed, closing would take the transaction for ended.
            if self._transaction is not None:
                self._transaction.rollback()
        self._connection.close()
        self._connection = self._transaction = None


def _what_all_survive(jobs: Sequence[_Job]) -> Survives:
    return Survives.KILL if all(job.survives is Survives.KILL for job in jobs) else Survives.POWER_CUT


def _write_something(connection: Connection) -> None:
    """What it was already, in the file's header: SQLite writes the page all the same, and syncs it."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")
