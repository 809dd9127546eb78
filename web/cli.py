"""`stepwire`: what there is to be run from a terminal. Each command loads what it needs, so that none waits for others.

Exit codes: 0 done, 1 something is wrong with what was asked about, 2 it could not be done, 130 ended by Ctrl-C.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeAlias

import typer

from runner.principals import Role
from web.settings import BadSetting, Settings, read_settings
from web.terminal.options import ALL, Format, with_options, with_settings
from web.terminal.troubles import CannotDo, complain
from web.token import address_of

if TYPE_CHECKING:
    from web.terminal.api_client import ApiClient

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs pipelines of agent steps on an OpenCode server and says, live, why a step failed.",
)
token = typer.Typer(no_args_is_help=True, help="Make, list and revoke named tokens.")
app.add_typer(token, name="token")
_SETTINGS = "Each setting is also a variable STEPWIRE_… and a key of ~/.config/stepwire/stepwire.toml."


@app.command(epilog=_SETTINGS)
@with_settings(*ALL)
def serve(settings: Settings) -> None:
    """Serve the page, the API and the pipelines."""
    from web.terminal.serve_commands import serve_until_stopped

    serve_until_stopped(settings)


@app.command(epilog=_SETTINGS)
@with_options("host", "port", "auth", "token", "allowed_host")
def demo(options: Mapping[str, object], file: str | None) -> None:
    """Serve scripted agents that succeed, struggle and fail while you watch; nothing is kept."""
    from web.terminal.serve_commands import serve_demo_until_stopped

    serve_demo_until_stopped(options, file)


Url: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Where stepwire serves.", show_default="http://127.0.0.1:8400")
]

Token: TypeAlias = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Its token; the one that a server on this machine keeps is found.")
]

CreateBranch: TypeAlias = Annotated[
    bool, typer.Option("--create-branch", help="Make the branch where it is not there.")
]
Approval: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="As run and watch print it: app_…")]
Comment: TypeAlias = Annotated[str | None, typer.Option(metavar="TEXT", help="For the next agent, or why not.")]


@app.command()
def run(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name in pipelines.yaml.")],
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
    raise typer.Exit(asyncio.run(follow_new_pipeline(_client(url, token), asked)))


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

    asyncio.run(watch_log(_client(url, token), after=after, failures=failures, as_json=as_json))


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
    asyncio.run(print_events(_client(url, token), wanted, form))


@app.command()
def approve(approval: Approval, comment: Comment = None, url: Url = None, token: Token = None) -> None:
    """Approve what a pipeline waits for, so that it goes on."""
    _decide(_client(url, token), approval, comment, approved=True)


@app.command()
def reject(approval: Approval, comment: Comment = None, url: Url = None, token: Token = None) -> None:
    """Reject what a pipeline waits for: it fails, with your comment as the reason."""
    _decide(_client(url, token), approval, comment, approved=False)


@app.command()
def retry(
    step: Annotated[str, typer.Argument(metavar="ID", help="As explain prints it: stp_…")],
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="With this provider/model.")] = None,
    instruction: Annotated[str | None, typer.Option(metavar="TEXT", help="Appended to the prompt, this once.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="TEXT", help="In place of the pipeline's; - reads it.")] = None,
    timeout: Annotated[int | None, typer.Option(metavar="SECONDS", help="Time limit of an attempt.")] = None,
    today: Annotated[bool, typer.Option("--today", help="As template and agent are defined now.")] = False,
    create_branch: CreateBranch = False,
    force: Annotated[bool, typer.Option("--force", help="Go on although others work in the directory.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Try a step again that did not succeed; what came before it is kept."""
    from web.terminal.retry_command import Asked
    from web.terminal.retry_command import retry as retried

    asked = Asked(
        step_id=step,
        model=model,
        instruction=instruction,
        prompt=sys.stdin.read() if prompt == "-" else prompt,
        timeout=timeout,
        today=today,
        create_branch=create_branch,
        force=force,
    )
    print(asyncio.run(retried(_client(url, token), asked)))


@app.command()
def explain(
    failure: Annotated[str, typer.Argument(metavar="ID", help="As the page and watch --json show it: fai_…")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Print all that is known of a failure as Markdown without secrets, to paste into an issue."""
    from web.terminal.explain_command import explain as explained

    print(asyncio.run(explained(_client(url, token), failure)), end="")


@app.command(epilog=_SETTINGS)
@with_settings("database_url")
def migrate(
    settings: Settings,
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
    settings: Settings,
    older_than: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Those that ended before that many days.")],
) -> None:
    """Remove pipelines that ended long ago, with all that belongs to them."""
    from web.terminal.serve_commands import prune_older_than

    events = prune_older_than(settings, older_than).events
    print(f"{events:,} events are gone." if events else f"Nothing ended more than {older_than} days ago.")


@token.command(epilog=_SETTINGS)
@with_settings("database_url")
def add(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The actor of all that is done with it.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What may be done with it.")],
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="After how long, e.g. 12h or 30d; without it, never.")
    ] = None,
) -> None:
    """Make a token and print it, this once."""
    from web.terminal.token_commands import add_token

    print(asyncio.run(add_token(settings, name, role, expires)))
    print("Keep it: it is shown this once.", file=sys.stderr)


@token.command("list", epilog=_SETTINGS)
@with_settings("database_url")
def list_(settings: Settings) -> None:
    """Print the tokens, without their secrets."""
    from web.terminal.token_commands import print_tokens

    asyncio.run(print_tokens(settings))


@token.command(epilog=_SETTINGS)
@with_settings("database_url")
def revoke(settings: Settings, name: Annotated[str, typer.Argument(metavar="NAME", help="As list prints it.")]) -> None:
    """Revoke a token: it is refused from now on, and what is open with it closes within seconds."""
    from web.terminal.token_commands import revoke_token

    asyncio.run(revoke_token(settings, name))
    print(f"{name} is revoked.")


@app.command(epilog=_SETTINGS)
@with_settings(
    *("config", "database_url", "opencode_url", "opencode_username", "opencode_password", "opencode_ca"),
    *("directory_root", "auth", "approvals"),
)
def doctor(
    settings: Settings,
    directory: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where pipelines shall work.")] = None,
) -> None:
    """Find what would keep a pipeline from running: exit code 1 when there is anything."""
    from web.terminal.doctor import print_findings

    if not asyncio.run(print_findings(settings, directory and directory.resolve())):
        raise typer.Exit(1)


def _client(url: str | None, token: str | None) -> "ApiClient":
    from web.terminal.api_client import ApiClient

    return ApiClient(*address_of(read_settings({"token": token}), url))


def _decide(client: "ApiClient", approval: str, comment: str | None, *, approved: bool) -> None:
    from web.terminal.decide_commands import decide

    print(asyncio.run(decide(client, approval, approved=approved, comment=comment)))


def main() -> NoReturn:
    """The console script: every expected trouble ends in a line on stderr, without a traceback."""
    try:
        app()
    except (BadSetting, CannotDo) as error:
        complain(str(error))
        sys.exit(2)
    sys.exit(0)
