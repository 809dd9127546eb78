"""The commands with which a person begins, sees what stands, and moves it, beside those in `web.cli`."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated

import typer

from web.terminal.arguments import (
    AsJson,
    CreateBranch,
    Force,
    Model,
    Permission,
    Pipeline,
    Question,
    Step,
    Token,
    Url,
    client_of,
)
from web.terminal.on_demand import with_settings

if TYPE_CHECKING:
    from web.settings import Settings
    from web.terminal.acts import Acts, Done

app = typer.Typer(add_completion=False)


@app.command()
def ps(
    status: Annotated[
        list[str] | None, typer.Option(metavar="STATUS", help="Of this status instead, e.g. succeeded; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="Of each status the newest so many.")] = 20,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List what waits for you, failed, runs or is about to, and how to go on with it."""
    from web.terminal.ps_command import print_pipelines

    asyncio.run(print_pipelines(client_of(url, token), status or [], limit=limit, as_json=as_json))


@app.command()
def show(pipeline: Pipeline, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Show a pipeline step by step: what was done, what is wrong, and what would help."""
    from web.terminal.ps_command import print_pipeline

    asyncio.run(print_pipeline(client_of(url, token), pipeline, as_json=as_json))


@app.command()
def retry(
    step: Step,
    model: Model = None,
    instruction: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Said to the agent once more, - reads it from stdin.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Asked from now on instead; - reads it from stdin.")
    ] = None,
    timeout: Annotated[
        int | None, typer.Option(min=1, metavar="SECONDS", help="Limit of an attempt from now on.")
    ] = None,
    today: Annotated[bool, typer.Option("--today", help="With template and agent as they are defined now.")] = False,
    create_branch: CreateBranch = False,
    force: Force = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Try a step again that failed, was cancelled or cut off; what came before it is kept."""
    from web.terminal.acts import Differently

    differently = Differently(
        model=model,
        instruction=instruction,
        prompt=prompt,
        timeout=timeout,
        today=today,
        create_branch=create_branch,
        force=force,
    )
    print_done(acts_of(url, token).retry(step, differently), as_json=as_json)


@app.command()
def skip(
    step: Step,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown with the step.")],
    force: Force = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Go on without a step that did not succeed."""
    print_done(acts_of(url, token).skip(step, reason, force=force), as_json=as_json)


@app.command()
def cancel(
    pipeline: Pipeline,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; shown with the pipeline.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a pipeline at once; it can be tried again."""
    print_done(acts_of(url, token).cancel(pipeline, reason), as_json=as_json)


@app.command()
def allow(
    permission: Permission,
    always: Annotated[
        bool, typer.Option("--always", help="Also whatever else matches, from now on; show says what that is.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Allow what an agent asks to do."""
    print_done(acts_of(url, token).allow(permission, always=always), as_json=as_json)


@app.command()
def refuse(
    permission: Permission,
    message: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What to do instead; without it the agent has to stop.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Refuse what an agent asks to do."""
    print_done(acts_of(url, token).refuse(permission, message), as_json=as_json)


@app.command()
def answer(
    question: Question,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT…", help="For each field in turn, or each option chosen of a single one."),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=TEXT", help="For a field by its key, as show prints it; repeatable."),
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Answer what an agent asks."""
    given: defaultdict[str, list[str]] = defaultdict(list)
    for part in field or []:
        key, mark, text = part.partition("=")
        if not mark:
            raise typer.BadParameter(f'"{part}" is no KEY=TEXT.')
        given[key].append(text)
    print_done(acts_of(url, token).answer(question, texts or [], given), as_json=as_json)


@app.command()
@with_settings("config", "opencode_url", "opencode_username", "opencode_password", "opencode_ca")
def init(settings: "Settings") -> None:
    """Write first agents and templates from what OpenCode has, and say what to do next."""
    from web.terminal.init_command import init as initialised

    print("\n".join(initialised(settings)))


@app.command()
def completion(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish, powershell or pwsh.")],
) -> None:
    """Print what makes a shell complete commands, ids, templates and models; --install-completion puts it in place."""
    from typer.completion import shell_complete

    raise typer.Exit(shell_complete(ctx.find_root().command, {}, "stepwire", "_STEPWIRE_COMPLETE", f"source_{shell}"))


def acts_of(url: str | None, token: str | None) -> "Acts":
    """As `client_of`, for whoever has something done there."""
    from web.terminal.acts import Acts

    return Acts(client_of(url, token))


def print_done(act: "Coroutine[None, None, Done]", *, as_json: bool) -> None:
    """Has it done, and says what became of it."""
    print(asyncio.run(act).printed(as_json=as_json))
