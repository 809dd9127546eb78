"""Options and arguments that commands share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from web.terminal import completion

if TYPE_CHECKING:
    from web.terminal.api_client import ApiClient

Url: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Where stepwire serves.", show_default="http://127.0.0.1:8400")
]
Token: TypeAlias = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Its token; the one that a server on this machine keeps is found.")
]
CreateBranch: TypeAlias = Annotated[
    bool, typer.Option("--create-branch", help="Make the branch where it is not there.")
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Go on although others work in the directory.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="As JSON, with what the API says.")]
Comment: TypeAlias = Annotated[str | None, typer.Option(metavar="TEXT", help="For the next agent, or why not.")]


def _id(of: str, offered: Callable[..., completion.Offers]) -> Any:
    says = f"{of}, or a beginning of it that no other has."
    return typer.Argument(metavar="ID", help=says, autocompletion=offered)


Pipeline: TypeAlias = Annotated[str, _id("Of a pipeline", completion.pipelines)]
Step: TypeAlias = Annotated[str, _id("Of a step, or of a pipeline for the step at which it stands", completion.steps)]
Permission: TypeAlias = Annotated[str, _id("As watch and ps print it: att_…", completion.permissions)]
Question: TypeAlias = Annotated[str, _id("As watch and ps print it: att_…", completion.questions)]
Approval: TypeAlias = Annotated[str, _id("As run and watch print it: app_…", completion.approvals)]
Failure: TypeAlias = Annotated[str, _id("As run and watch print it: fai_…", completion.failures)]
Template: TypeAlias = Annotated[
    str, typer.Argument(metavar="TEMPLATE", help="Its name in pipelines.yaml.", autocompletion=completion.templates)
]
Model: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="PROVIDER/MODEL", help="Instead of the one before.", autocompletion=completion.models),
]


def client_of(url: str | None, token: str | None) -> "ApiClient":
    """Whoever answers there; raises CannotDo and BadSetting."""
    from web.settings import read_settings
    from web.terminal.api_client import ApiClient
    from web.token import address_of

    return ApiClient(*address_of(read_settings({"token": token}), url))
