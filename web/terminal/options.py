"""The settings as options of commands: one list of them, in `web.settings`, for help, checks and defaults."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any, TypeAlias

import typer
from pydantic.fields import FieldInfo

from web.settings import BadSetting, Settings, read_settings

Command: TypeAlias = Callable[..., None]

ALL = tuple(Settings.model_fields)


_FILE = inspect.Parameter(
    "settings_file",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Option(
            "--settings",
            help="File with settings, the only one to be read.",
            metavar="FILE",
            rich_help_panel="Settings",
        ),
    ],
)


def with_settings(*names: str) -> Callable[[Command], Command]:
    """Gives a command the options of those settings, and `settings`, read and checked, in their place."""

    def decorate(command: Command) -> Command:
        def checked(options: Mapping[str, object], file: str | None, **given: Any) -> None:
            command(settings=read_settings(options, file), **given)

        return _with_parameters(command, checked, "settings", names)

    return decorate


def with_options(*names: str) -> Callable[[Command], Command]:
    """Gives a command the options of those settings, and `options`, as they were given, and `file` in their place."""
    return lambda command: _with_parameters(command, command, "options", names)


def _with_parameters(command: Command, inner: Command, replaced: str, names: Sequence[str]) -> Command:
    own = [place for place in inspect.signature(command).parameters.values() if place.name not in (replaced, "file")]

    @wraps(command)
    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in names}
        inner(options=options, file=given.pop(_FILE.name), **given)

    run.__signature__ = inspect.Signature([*own, *map(_parameter, names), _FILE])  # type: ignore[attr-defined]
    return run


def _parameter(name: str) -> inspect.Parameter:
    """Everything comes as text: the settings check it, wherever it comes from, and say what would do."""
    field = Settings.model_fields[name]
    kind: Any = str | None
    if field.annotation is bool:
        kind = bool | None
    elif isinstance(field.default, tuple):
        kind = list[str] | None
    extra: Mapping[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    option = typer.Option(
        help=field.description,
        show_default=_shown_default(field) or False,
        metavar=None if field.annotation is bool else extra["metavar"],
        rich_help_panel="Settings",
    )
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])


def _shown_default(field: FieldInfo) -> str:
    try:
        default = field.get_default(call_default_factory=True)
    except BadSetting:
        return ""
    if default is None:
        return ""
    match default:
        case bool():
            return "on" if default else "off"
        case float():
            return f"{default:g}"
        case tuple():
            return ", ".join(default)
        case _:
            return str(default)
