"""How a function over a connection is run that writes: one thread for all. For those that read: `readers`.

    commit ─▶ waiting ─▶ one thread: BEGIN IMMEDIATE, a savepoint for each, COMMIT ─▶ event loop: committed, answers

aiosqlite crosses from the event loop to its thread and back for every statement,
and a commit of ours has about ten: measured, the crossings took longer than the disk. So the writer's whole transaction
is one function and crosses once. It also never waits in the middle: with a transaction held open across awaits, a busy
event loop would decide for how long nobody else can write.

There is one writer because SQLite admits one at a time anyway. A pool would move the queue into the file's lock, which
serves nobody in order and gives up after `busy_timeout`; here it is a deque, first come, first served. And as it is a
queue that can be seen, what waits while the disk is being synced can be committed with one sync more for all of it. We
rejected collecting for a few milliseconds on purpose: it would delay every single failure for the sake of a burst, and
in a burst the disk's own slowness collects enough.

Each of those that are committed together has a savepoint, so that a refused one takes nobody along. Some errors undo
the whole transaction behind SQLAlchemy's back, though; then all are tried again, each by itself, which also tells whose
fault it was. A function may therefore run twice, and must do nothing but use its connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from adapters.database.health import Health
from adapters.database.opened_file import OpenedFile
from adapters.database.troubles import DatabaseLocked, DatabaseUnusable, translating
from runner.events import Recorded

T = TypeVar("T")
Statements: TypeAlias = Callable[[Connection], T]

_TOGETHER = 64
_BUSY_SECONDS = 5.0
# Whoever asks may stand behind one that waits already, and has an answer before clients give up.
_WRITER_BUSY_SECONDS = 2.0
# Four times SQLite's own: most pages of a checkpoint are hot ones, written once instead of four times.
_CHECKPOINT_PAGES = 4000


def file_of(database_url: str) -> Path:
    """The file of an SQLite URL, links resolved: its lock has to be one, whatever it is called.

    Raises DatabaseUnusable for any other URL.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        raise DatabaseUnusable(f"stepwire stores in SQLite only: {url.render_as_string()} is no sqlite URL")
    if not url.database or url.database == ":memory:":
        raise DatabaseUnusable("The database URL names no file: sqlite+aiosqlite:///path/to/stepwire.db")
    try:
        return Path(url.database).resolve()
    except RuntimeError as error:
        raise DatabaseUnusable(f"{url.database} is a link that leads to itself") from error


def connecting(busy_seconds: float = _BUSY_SECONDS) -> dict[str, Any]:
    """What the driver is told: transactions begin where we say, and a lock is waited for that long."""
    return {"check_same_thread": False, "timeout": busy_seconds, "isolation_level": None}


def sqlite_engine(file: Path, begin: str, *pragmas: str, busy_seconds: float = _BUSY_SECONDS) -> Engine:
    """An engine for threads of our own; `begin` starts every transaction."""
    return prepared(create_engine(f"sqlite:///{file}", connect_args=connecting(busy_seconds)), begin, *pragmas)


