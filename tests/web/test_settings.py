"""Settings come from the nearest place that has them, are checked at the start, and keep their secrets."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.tls_server import CERTIFICATES
from web.settings import BadSetting, Settings, data_folder, read_settings
from web.token import address_of, kept_token, with_access_token

TOKEN = "a-token-of-the-tests"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to stand in, and another for the user's data."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write(text: str, file: str = "stepwire.toml") -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text)


USERS = "../config/stepwire/stepwire.toml"


def problem(**options: object) -> str:
    with pytest.raises(BadSetting) as bad:
        read_settings(options)
    return str(bad.value)


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings()

    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8400, "token")
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/stepwire/stepwire.db"
    assert settings.config == Path("stepwire")
    assert (settings.step_timeout, settings.max_attempts, settings.retention_days) == (600, 2, None)


def test_an_option_wins_over_a_variable_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("port = 1\nmax-turns = 1\nstep_timeout = 1\n", USERS)
    monkeypatch.setenv("STEPWIRE_PORT", "2")
    monkeypatch.setenv("STEPWIRE_MAX_TURNS", "2")

    settings = read_settings({"port": "3", "host": None})

    assert (settings.port, settings.max_turns, settings.step_timeout, settings.host) == (3, 2, 1, "127.0.0.1")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPWIRE_TOKEN", "")

    assert read_settings().token is None


@pytest.mark.parametrize("written", ["variable", "file", "option"])
def test_a_list_can_be_written_everywhere(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, object] = {}
    if written == "variable":
        monkeypatch.setenv("STEPWIRE_ALLOWED_HOST", "one.example, two.example")
    elif written == "file":
        write('allowed-host = ["one.example", "two.example"]\n', USERS)
    else:
        options["allowed_host"] = ["one.example", "two.example"]

    assert read_settings(options).allowed_host == ("one.example", "two.example")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("port", "70000", '"70000" will not do; give a port from 0 to 65535.'),
        ("port", "http", '"http" will not do; give a port from 0 to 65535.'),
        ("step_timeout", "0", '"0" will not do; give a number of seconds above 0, at most 30 days.'),
        ("stall_timeout", "nan", '"nan" will not do; give a number of seconds above 0, at most 30 days.'),
        ("max_attempts", "21", '"21" will not do; give a whole number from 1 to 20.'),
        ("retention_days", "0", '"0" will not do; give a whole number of days from 1.'),
        ("auth", "none", '"none" will not do; give token or off.'),
        ("opencode_url", "localhost:4096", "will not do; give http://HOST:PORT without name or password, scripted"),
        ("opencode_url", "http://me:secret@host", "will not do; give http://HOST:PORT without name or password"),
        ("opencode_url", "http://host:port", "will not do; give http://HOST:PORT without name or password"),
        ("github_url", "scripted", '"scripted" will not do; give http(s)://HOST.'),
        ("directory_root", "/no/such/folder", "will not do; give absolute paths of existing folders."),
        ("directory_root", "relative", "will not do; give absolute paths of existing folders."),
        ("checkout_branch", "perhaps", '"perhaps" will not do; give true or false.'),
    ],
)
def test_what_will_not_do_is_named_with_what_would(name: str, value: str, expected: str) -> None:
    said = problem(**{name: value})

    assert said.startswith(f"--{name.replace('_', '-')}: ")
    assert expected in said


@pytest.mark.parametrize("name", ["token", "database_url"])
def test_a_secret_that_will_not_do_is_not_repeated(name: str) -> None:
    said = problem(**{name: "mysql://me:s3cret@host"})

    assert said.startswith(f"--{name.replace('_', '-')}: what was given will not do; give ")
    assert "s3cret" not in said


def test_a_problem_names_the_place_that_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    write('max-turns = "x"\n')
    in_file = problem()
    monkeypatch.setenv("STEPWIRE_MAX_TURNS", "y")

    assert in_file.startswith('max_turns in stepwire.toml: "x" will not do')
    assert problem().startswith('STEPWIRE_MAX_TURNS: "y" will not do')


def test_all_problems_are_said_at_once() -> None:
    assert len(problem(port="x", max_turns="x", auth="x").splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prot = 1\n", 'stepwire.toml: there is no setting "prot"; did you mean "port"?'),
        ("xyzzy = 1\n", 'stepwire.toml: there is no setting "xyzzy".'),
        ("port = \n", "stepwire.toml is not valid TOML: Invalid value (at line 1, column 8)."),
    ],
    ids=["misspelt", "unknown", "broken"],
)
def test_a_bad_file_is_said(text: str, expected: str) -> None:
    write(text)

    assert problem() == expected


def test_a_file_of_another_encoding_is_said() -> None:
    Path("stepwire.toml").write_bytes(b'host = "\xff"\n')

    assert problem().startswith("stepwire.toml is not valid TOML")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_without_a_token_only_this_machine_is_served(host: str) -> None:
    assert read_settings({"auth": "off", "host": host}).access_token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "localhost.example.org"])
def test_without_a_token_nobody_else_is_served(host: str) -> None:
    said = problem(auth="off", host=host)

    assert said.startswith(f"auth is off and host is {host}: ")
    assert said.endswith("Leave auth at token, or set host to 127.0.0.1.")


@pytest.mark.parametrize("hosts", [["*"], ["127.0.0.1", "*"]])
def test_without_a_token_not_every_name_leads_here(hosts: list[str]) -> None:
    assert problem(auth="off", allowed_host=hosts).startswith("auth is off and allowed-host is *: any web page could")


@pytest.mark.parametrize("written", ["*", "localhost, *"])
def test_without_a_token_not_every_name_leads_here_by_variables_either(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPWIRE_AUTH", "off")
    monkeypatch.setenv("STEPWIRE_ALLOWED_HOST", written)

    assert problem().startswith("auth is off and allowed-host is *")


def test_without_a_token_nobody_could_approve_separately() -> None:
    assert problem(auth="off", approvals="separate").startswith("auth is off and approvals is separate")


def test_no_secret_is_in_what_is_printed_of_settings() -> None:
    secrets = {
        "token": TOKEN,
        "opencode_password": "open sesame",
        "github_token": "ghp_0123456789",
        "database_url": "sqlite+aiosqlite://me:p%40ss@/x.db",
    }

    settings = read_settings(secrets)

    assert set(settings.secrets) == {TOKEN, "open sesame", "ghp_0123456789", "p@ss"}
    assert [secret for secret in (*settings.secrets, "p%40ss") if secret in f"{settings!r} {settings}"] == []


def test_certificates_are_a_file_that_holds_some(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes((CERTIFICATES / "own.pem").read_bytes())
    (tmp_path / "no.pem").write_text("nothing signed")

    assert read_settings({"opencode_ca": str(tmp_path / "ca.pem")}).opencode_ca == tmp_path / "ca.pem"
    for name in ("no.pem", "missing.pem"):
        said = problem(opencode_ca=str(tmp_path / name))
        assert (
            said == f'--opencode-ca: "{tmp_path / name}" will not do; give the path of a file with certificates in PEM.'
        )


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]  # that it is refused is the promise


def test_every_setting_explains_itself() -> None:
    unexplained = [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")]

    assert unexplained == []


def test_a_token_is_made_once_for_its_owner_alone() -> None:
    first = with_access_token(read_settings())
    second = with_access_token(read_settings())

    assert first.access_token == second.access_token == kept_token()
    assert len(first.access_token or "") >= 43
    assert stat.S_IMODE((data_folder() / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700
    assert first.access_token in first.secrets


def test_of_many_first_starts_all_have_the_same_token() -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: with_access_token(read_settings()).access_token, range(16)))

    assert tokens == {kept_token()}
    assert [path.name for path in data_folder().iterdir()] == ["token"]


def test_a_token_that_others_could_read_is_closed() -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "token").write_text(f"{TOKEN}\n")
    (data_folder() / "token").chmod(0o644)

    assert with_access_token(read_settings()).access_token == TOKEN
    assert stat.S_IMODE((data_folder() / "token").stat().st_mode) == 0o600


def test_an_empty_token_file_is_no_token() -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "token").write_text("\n")

    assert len(with_access_token(read_settings()).access_token or "") >= 43


def test_a_fixed_token_is_not_kept() -> None:
    assert with_access_token(read_settings({"token": TOKEN})).access_token == TOKEN
    assert not data_folder().exists()


def test_a_token_that_cannot_be_kept_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")

    with pytest.raises(BadSetting, match="give one with --token"):
        with_access_token(read_settings())


def test_where_no_token_was_made_none_is_taken_for_granted() -> None:
    with pytest.raises(BadSetting, match="none is known yet"):
        _ = read_settings().access_token


@pytest.mark.parametrize(
    ("options", "url", "expected"),
    [
        ({}, None, ("http://127.0.0.1:8400", "kept")),
        ({"port": "0"}, None, ("http://127.0.0.1:8400", "kept")),
        ({"host": "0.0.0.0", "port": "9000"}, None, ("http://127.0.0.1:9000", "kept")),
        ({"host": "::1"}, None, ("http://[::1]:8400", "kept")),
        ({}, "http://localhost:1", ("http://localhost:1", "kept")),
        ({}, "https://stepwire.example", ("https://stepwire.example", None)),
        ({"token": TOKEN}, "https://stepwire.example", ("https://stepwire.example", TOKEN)),
    ],
    ids=["default", "free-port", "all-addresses", "ipv6", "local", "elsewhere", "elsewhere-with-token"],
)
def test_the_kept_token_is_shown_on_this_machine_alone(
    options: dict[str, object], url: str | None, expected: tuple[str, str | None]
) -> None:
    kept = with_access_token(read_settings()).access_token

    address, token = address_of(read_settings(options), url)

    assert (address, "kept" if token == kept else token) == expected


def _nobody(_: int) -> None:
    raise KeyError("uid not found")


def test_without_a_home_it_is_said_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", _nobody)

    assert problem() == (
        "There is no home directory to keep database and token in: set HOME or XDG_DATA_HOME, "
        "or give --database-url and --token."
    )
    given = read_settings({"database_url": "sqlite+aiosqlite:////srv/stepwire.db", "token": TOKEN})
    assert with_access_token(given).token == TOKEN
    assert given.engine_state is None


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:4096", True),
        ("http://localhost:4096", True),
        ("http://[::1]:4096", True),
        ("https://127.0.0.2", True),
        ("spawn", True),
        ("scripted", True),
        ("scripted2", True),
        ("http://192.168.1.20:4096", False),
        ("https://opencode.example", False),
        ("http://localhost.example:4096", False),
    ],
)
def test_an_opencode_of_this_machine_is_known_by_its_address(url: str, is_local: bool) -> None:
    assert Settings(opencode_url=url).engine_is_local is is_local
