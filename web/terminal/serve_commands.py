"""The commands that open the database themselves: serving, migrating, pruning."""

import asyncio
import errno
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn
from urllib.parse import quote

import uvloop

from adapters.database import DatabaseUnusable, migrate, open_database
from adapters.opencode.identity import INSTALL
from runner.failures import AgentError
from runner.journal import Pruned
from runner.model import in_milliseconds
from web.app import serve
from web.assembly import Beside, nothing, whoever_types
from web.binding import binding_of
from web.demo import demo_settings, prepare, start_pipelines
from web.settings import Settings, data_folder, read_settings
from web.terminal.frame import framed
from web.terminal.troubles import CannotDo, complain
from web.token import with_access_token


def serve_until_stopped(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then ends what runs in good order.

    Raises:
        CannotDo: the port or the database cannot be had, or OpenCode not be started.
    """
    _serve(settings, nothing, data_folder())


def serve_demo_until_stopped(options: Mapping[str, object], file: str | None) -> None:
    """The same on a folder that is removed at the end.

    Raises:
        CannotDo, BadSetting: as serving does.
    """
    with TemporaryDirectory(prefix="stepwire-demo-") as folder:
        prepare(Path(folder))
        _serve(read_settings({**options, **demo_settings(Path(folder))}, file), start_pipelines, Path(folder))


def _serve(settings: Settings, beside: Beside, folder: Path) -> None:
    """`folder` is where the log goes while a person looks at the terminal."""
    if settings.announcement:
        complain(settings.announcement)
    settings = with_access_token(settings)
    with _explained(settings):
        _check_port(settings.host, settings.port)
        _check_engine(settings.opencode_url)
        migrate(settings.database_url)
        signal.signal(signal.SIGTERM, _exit)
        log = _log_in(folder)
        announcing = _announcing(settings, log)
        # asyncio.run would take the standard loop, whatever uvicorn is configured with.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, announce=announcing, beside=beside, log=log))


def _announcing(settings: Settings, log: Path | None) -> Callable[[str], None]:
    plain = partial(announce, settings=settings)
    if not sys.stdout.isatty():
        return plain
    return framed(plain, f"log: {log} · Ctrl-C stops it" if log else "Ctrl-C stops it")


def _log_in(folder: Path) -> Path | None:
    """The file for the log while a person reads both streams; None: it stays where it is, for whoever reads it there.

    It is its owner's alone, as it tells who works where.
    """
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return None
    file = folder / "stepwire.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        return None
    return file


def _check_port(host: str, port: int) -> None:
    """Raises OSError when it cannot be had: once it runs, the server only logs that, and leaves."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host.strip("[]"), port))


def _check_engine(url: str) -> None:
    if url == "spawn" and shutil.which("opencode") is None:
        raise CannotDo(
            f"There is no opencode on the PATH to be started: install it ({INSTALL}), or give --opencode-url."
        )


def announce(url: str, *, settings: Settings) -> None:
    """First the line that programs wait for, then the address to open, then what people should know."""
    print(f"stepwire listening on {url}", flush=True)
    token = settings.access_token
    fragment = f"#token={quote(token, safe='')}" if token else ""
    print(f"{url}/{fragment}", flush=True)
    found = binding_of(settings)
    if not found.binds:
        print(found.message, flush=True)


def bring_database_to(settings: Settings, revision: str) -> None:
    with _explained(settings):
        migrate(settings.database_url, revision)


def prune_older_than(settings: Settings, days: int) -> Pruned:
    """What went with the pipelines that ended before that many days."""
    with _explained(settings):
        return asyncio.run(_prune(settings.database_url, days))


async def _prune(database_url: str, days: int) -> Pruned:
    now = in_milliseconds(datetime.now(UTC))
    async with open_database(database_url) as database:
        return await database.journal.prune(now - timedelta(days=days), now, whoever_types().actor)


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    try:
        yield
    except DatabaseUnusable as error:
        raise CannotDo(f"{error}.") from error
    except AgentError as error:
        raise CannotDo(f"{error.failure.message}. {error.failure.hint}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = "stop it, or give another with --port (0 takes a free one)"
            raise CannotDo(f"Port {settings.port} on {settings.host} is in use: {other}.") from error
        raise CannotDo(f"{settings.host}:{settings.port} cannot be served: {error.strerror or error}.") from error


def _exit(*_: object) -> NoReturn:
    """uvicorn has stopped in good order by the time it hands the signal on."""
    sys.exit(0)
