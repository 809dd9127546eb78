"""`stepwire`: what there is to be run from a terminal. Each command loads what it needs, so that none waits for others.

Exit codes: 0 done, 1 something is wrong with what was asked about, 2 it could not be done, 130 ended by Ctrl-C.
"""

import sys
from typing import Annotated, NoReturn

import typer

from web.settings import BadSetting, Settings
from web.terminal.options import ALL, with_settings
from web.terminal.troubles import CannotDo, complain

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs pipelines of agent steps on an OpenCode server and says, live, why a step failed.",
)
_SETTINGS = "Each setting is also a variable STEPWIRE_… and a key of stepwire.toml in the current folder."


@app.command(epilog=_SETTINGS)
@with_settings(*ALL)
def serve(settings: Settings) -> None:
    """Serve the page, the API and the pipelines."""
    from web.terminal.serving import serve_until_stopped

    serve_until_stopped(settings)


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def migrate(
    settings: Settings,
    revision: Annotated[str, typer.Argument(help="Where to: a revision, head or base.")] = "head",
) -> None:
    """Bring the database's tables to a revision, the newest unless told otherwise."""
    from web.terminal.serving import bring_database_to

    bring_database_to(settings, revision)
    print(f"The database is at {revision}.")


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Compare it with the committed one instead.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the committed one anew instead.")] = False,
) -> None:
    """Print the GraphQL schema."""
    from resolvers import printing

    if write:
        printing.write_schema()
    elif not check:
        print(printing.print_schema(), end="")
    elif difference := printing.difference():
        print(difference, end="")
        complain("the committed schema is another one; write it anew with: stepwire schema --write")
        raise typer.Exit(1)


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def prune(
    settings: Settings,
    older_than: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Those that ended before that many days.")],
) -> None:
    """Remove pipelines that ended long ago, with all that belongs to them."""
    from web.terminal.serving import prune_older_than

    events = prune_older_than(settings, older_than)
    print(f"{events:,} events are gone." if events else f"Nothing ended more than {older_than} days ago.")


def main() -> NoReturn:
    """The console script: every expected trouble ends in a line on stderr, without a traceback."""
    try:
        app()
    except (BadSetting, CannotDo) as error:
        complain(str(error))
        sys.exit(2)
    sys.exit(0)
