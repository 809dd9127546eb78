"""`stepwire`: what there is to be run from a terminal. Each command loads what it needs, so that none waits for others.

Exit codes: 0 done, 1 something is wrong with what was asked about, 2 it could not be done, 130 ended by Ctrl-C.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from web.terminal import act_commands, token_group
from web.terminal.act_commands import acts_of, print_done
from web.terminal.arguments import (
    Approval,
    AsJson,
    Comment,
    CreateBranch,
    Failure,
    Template,
    Token,
    Url,
    client_of,
)
from web.terminal.formats import Format
from web.terminal.on_demand import Commands, built_on_demand, with_options, with_settings
from web.terminal.troubles import complain, expected

if TYPE_CHECKING:
    from web.settings import Settings

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Boxes and colours around the help would take longer than the help.
    rich_markup_mode=None,
    help="Runs pipelines of agent steps on an OpenCode server and says, live, why a step failed.",
)
_SETTINGS = "Each setting is also a variable STEPWIRE_… and a key of ~/.config/stepwire/stepwire.toml."


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"stepwire {version('stepwire')}")
        raise typer.Exit


@app.callback()
def stepwire(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None: ...


@app.command(epilog=_SETTINGS)
@with_settings()
def serve(settings: "Settings") -> None:
    """Serve the page, the API and the pipelines."""
    from web.terminal.serve_commands import serve_until_stopped

    serve_until_stopped(settings)


@app.command(epilog=_SETTINGS)
@with_options("host", "port", "auth", "token", "allowed_host")
def demo(options: Mapping[str, object], file: str | None) -> None:
    """Serve scripted agents that succeed, struggle and fail while you watch; nothing is kept."""
    from web.terminal.serve_commands import serve_demo_until_stopped

    serve_demo_until_stopped(options, file)


@app.command()
def run(
    template: Template,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What is to be done; - reads it from stdin.")],
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Short name; the prompt's first line without.")
    ] = None,
    directory: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the agents work.")] = None,
    branch: Annotated[str | None, typer.Option(metavar="NAME", help="Branch that the agents are told of.")] = None,
    issue: Annotated[str | None, typer.Option(metavar="OWNER/NAME#N", help="GitHub issue to put first.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="[STEP=]MODEL", help="provider/model for all steps, or for one by number; repeatable."),
    ] = None,
    create_branch: CreateBranch = False,
    force: Annotated[bool, typer.Option("--force", help="Start although others work in the directory.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust the directory without being asked.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The pipeline, then each event as a line of JSON.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Start a pipeline on a running server and follow it: exit code 0 when it succeeded, 1 when it failed."""
    from web.terminal.run_command import Asked, follow_new_pipeline

    asked = Asked(
        template=template,
        prompt=sys.stdin.read() if prompt == "-" else prompt,
        title=title,
        directory=directory,
        branch=branch,
        issue=issue,
        models=model or (),
        create_branch=create_branch,
        force=force,
        trust=trust,
    )
    raise typer.Exit(asyncio.run(follow_new_pipeline(client_of(url, token), asked, as_json=as_json)))


@app.command()
def watch(
    failures: Annotated[bool, typer.Option("--failures", help="Only what went wrong or is not moving.")] = False,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="From there instead of from now on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on each line.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Follow the event log of a running server as lines."""
    from web.terminal.watch_command import watch_log

    asyncio.run(watch_log(client_of(url, token), after=after, failures=failures, as_json=as_json))


@app.command()
def events(
    pipeline: Annotated[str | None, typer.Option(metavar="ID", help="Of one pipeline only.")] = None,
    step: Annotated[str | None, typer.Option(metavar="ID", help="Of one step only: stp_…")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="E.g. step_failed; repeatable.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="E.g. 2026-01-31T12:00, or 2h ago.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="As --since.")] = None,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="Only later ones.")] = None,
    before: Annotated[str | None, typer.Option(metavar="CURSOR", help="Only earlier ones; with --last.")] = None,
    last: Annotated[int | None, typer.Option(min=1, metavar="NUMBER", help="Only the newest so many.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print the audit trail of a running server, oldest first."""
    from web.terminal.trail import Wanted, print_events

    wanted = Wanted(
        after=after,
        before=before,
        last=last,
        pipeline=pipeline,
        step=step,
        types=tuple(types or ()),
        since=since,
        until=until,
    )
    asyncio.run(print_events(client_of(url, token), wanted, Format.JSON if as_json else form))


@app.command()
def approve(
    approval: Approval, comment: Comment = None, as_json: AsJson = False, url: Url = None, token: Token = None
) -> None:
    """Approve what a pipeline waits for, so that it goes on."""
    print_done(acts_of(url, token).decide(approval, comment, approved=True), as_json=as_json)


@app.command()
def reject(
    approval: Approval, comment: Comment = None, as_json: AsJson = False, url: Url = None, token: Token = None
) -> None:
    """Reject what a pipeline waits for: it fails, with your comment as the reason."""
    print_done(acts_of(url, token).decide(approval, comment, approved=False), as_json=as_json)


@app.command()
def explain(failure: Failure, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Print all that is known of a failure as Markdown without secrets, to paste into an issue."""
    from web.terminal.explain_command import explain as explained

    print(asyncio.run(explained(client_of(url, token), failure, as_json=as_json)), end="")


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def migrate(
    settings: "Settings",
    revision: Annotated[str, typer.Argument(help="Where to: a revision, head or base.")] = "head",
) -> None:
    """Bring the database's tables to a revision, the newest unless told otherwise."""
    from web.terminal.serve_commands import bring_database_to

    bring_database_to(settings, revision)
    print(f"The database is at {revision}.")


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Compare it with the committed one instead.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the committed one anew instead.")] = False,
) -> None:
    """Print the GraphQL schema."""
    from resolvers import printer

    if write:
        printer.write_schema()
    elif not check:
        print(printer.print_schema(), end="")
    elif difference := printer.difference():
        print(difference, end="")
        complain("the committed schema is another one; write it anew with: stepwire schema --write")
        raise typer.Exit(1)


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def prune(
    settings: "Settings",
    older_than: Annotated[
        int, typer.Option(min=1, max=36_500, metavar="DAYS", help="Those that ended before that many days.")
    ],
) -> None:
    """Remove pipelines that ended long ago, with all that belongs to them."""
    from web.terminal.serve_commands import prune_older_than

    events = prune_older_than(settings, older_than).events
    print(f"{events:,} events are gone." if events else f"Nothing ended more than {older_than} days ago.")


@app.command(epilog=_SETTINGS)
@with_settings(
    *("config", "database_url", "opencode_url", "opencode_username", "opencode_password", "opencode_ca"),
    *("directory_root", "auth", "approvals"),
)
def doctor(
    settings: "Settings",
    directory: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where pipelines shall work.")] = None,
) -> None:
    """Find what would keep a pipeline from running: exit code 1 when there is anything."""
    from web.terminal.doctor import print_findings

    if not asyncio.run(print_findings(settings, directory and directory.resolve())):
        raise typer.Exit(1)


# As one list, in the order in which they stand here.
app.add_typer(act_commands.app)
app.add_typer(token_group.app, name="token")


def main() -> NoReturn:
    """The console script: every expected trouble ends in a line on stderr, without a traceback."""
    try:
        built_on_demand(app)(prog_name="stepwire")
    except SystemExit:
        raise
    except expected() as error:
        complain(str(error))
        sys.exit(2)
    sys.exit(0)
