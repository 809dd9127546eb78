"""Commands that are built when they are called: to list them takes their names and first paragraphs alone.

To build one is to read its parameters, and those of `serve` are the settings, which cost more than all the rest.
"""

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache, partial, wraps
from typing import Any, TypeAlias

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo, TyperInfo

Command: TypeAlias = Callable[..., None]


class Commands(TyperGroup):
    """The commands, each with its first paragraph in full, however narrow the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        shown = [(name, _first_paragraph(self.commands[name].help)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(shown)


def built_on_demand(app: typer.Typer) -> TyperGroup:
    """What calling `app` would build whole: the same for whoever calls, explains or completes one of its commands."""
    empty = copy(app)
    empty.registered_commands, empty.registered_groups = [], []
    group = typer.main.get_command(empty)
    assert isinstance(group, TyperGroup)
    group.commands = {command.name or "": command for command in _deferred(app, app)}
    return group


def with_settings(*names: str) -> Callable[[Command], Command]:
    """As `web.terminal.options.with_settings`, which is asked when the command is built; without names: of all."""

    def made(command: Command) -> Command:
        from web.terminal import options

        return options.with_settings(*names or options.ALL)(command)

    return lambda command: _later(command, made)


def with_options(*names: str) -> Callable[[Command], Command]:
    """As `web.terminal.options.with_options`, in the same way."""

    def made(command: Command) -> Command:
        from web.terminal import options

        return options.with_options(*names)(command)

    return lambda command: _later(command, made)


class _Deferred(TyperCommand):
    """Stands for a command, or for a group of them, until one wants more of it than to be listed."""

    def __init__(self, name: str, *, help: str, hidden: bool, build: Callable[[], Any]) -> None:
        super().__init__(name, help=help, hidden=hidden, rich_markup_mode=None)
        self._build = build

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """A context of the command itself, which is asked everything from here on."""
        return self._build().make_context(*args, **extra)


class _Later(inspect.Signature):
    """A signature that is found out when its parameters are asked for."""

    def __init__(self, found: Callable[[], inspect.Signature]) -> None:
        super().__init__()
        self._found = found

    @property
    def parameters(self) -> Any:
        return self._found().parameters


def _later(command: Command, made: Callable[[Command], Command]) -> Command:
    the = cache(lambda: made(command))

    @wraps(command)
    def run(**given: Any) -> None:
        the()(**given)

    run.__signature__ = _Later(lambda: inspect.signature(the()))  # type: ignore[attr-defined]
    # The signature says it all; what stands in annotations is for those who check types, and may not be imported.
    run.__annotations__ = {}
    return run


def _deferred(root: typer.Typer, app: typer.Typer) -> Iterator[_Deferred]:
    """What stands in `app`, to be built as a part of `root`."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield _Deferred(
            command.name or typer.main.get_command_name(command.callback.__name__),
            help=command.help or inspect.getdoc(command.callback) or "",
            hidden=command.hidden,
            build=partial(_built, root, [command], []),
        )
    for group in app.registered_groups:
        assert group.typer_instance is not None
        if isinstance(group.name, str):
            yield _Deferred(
                group.name,
                help=typer.main.solve_typer_info_help(group),
                hidden=group.hidden is True,
                build=partial(_built, root, [], [group]),
            )
        else:
            yield from _deferred(root, group.typer_instance)


def _built(root: typer.Typer, commands: list[CommandInfo], groups: list[TyperInfo]) -> Any:
    """The one command, or the one group."""
    alone = copy(root)
    alone.registered_commands, alone.registered_groups = commands, groups
    (command,) = typer.main.get_group(alone).commands.values()
    return command


def _first_paragraph(text: str | None) -> str:
    return (text or "").partition("\n\n")[0].replace("\n", " ")
