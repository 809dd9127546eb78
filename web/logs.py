"""What stepwire says of itself: one event a line, key-value, on standard error, without a secret or a prompt.

Where a person sits before it, standard error has what they should know, and a file has all of it.
"""

import logging
import sys
from collections.abc import Callable, MutableMapping
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from runner.redaction import Redactor

Line: TypeAlias = MutableMapping[str, Any]

_LARGEST_BYTES = 10 * 1024 * 1024
# What is in these lines was stored before, and redacted before that.
_STORED = "stepwire.events"
_OURS = frozenset(("level", "logger", "timestamp"))
_QUIET = {
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "watchfiles": logging.WARNING,
}


def redacted_by(redactor: Redactor) -> Callable[[Any, str, Line], Line]:
    """What structlog hands each line through: no foreign text in it has a secret afterwards, and enums are words."""

    def redacted(_: Any, __: str, line: Line) -> Line:
        is_foreign = line.get("logger") != _STORED
        for name, value in line.items():
            if isinstance(value, Enum):
                line[name] = value.value
            elif isinstance(value, str) and is_foreign and name not in _OURS:
                line[name] = redactor(value)
        return line

    return redacted


def configure_logs(redactor: Redactor, *, level: int = logging.INFO, file: Path | None = None) -> None:
    """Sends the records of structlog and of the standard library down the same way; call it once, at the start.

    With `file` all of it goes there, and warnings alone to standard error. Raises OSError when it cannot be opened.
    """

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redacted_by(redactor),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
            ),
        ],
    )
    root = logging.getLogger()
    root.handlers[:] = _handlers(file)
    for handler in root.handlers:
        handler.setFormatter(formatter)
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _handlers(file: Path | None) -> list[logging.Handler]:
    screen = logging.StreamHandler(sys.stderr)
    if file is None:
        return [screen]
    screen.setLevel(logging.WARNING)
    return [screen, RotatingFileHandler(file, maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8")]
