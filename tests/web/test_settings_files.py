"""A file of the working folder, which anybody may have written, sets nothing that could harm; the user's sets all."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.stepwire_server import stepwire_server
from web.settings import BadSetting, Settings, data_folder, read_settings
from web.settings_files import HARMLESS
from web.user_folders import UserFolders

HARMFUL: Mapping[str, str] = {
    "host": '"0.0.0.0"',
    "port": "1",
    "database_url": '"sqlite+aiosqlite:////tmp/other.db"',
    "opencode_url": '"http://203.0.113.1"',
    "opencode_username": '"somebody"',
    "opencode_password": '"known-to-somebody"',
    "opencode_ca": '"ca.pem"',
    "auth": '"off"',
    "token": '"known-to-somebody-else"',
    "allowed_host": '["*"]',
    "directory_root": '["/"]',
    "trust_all": "true",
    "approvals": '"any"',
    "max_connections": "1",
    "max_connections_per_address": "1",
    "checkout_branch": "true",
    "retention_days": "1",
    "github_token": '"known-to-somebody"',
    "github_url": '"http://203.0.113.1"',
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, as a clone of somebody's repository would be; the user's own files lie elsewhere."""
    here = tmp_path / "clone"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return here


def write_users(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config" / "stepwire" / "stepwire.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_each_setting_is_known_to_harm_or_not() -> None:
    assert set(HARMFUL) | HARMLESS == set(Settings.model_fields)
    assert not set(HARMFUL) & HARMLESS


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("written", ["as-an-option", "as-a-name"])
def test_what_could_harm_is_refused_with_file_key_and_another_place(
    name: str, written: str, folder: Path, tmp_path: Path
) -> None:
    option = name.replace("_", "-")
    (folder / "stepwire.toml").write_text(f"{option if written == 'as-an-option' else name} = {HARMFUL[name]}\n")

    with pytest.raises(BadSetting) as refused:
        read_settings()

    assert str(refused.value).startswith(f"{folder}/stepwire.toml: {option} may not be set in the working folder")
    assert f"write it into {tmp_path}/config/stepwire/stepwire.toml" in str(refused.value)


def test_an_option_beside_it_does_not_let_it_pass(folder: Path) -> None:
    (folder / "stepwire.toml").write_text('opencode-url = "http://203.0.113.1"\n')

    with pytest.raises(BadSetting, match="opencode-url may not be set"):
        read_settings({"opencode_url": "scripted"})


def test_all_that_is_refused_is_said_at_once(folder: Path) -> None:
    (folder / "stepwire.toml").write_text("".join(f"{name} = {value}\n" for name, value in HARMFUL.items()))

    with pytest.raises(BadSetting) as refused:
        read_settings()

    assert len(str(refused.value).splitlines()) == len(HARMFUL)


def test_limits_and_definitions_count_and_are_announced(folder: Path, tmp_path: Path) -> None:
    write_users(tmp_path, "step-timeout = 1\nmax-turns = 7\n")
    (folder / "stepwire.toml").write_text('step-timeout = 2\nconfig = "pipelines"\n')

    settings = read_settings()

    assert (settings.step_timeout, settings.max_turns, settings.config) == (2, 7, Path("pipelines"))
    assert settings.announcement is not None
    assert f"{folder}/stepwire.toml" in settings.announcement
    assert "step-timeout, config" in settings.announcement


def test_without_such_a_file_there_is_nothing_to_announce(tmp_path: Path) -> None:
    write_users(tmp_path, "port = 1\n")

    assert (read_settings().port, read_settings().announcement) == (1, None)


@pytest.mark.parametrize("named", ["option", "variable"])
def test_a_file_that_was_named_is_the_only_one(
    named: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_users(tmp_path, "max-turns = 7\n")
    (folder / "stepwire.toml").write_text("port = 4444\n")
    if named == "variable":
        monkeypatch.setenv("STEPWIRE_SETTINGS", "stepwire.toml")

    settings = read_settings(file="stepwire.toml" if named == "option" else None)

    assert (settings.port, settings.max_turns, settings.announcement) == (4444, 100, None)


def test_a_file_is_named_on_the_command_line(folder: Path) -> None:
    (folder / "mine.toml").write_text('opencode-url = "scripted"\nmax-turns = "x"\n')

    said = ended(folder, "-c", "from web.cli import main; main()", "doctor", "--settings", "mine.toml")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith('stepwire: max_turns in mine.toml: "x" will not do')


def test_a_named_file_that_is_not_there_is_said() -> None:
    with pytest.raises(BadSetting, match=r"^no\.toml cannot be read: No such file or directory\.$"):
        read_settings(file="no.toml")


def test_a_file_that_cannot_be_looked_at_is_said(tmp_path: Path) -> None:
    loop = tmp_path / "config"
    loop.symlink_to(loop)

    with pytest.raises(BadSetting, match=r"stepwire\.toml cannot be read: Too many levels of symbolic links"):
        read_settings()


def test_in_the_users_own_folder_all_of_the_users_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_users(tmp_path, "port = 4444\n").parent)

    assert (read_settings().port, read_settings().announcement) == (4444, None)


def test_the_folder_is_not_the_users_because_a_link_says_so(folder: Path, tmp_path: Path) -> None:
    """A link to what the clone brings along is judged as what the clone brings along."""
    (folder / "other.toml").write_text("port = 4444\n")
    (folder / "stepwire.toml").symlink_to("other.toml")
    write_users(tmp_path, "port = 1\n")

    with pytest.raises(BadSetting, match="port may not be set"):
        read_settings()


@pytest.mark.parametrize("home", [None, "", "relative"], ids=["missing", "empty", "relative"])
def test_without_a_home_the_users_entry_names_one(home: str | None) -> None:
    folders = UserFolders(environment={} if home is None else {"HOME": home})

    assert folders.data is not None
    assert folders.data.is_absolute()


def test_a_user_without_any_home_is_told_what_to_do() -> None:
    """As in a container that runs under a number that nobody has given a name."""
    script = (
        "import os\n"
        "from web.settings import BadSetting, read_settings\n"
        "os.setuid(54321)\n"
        "try: read_settings()\n"
        "except BadSetting as error: print(error)\n"
        "print(read_settings({'database_url': 'sqlite:////tmp/x.db'}).port)\n"
    )
    if os.getuid() != 0:
        pytest.skip("only root can become a user who has no entry")

    said = ended(Path("/"), "-c", script)

    assert "set HOME or XDG_DATA_HOME, or give --database-url" in said.stdout
    assert said.stdout.endswith("8400\n"), said.stderr


def test_data_lies_below_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert data_folder() == tmp_path / ".local/share/stepwire"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where a hostile file sends everything; it must hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


COMMANDS = (("serve", "--port", "0"), ("doctor",), ("run", "quick_fix", "x", "--issue", "a/b#1"), ("watch",))


def test_a_clone_learns_neither_password_nor_token(folder: Path, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (folder / "stepwire.toml").write_text(f'opencode-url = "{address}"\ngithub-url = "{address}"\nmax-turns = 3\n')
    secrets = {"STEPWIRE_OPENCODE_PASSWORD": "open sesame please", "STEPWIRE_GITHUB_TOKEN": "ghp_0123456789abcdef"}

    for command in COMMANDS:
        said = ended(folder, "-c", "from web.cli import main; main()", *command, **secrets)
        assert said.returncode == 2, command
        assert "stepwire.toml: opencode-url may not be set in the working folder" in said.stderr
        assert "stepwire.toml: github-url may not be set in the working folder" in said.stderr
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.asyncio
async def test_a_harmless_file_is_announced_at_the_start(tmp_path: Path) -> None:
    root = tmp_path / "served"
    root.mkdir()
    (root / "stepwire.toml").write_text("max-turns = 3\n")

    async with stepwire_server(root, opencode_url="scripted") as server:
        said = "\n".join(server.output)

    assert "stepwire.toml counts here, as it lies in the working folder: max-turns." in said


def ended(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**inherited, "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