def prepared(engine: Engine, begin: str, *pragmas: str) -> Engine:
    """The same; `begin` starts every transaction: Python's driver would begin late, and lose updates silently."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@dataclass(frozen=True, kw_only=True)
class Committed(Generic[T]):
    """What came of a transaction: the outcome, for whoever asked for it, and the events, for everybody."""

    outcome: T
    events: Sequence[Recorded]


@dataclass(kw_only=True, eq=False)
class _Job:
    work: Statements[Any]
    outcome: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None

    def deliver(self) -> None:
        if self.outcome.done():
            return
        if self.error is not None:
            self.outcome.set_exception(self.error)
        else:
            self.outcome.set_result(self.result)


class Writer:
    """Runs functions in transactions on one thread, in the order in which they came.

    What was begun is carried out, even when whoever awaits it is cancelled. `committed` is told of the events that are
    stored, once each and in order, before whoever stored them hears of it. Nothing is written into another file than
    the one that lay there when this was made.
    """

    def __init__(
        self, file: Path, committed: Callable[[Sequence[Recorded]], None], busy_seconds: float = _WRITER_BUSY_SECONDS
    ) -> None:
        self._file = file
        self._opened = OpenedFile(file)
        self._committed = committed
        self.health = Health(self._probe)
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={_CHECKPOINT_PAGES}")
        self.engine = sqlite_engine(file, "BEGIN IMMEDIATE", *pragmas, busy_seconds=busy_seconds)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stepwire-writer")
        self._waiting: deque[_Job] = deque()
        self._connection: Connection | None = None

    async def run(self, work: Statements[T]) -> T:
        """All that the function did is stored durably, or nothing of it and its exception is raised."""
        loop = asyncio.get_running_loop()
        job = _Job(work=work, outcome=loop.create_future())
        self._waiting.append(job)
        self._thread.submit(self._drain, loop)
        result: T = await job.outcome
        return result

    async def store(self, work: Statements[Committed[T]]) -> T:
        """The same for what stores events; gives the outcome."""
        return (await self.run(work)).outcome

    async def close(self) -> None:
        """Returns when all that was asked for is stored."""
        await asyncio.to_thread(self._thread.shutdown)
        self._disconnect()
        self.engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """On the one connection, which is kept as long as it is sound: fetching it from a pool costs every commit."""
        self._opened.check()
        if self._connection is None:
            self._connection = self.engine.connect()
        try:
            with self._connection.begin():
                self._opened.check_content(self._connection)
                yield self._connection
                self._opened.expect(self._connection)
        except BaseException:
            # It may still be in the middle of what could be neither committed nor undone.
            self._disconnect()
            raise
        self._opened.note()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), _TOGETHER))]
        if not jobs:
            return  # an earlier call took them along
        if len(jobs) == 1 or not self._all(jobs):
            for job in jobs:
                self._alone(job)
        loop.call_soon_threadsafe(self._deliver, jobs)

    def _deliver(self, jobs: Sequence[_Job]) -> None:
        results = [job.result for job in jobs if job.error is None]
        self._note(jobs)
        try:
            if events := [event for result in results if isinstance(result, Committed) for event in result.events]:
                self._committed(events)
        finally:
            # It is stored, whatever those who are told of it do.
            for job in jobs:
                job.deliver()

    def _note(self, jobs: Sequence[_Job]) -> None:
        """What these say of the database's health; one that stored nothing is no proof of it."""
        for job in jobs:
            if isinstance(job.error, DatabaseUnusable):
                self.health.note(str(job.error))
            elif job.error is None and isinstance(job.result, Committed) and job.result.events:
                self.health.note(None)

    async def _probe(self) -> None:
        await self.run(_write_something)

    def _alone(self, job: _Job) -> None:
        job.error = None
        try:
            with translating(self._file), self._transaction() as connection:
                job.result = job.work(connection)
        except Exception as error:  # noqa: BLE001  raised where the job is awaited
            job.error = error

    def _all(self, jobs: Sequence[_Job]) -> bool:
        """Whether all have their outcome; if not, nothing of them is stored."""
        try:
            with translating(self._file), self._transaction() as connection:
                for job in jobs:
                    self._one_of_many(connection, job)
        except DatabaseLocked as error:
            # Alone each would wait for the lock as long again, one after the other.
            for job in jobs:
                job.error = error
        except Exception:  # noqa: BLE001  each is tried alone then, which tells whose fault it was
            return False
        return True

    def _one_of_many(self, connection: Connection, job: _Job) -> None:
        try:
            with connection.begin_nested():
                job.result = job.work(connection)
        except DBAPIError:
            # It may have taken the whole transaction with it.
            raise
        except Exception as error:  # noqa: BLE001  raised where the job is awaited
            job.error = error


def _write_something(connection: Connection) -> None:
    """What it was already, in the file's header: SQLite writes the page all the same, and syncs it."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")
