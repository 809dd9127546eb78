"""The commands of `stepwire token`."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from web.terminal.on_demand import Commands, with_settings

if TYPE_CHECKING:
    from runner.principals import Role
    from web.settings import Settings

app = typer.Typer(cls=Commands, no_args_is_help=True, help="Make, list and revoke named tokens.")
_SETTINGS = "--database-url is also the variable STEPWIRE_DATABASE_URL and a key of ~/.config/stepwire/stepwire.toml."


def _role(word: str) -> "Role":
    """An option of the enumeration itself would have to load all that roles are made of, for any command."""
    from runner.principals import Role

    try:
        return Role(word.strip().upper())
    except ValueError:
        known = ", ".join(role.value.lower() for role in Role)
        raise typer.BadParameter(f"there is no such role; there are: {known}.") from None


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def add(
    settings: "Settings",
    name: Annotated[str, typer.Argument(metavar="NAME", help="The actor of all that is done with it.")],
    role: Annotated[
        "Role",
        typer.Option(
            metavar="ROLE", parser=_role, help="What may be done with it: viewer, operator, approver or admin."
        ),
    ],
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="After how long, e.g. 12h or 30d; without it, never.")
    ] = None,
) -> None:
    """Make a token and print it, this once."""
    from web.terminal.token_commands import add_token

    print(asyncio.run(add_token(settings, name, role, expires)))
    print("Keep it: it is shown this once.", file=sys.stderr)


@app.command("list", epilog=_SETTINGS)
@with_settings("database_url")
def list_(settings: "Settings") -> None:
    """Print the tokens, without their secrets."""
    from web.terminal.token_commands import print_tokens

    asyncio.run(print_tokens(settings))


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def revoke(
    settings: "Settings", name: Annotated[str, typer.Argument(metavar="NAME", help="As list prints it.")]
) -> None:
    """Revoke a token: it is refused from now on, and what is open with it closes within seconds."""
    from web.terminal.token_commands import revoke_token

    asyncio.run(revoke_token(settings, name))
    print(f"{name} is revoked.")
