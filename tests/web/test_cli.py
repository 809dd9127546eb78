"""Commands do what they say, exit with what they promise, and end in one clear line when they cannot."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from adapters.database import open_database, open_reads
from runner.engine_health import EngineHealth, EngineSupport
from runner.events import LogPruned, Recorded
from runner.reads import EventQuery
from tests.contracts.pipelines import a_pipeline, broken
from tests.support.commands import STEPWIRE
from web.assembly import whoever_types
from web.cli import main
from web.settings import Settings
from web.terminal.doctor import Finding, engine_finding

COMMANDS = (
    *("init", "serve", "demo", "doctor", "migrate", "prune", "schema", "completion", "token"),
    *("run", "ps", "show", "watch", "events", "explain"),
    *("retry", "skip", "cancel", "allow", "refuse", "answer", "approve", "reject"),
)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")


class Stepwire:
    """The console script, in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["stepwire", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        self.out, self.err = self._capsys.readouterr()
        return int(exit_.value.code or 0)


@pytest.fixture
def stepwire(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stepwire:
    return Stepwire(monkeypatch, capsys)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_help_names_every_command(stepwire: Stepwire) -> None:
    assert stepwire("--help") == 0
    assert [command for command in COMMANDS if f" {command} " not in stepwire.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(stepwire: Stepwire, command: str) -> None:
    assert stepwire(command, "--help") == 0


def test_serve_has_an_option_for_every_setting(stepwire: Stepwire) -> None:
    stepwire("serve", "--help")

    options = [f"--{name.replace('_', '-')}" for name in Settings.model_fields]
    assert [option for option in options if option not in stepwire.out] == []
    assert "[default: (8400)]" in stepwire.out


def test_the_version_is_that_of_the_package(stepwire: Stepwire) -> None:
    assert stepwire("--version") == 0
    assert stepwire.out == f"stepwire {version('stepwire')}\n"


@pytest.mark.parametrize(
    "command",
    [
        *(("ps",), ("show", "x"), ("retry", "x"), ("cancel", "x"), ("skip", "x", "--reason", "y"), ("allow", "x")),
        *(("refuse", "x"), ("answer", "x", "y"), ("approve", "x"), ("reject", "x"), ("explain", "x"), ("events",)),
    ],
    ids=" ".join,
)
def test_where_nobody_serves_every_command_says_so(stepwire: Stepwire, command: tuple[str, ...]) -> None:
    for form in ((), ("--json",)):
        assert stepwire(*command, "--url", "http://127.0.0.1:1", *form) == 2
        assert stepwire.err.startswith("stepwire: No stepwire answers at http://127.0.0.1:1 (")
        assert stepwire.out == ""


def test_an_unknown_option_is_refused(stepwire: Stepwire) -> None:
    assert stepwire("serve", "--prot", "1") == 2
    assert "No such option: --prot" in stepwire.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve", "--port", "x"), 'stepwire: --port: "x" will not do; give a port from 0 to 65535.\n'),
        (("serve", "--auth", "off", "--host", "0.0.0.0"), "stepwire: auth is off and host is 0.0.0.0: "),
        (("demo", "--port", "x"), 'stepwire: --port: "x" will not do'),
        (("migrate", "nowhere"), "cannot be brought to nowhere: Can't locate revision identified by 'nowhere'.\n"),
        (("migrate", "--database-url", "sqlite+aiosqlite:////dev/null/x.db"), "cannot be made or locked: "),
        (("watch", "--url", "ftp://x"), 'stepwire: "ftp://x" is no address of a server; write e.g. --url http://'),
        (("run", "t", "p", "--url", "http://127.0.0.1:1"), "stepwire: No stepwire answers at http://127.0.0.1:1 ("),
        (("watch", "--url", "http://127.0.0.1:1"), "start it with stepwire serve, or give its --url.\n"),
        (("events", "--url", "http://127.0.0.1:1"), "stepwire: No stepwire answers at http://127.0.0.1:1 ("),
        (("events", "--since", "soon"), 'stepwire: --since: "soon" is no time; write e.g. 2026-01-31'),
        (("events", "--since", "999999w"), 'stepwire: --since: "999999w" is no time; write e.g. 2026-01-31'),
        (("events", "--until", "0001-01-01T00:00:00+14:00"), "is no time; write e.g. 2026-01-31"),
        (("prune", "--older-than", "1", "--database-url", "postgresql://x/y"), "will not do; give sqlite+aiosqlite"),
    ],
)
def test_what_cannot_be_done_is_one_line(stepwire: Stepwire, arguments: tuple[str, ...], said: str) -> None:
    assert stepwire(*arguments) == 2
    assert said in stepwire.err
    assert stepwire.err.count("\n") == 1
    assert stepwire.out == ""


@pytest.mark.parametrize("days", ["36501", "9999999", "9" * 30, "9" * 5_000])
def test_days_beyond_all_measure_are_refused(stepwire: Stepwire, days: str) -> None:
    assert stepwire("prune", "--older-than", days) == 2
    assert "Invalid value for '--older-than'" in stepwire.err


def test_a_port_in_use_is_one_line(stepwire: Stepwire, taken_port: int) -> None:
    assert stepwire("serve", "--port", str(taken_port)) == 2
    other = "stop it, or give another with --port (0 takes a free one)"
    assert stepwire.err == f"stepwire: Port {taken_port} on 127.0.0.1 is in use: {other}.\n"


def test_migrate_goes_up_and_down(stepwire: Stepwire) -> None:
    said = [(stepwire("migrate", *revision), stepwire.out) for revision in [(), ("base",), ("head",)]]

    assert said == [
        (0, "The database is at head.\n"),
        (0, "The database is at base.\n"),
        (0, "The database is at head.\n"),
    ]


def test_prune_says_what_went(stepwire: Stepwire) -> None:
    assert stepwire("prune", "--older-than", "30") == 0
    assert stepwire.out == "Nothing ended more than 30 days ago.\n"


def test_who_pruned_is_in_the_log(stepwire: Stepwire, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    async def an_old_pipeline() -> None:
        async with open_database(url) as database:
            await broken(database.journal, a_pipeline(at=long_ago), at=long_ago)

    async def told() -> Sequence[Recorded]:
        async with open_reads(url) as reads:
            return (await reads.events(EventQuery())).items

    asyncio.run(an_old_pipeline())
    assert stepwire("prune", "--older-than", "30", "--database-url", url) == 0

    [recorded] = asyncio.run(told())
    assert isinstance(recorded.event, LogPruned)
    assert (recorded.event.actor, recorded.event.pipelines) == (whoever_types().actor, 1)


def test_a_token_is_made_listed_and_revoked(stepwire: Stepwire, tmp_path: Path) -> None:
    assert stepwire("token", "add", "anna b", "--role", "Approver", "--expires", "30d") == 0
    secret = stepwire.out.strip()
    assert stepwire("token", "add", "ci", "--role", "viewer") == 0
    assert stepwire("token", "list") == 0
    first, second = stepwire.out.splitlines()
    assert stepwire("token", "revoke", "ci") == 0
    assert stepwire("token", "list") == 0

    assert re.fullmatch(r"stw_[\w-]{43}", secret)
    assert first.startswith("approver  anna b  made ")
    assert ", expires " in first
    assert second.startswith("viewer    ci  made ")
    assert secret not in first
    assert [line.split()[1] for line in stepwire.out.splitlines()] == ["anna"]
    assert (tmp_path / "data" / "stepwire" / "stepwire.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "taken", "--role", "viewer"), "There is a token taken already"),
        (("add", "x", "--role", "pope"), "there are: viewer, operator, approver, admin."),
        (("add", "", "--role", "viewer"), "A name has 1 to 64 letters"),
        (("add", "x", "--role", "viewer", "--expires", "soon"), '--expires: "soon" is no length of time'),
        (("add", "x", "--role", "viewer", "--expires", "0d"), "It would have expired already"),
        (("revoke", "x"), "There is no token x."),
        (("list", "--database-url", "sqlite+aiosqlite:////proc/none/x.db"), "cannot be made"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(stepwire: Stepwire, arguments: tuple[str, ...], said: str) -> None:
    assert stepwire("token", "add", "taken", "--role", "operator") == 0

    assert stepwire("token", *arguments) == 2
    assert said in stepwire.err


def test_schema_is_printed_and_compared(stepwire: Stepwire) -> None:
    assert stepwire("schema") == 0
    assert "type Subscription {" in stepwire.out
    assert stepwire("schema", "--check") == 0
    assert stepwire.out == ""


def test_doctor_has_no_folder_looked_into_that_lies_outside_of_the_roots(stepwire: Stepwire, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()

    roots = ("--directory-root", str(tmp_path / "root"))
    assert stepwire("doctor", "--opencode-url", "scripted", "--directory", str(tmp_path), *roots) == 1

    lines = stepwire.out.splitlines()
    outside = f"{tmp_path} is outside of where pipelines may work"
    assert any(line.startswith(f"wrong  directory: {outside}") for line in lines)
    assert any(line.startswith(f"wrong  agents and models: {outside}") for line in lines)


def test_doctor_finds_what_is_wrong_and_what_is_not(stepwire: Stepwire) -> None:
    Path("stepwire").mkdir()
    Path("stepwire/pipelines.yaml").write_text(
        "pipelines:\n"
        "  - {name: good, steps: [{agent: build}]}\n"
        "  - {name: bad, steps: [{agent: build}, {agent: reviewr}]}\n"
        "  - {name: odd, steps: [{agent: build, model: scripted/none, tiemout: 3}]}\n"
    )

    assert stepwire("doctor", "--opencode-url", "scripted", "--directory", "nowhere") == 1

    lines = stepwire.out.splitlines()
    assert "ok     template good: 1 step" not in lines, "the directory is in its way"
    assert any(line.startswith("wrong  directory: ") and "does not exist" in line for line in lines)
    assert any(line.startswith("wrong  stepwire/pipelines.yaml:4: ") and '"tiemout"' in line for line in lines)

    assert stepwire("doctor", "--opencode-url", "scripted") == 1

    lines = stepwire.out.splitlines()
    assert "ok     template good: 1 step" in lines
    assert any(line.startswith('wrong  template bad: Agent "reviewr" does not exist') for line in lines)
    assert any(line.endswith("(steps.1.agent)") for line in lines)
    assert any(line.startswith('wrong  template odd: Model "scripted/none" is not configured') for line in lines)
    assert any(line.startswith("ok     database: ") for line in lines)
    assert "ok     OpenCode: version scripted at http://scripted, expected to work" in lines


def test_doctor_says_how_to_reach_opencode(stepwire: Stepwire) -> None:
    assert stepwire("doctor", "--opencode-url", "http://127.0.0.1:1") == 1
    assert "wrong  OpenCode: OpenCode is not reachable at http://127.0.0.1:1" in stepwire.out
    assert "(--opencode-url), then try again.\n" in stepwire.out


@pytest.mark.parametrize(
    ("support", "wrong", "said"),
    [
        (EngineSupport.TESTED, False, "version 1.1 at http://engine, tested"),
        (EngineSupport.REDUCED, False, "version 1.1 at http://engine. Install another."),
        (EngineSupport.TOO_OLD, True, "Install another."),
        (None, True, "Install another."),
    ],
)
def test_doctor_says_how_far_what_answers_can_be_worked_with(
    support: EngineSupport | None, wrong: bool, said: str
) -> None:
    message = None if support is EngineSupport.TESTED else "Install another."
    health = EngineHealth(
        reachable=not wrong, url="http://engine", product="OpenCode", version="1.1", support=support, message=message
    )

    assert engine_finding(health) == Finding(about="OpenCode", said=said, wrong=wrong)


def test_an_opencode_that_cannot_be_started_is_said(
    stepwire: Stepwire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert stepwire("doctor", "--opencode-url", "spawn") == 1
    assert "wrong  OpenCode: OpenCode could not be started" in stepwire.out
    assert stepwire("serve", "--port", "0", "--opencode-url", "spawn") == 2
    assert stepwire.err == (
        "stepwire: There is no opencode on the PATH to be started: "
        "install it (npm install -g opencode-ai@1.18.34), or give --opencode-url.\n"
    )


def test_doctor_has_nothing_against_the_demo(stepwire: Stepwire, monkeypatch: pytest.MonkeyPatch) -> None:
    import web.demo

    monkeypatch.setenv("STEPWIRE_CONFIG", str(Path(web.demo.__file__).parent))

    assert stepwire("doctor", "--opencode-url", "scripted") == 0
    assert {line.split()[0] for line in stepwire.out.splitlines()} == {"ok"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{port}", "OpenCode runs as the same user"),
        ("http://opencode.invalid:4096", "cannot be told from here"),
        ("scripted", "only play scripts"),
    ],
    ids=["a port of ours", "another machine", "scripted"],
)
def test_doctor_says_whether_approvals_bind(stepwire: Stepwire, taken_port: int, url: str, words: str) -> None:
    stepwire("doctor", "--opencode-url", url.format(port=taken_port))

    [said] = [line for line in stepwire.out.splitlines() if "approvals: " in line]
    assert words in said


@pytest.mark.slow
def test_the_demo_serves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    command = [*STEPWIRE, "demo", "--port", "0", "--auth", "off"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        listening, address = demo.stdout.readline(), demo.stdout.readline()
        folders = list((tmp_path / "tmp").glob("stepwire-demo-*"))
        demo.terminate()
        demo.communicate(timeout=60)

    url = listening.removeprefix("stepwire listening on ").strip()
    assert url.startswith("http://127.0.0.1:")
    assert address == f"{url}/\n"
    assert len(folders) == 1
    assert list((tmp_path / "tmp").iterdir()) == []
    assert demo.returncode == 0
