"""`stepwire token`: named tokens made, listed and revoked, straight in the database; a server that runs finds out."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from rich.text import Text

from adapters.clock import SystemClock
from adapters.database import DatabaseUnusable, open_tokens
from adapters.database.engines import file_of
from adapters.database.migrations import migrate
from runner.outcomes import NotFound
from runner.plaintext import one_line
from runner.principals import Role, TokenRequest
from runner.tokens import NewToken, Tokens
from web.assembly import owner_name, whoever_types
from web.settings import Settings
from web.terminal.screen import new_console
from web.terminal.troubles import CannotDo

_LASTING = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


async def add_token(settings: Settings, name: str, role: Role, expires: str | None) -> str:
    """Its secret. Raises CannotDo, which says what is wrong."""
    request = TokenRequest(name=name, role=role, expires_at=_moment(expires))
    async with _tokens(settings) as tokens:
        made = await tokens.create(request, whoever_types())
    if not isinstance(made, NewToken):
        raise CannotDo(made.message)
    return made.secret


async def revoke_token(settings: Settings, name: str) -> None:
    async with _tokens(settings) as tokens:
        outcome = await tokens.revoke(name, whoever_types().actor)
    if isinstance(outcome, NotFound):
        raise CannotDo(outcome.message)


async def print_tokens(settings: Settings) -> None:
    console, now = new_console(), SystemClock().now()
    async with _tokens(settings) as tokens:
        listed = await tokens.listed()
    for token in listed:
        line = Text(f"{token.role.value.lower():8}  ", "bold")
        line.append(token.name, "default")
        line.append(f"  made {_day(token.created_at)} by {one_line(token.created_by.name)}", "dim")
        if token.expires_at is not None:
            style = "dim" if token.holds_at(now) else "bold red"
            line.append(f", {'expires' if token.holds_at(now) else 'expired'} {_day(token.expires_at)}", style)
        console.print(line, soft_wrap=True)


@asynccontextmanager
async def _tokens(settings: Settings) -> AsyncIterator[Tokens]:
    """Over the database, which is made if there is none yet. No role is demanded: whoever can write it may do all."""
    try:
        if not file_of(settings.database_url).exists():
            await asyncio.to_thread(migrate, settings.database_url)
        async with open_tokens(settings.database_url) as store:
            yield Tokens(store=store, clock=SystemClock(), own_name=owner_name(), changed=_unheard)
    except DatabaseUnusable as error:
        raise CannotDo(f"{error}.") from error


async def _unheard() -> None:
    """A server that runs looks by itself."""


def _moment(lasting: str | None) -> datetime | None:
    if lasting is None:
        return None
    written = _LASTING.fullmatch(lasting.strip())
    if written is None:
        raise CannotDo(f'--expires: "{one_line(lasting)}" is no length of time; write e.g. 90m, 12h, 30d or 4w.')
    return SystemClock().now() + timedelta(**{_UNITS[written[2]]: int(written[1])})


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
