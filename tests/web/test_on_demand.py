"""A command is built when it is called: nobody waits for the imports of the others, and nothing else is different."""

import subprocess
import sys

import pytest
import typer

from web.cli import app
from web.terminal.on_demand import built_on_demand

HEAVY = ("web.settings", "runner.principals", "pydantic_settings", "httpx", "strawberry", "sqlalchemy", "rich")
ASKED = """
import sys
sys.argv = ["stepwire", *sys.argv[1:]]
from web.cli import main
try:
    main()
finally:
    print([name for name in {heavy} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), (), ("watch", "--help"), ("sevre",)])
def test_what_needs_no_setting_reads_none(arguments: tuple[str, ...]) -> None:
    script = ASKED.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[-1] == "[]"


def test_it_is_the_same_as_built_at_once() -> None:
    whole, on_demand = typer.main.get_command(app), built_on_demand(app)

    assert isinstance(whole, typer.core.TyperGroup)
    assert list(on_demand.commands) == list(whole.commands)
    assert [option.name for option in on_demand.params] == [option.name for option in whole.params]
    for name, command in whole.commands.items():
        assert on_demand.commands[name].help == command.help
        context = on_demand.commands[name].make_context(name, [], resilient_parsing=True)
        assert [option.name for option in context.command.params] == [option.name for option in command.params]


def test_a_group_of_commands_is_one_of_them() -> None:
    outer, inner, plain = typer.Typer(), typer.Typer(help="Of keys."), typer.Typer()
    outer.callback()(lambda: None)
    inner.command("add")(lambda: print("added"))
    inner.command("list")(lambda: print("listed"))
    plain.command("open")(lambda: print("opened"))
    outer.add_typer(inner, name="key")
    outer.add_typer(plain)

    group = built_on_demand(outer)

    assert [(name, command.help) for name, command in group.commands.items()] == [("key", "Of keys."), ("open", "")]
    assert group(["key", "list"], standalone_mode=False) is None


def test_the_list_says_each_first_paragraph_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        built_on_demand(app)(["--help"], prog_name="stepwire")

    said = " ".join(capsys.readouterr().out.split())
    assert (
        "Start a pipeline on a running server and follow it: exit code 0 when it succeeded, 1 when it failed." in said
    )
    assert "..." not in said.partition("Commands:")[2]
