"""What stepwire is told from outside: options over `STEPWIRE_…` variables over files over defaults.

The only reader of the environment. `read_settings` checks everything at once and says what is wrong, where it was set,
and what would do instead.
"""

import os
import ssl
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from runner.limits import Limits
from web.settings_files import FILE, BadFile, SettingsFiles, Written
from web.user_folders import UserFolders

PREFIX = "STEPWIRE_"
# What may stand in the place of an address of OpenCode.
NO_ADDRESS = ("scripted", "scripted2", "spawn")
SECRETS = frozenset({"database_url", "opencode_password", "token", "github_token"})

_OTEL = ("SDK_DISABLED", "TRACES_EXPORTER", "EXPORTER_OTLP_ENDPOINT", "EXPORTER_OTLP_TRACES_ENDPOINT")
_MONTH = 30 * 86_400
_SECONDS = "a number of seconds above 0, at most 30 days"
_TOKEN = r"[A-Za-z0-9._~+/=-]{16,256}"
_DATABASES = ("sqlite+aiosqlite", "sqlite")


class BadSetting(Exception):
    """A setting will not do; the text names it, says what is wrong and what to write, one line for each."""


def data_folder() -> Path:
    """Where stepwire keeps what is the user's: the database and the token. Raises BadSetting where no home is known."""
    root = UserFolders(environment=os.environ).data
    if root is None:
        raise BadSetting(
            "There is no home directory to keep database and token in: set HOME or XDG_DATA_HOME, "
            "or give --database-url and --token."
        )
    return root / "stepwire"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _default_database_url() -> str:
    return f"sqlite+aiosqlite:///{data_folder() / 'stepwire.db'}"


def _listed(value: object) -> object:
    """A list from one text, as in a variable: parts between commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _engine_url(value: str) -> str:
    if value in NO_ADDRESS:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError
    _ = parts.port
    return value.rstrip("/")


def _http_url(value: str) -> str:
    return _engine_url("" if value in NO_ADDRESS else value)


def _database_url(value: str) -> str:
    if urlsplit(value).scheme not in _DATABASES:
        raise ValueError
    return value


def _existing(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not all(path.startswith("/") and Path(path).is_dir() for path in value):
        raise ValueError
    return value


def _certificates(value: Path | None) -> Path | None:
    try:
        if value is not None:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
    except OSError as error:
        raise ValueError from error
    return value


def _setting(default: Any, says: str, expects: str, *, metavar: str = "TEXT", **checks: Any) -> Any:
    """A field that can explain itself: `says` in the help, `expects` when a value will not do."""
    name = "default_factory" if callable(default) else "default"
    return Field(
        **{name: default}, description=says, json_schema_extra={"expects": expects, "metavar": metavar}, **checks
    )


class Settings(BaseSettings):
    """Every option of `stepwire serve`, checked. Times are in seconds. What is secret is in no repr."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    _announcement: str | None = PrivateAttr(default=None)

    host: str = _setting("127.0.0.1", "Address to listen on.", "an address or a name", min_length=1, metavar="ADDRESS")
    port: int = _setting(
        8400, "Port to listen on; 0 takes a free one.", "a port from 0 to 65535", ge=0, le=65535, metavar="PORT"
    )
    database_url: Annotated[str, AfterValidator(_database_url)] = _setting(
        _default_database_url,
        "Where pipelines and events are kept; created and migrated at start.",
        "sqlite+aiosqlite:///PATH",
        metavar="URL",
        repr=False,
    )
    opencode_url: Annotated[str, AfterValidator(_engine_url)] = _setting(
        "http://127.0.0.1:4096",
        "Where OpenCode serves, 1 or 2. scripted, scripted2: agents play scripts, as on either; no OpenCode needed; "
        "spawn: starts `opencode serve` itself and stops it at the end.",
        "http://HOST:PORT without name or password, scripted, scripted2, or spawn",
        metavar="URL",
    )
    opencode_username: str = _setting("opencode", "Name for OpenCode's basic authentication.", "a name", min_length=1)
    opencode_password: str | None = _setting(
        None, "Password for OpenCode's basic authentication.", "a password", min_length=1, repr=False
    )
    opencode_ca: Annotated[Path | None, AfterValidator(_certificates)] = _setting(
        None,
        "Certificates that OpenCode's may be signed by, beside those that this machine trusts.",
        "the path of a file with certificates in PEM",
        metavar="FILE",
    )
    config: Path = _setting(Path("stepwire"), "Folder with agents.yaml and pipelines.yaml.", "a path", metavar="FOLDER")
    step_timeout: float = _setting(
        600, "Time limit of a step, where its template has none.", _SECONDS, gt=0, le=_MONTH, metavar="SECONDS"
    )
    stall_timeout: float = _setting(
        300, "How long an agent may give no sign of life.", _SECONDS, gt=0, le=_MONTH, metavar="SECONDS"
    )
    max_turns: int = _setting(
        100, "Assistant messages in one attempt, at most.", "a whole number from 1", ge=1, le=100_000, metavar="NUMBER"
    )
    max_attempts: int = _setting(
        2,
        "Attempts of one step, where its template says nothing.",
        "a whole number from 1 to 20",
        ge=1,
        le=20,
        metavar="NUMBER",
    )
    retry_delay: float = _setting(
        5,
        "Before the second attempt; doubled for each further one, with jitter.",
        "a number of seconds from 0",
        ge=0,
        le=86_400,
        metavar="SECONDS",
    )
    ask_timeout: float = _setting(
        1800,
        "How long an agent's permission or question may stay unanswered.",
        _SECONDS,
        gt=0,
        le=_MONTH,
        metavar="SECONDS",
    )
    max_pipelines: int = _setting(
        8,
        "Pipelines running at once; the rest wait, oldest first.",
        "a whole number from 1 to 1000",
        ge=1,
        le=1000,
        metavar="NUMBER",
    )
    max_connections: int = _setting(
        2000, "Connections to it at the same time.", "a whole number from 1", ge=1, le=100_000, metavar="NUMBER"
    )
    max_connections_per_address: int = _setting(
        1000,
        "Connections to it from one address at the same time.",
        "a whole number from 1",
        ge=1,
        le=100_000,
        metavar="NUMBER",
    )
    auth: Literal["token", "off"] = _setting(
        "token",
        "token: whoever has the token may act; off: everybody, on a loopback address only.",
        "token or off",
        metavar="token|off",
    )
    approvals: Literal["any", "separate"] = _setting(
        "any",
        "Whose approvals count. any: of whoever has the role; separate: of named tokens, which agents cannot read.",
        "any or separate",
        metavar="any|separate",
    )
    token: str | None = _setting(
        None,
        "A fixed token; otherwise one is made at the first start and kept.",
        "16 to 256 letters, digits or ._~+/=-",
        pattern=f"^{_TOKEN}$",
        repr=False,
    )
    allowed_host: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = _setting(
        ("127.0.0.1", "localhost", "[::1]"),
        "Host names that are answered, for HTTP and websockets.",
        "names without port, e.g. stepwire.example",
        min_length=1,
        metavar="NAME",
    )
    directory_root: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_existing)] = (
        _setting(
            ("/",),
            "Pipelines work only below these folders.",
            "absolute paths of existing folders",
            metavar="FOLDER",
        )
    )
    trust_all: bool = _setting(
        False,
        "Look into every folder without asking first, as in CI: OpenCode runs what it brings along.",
        "true or false",
    )
    checkout_branch: bool = _setting(
        False, "Check out a pipeline's branch in its directory, when nothing is uncommitted there.", "true or false"
    )
    retention_days: int | None = _setting(
        None,
        "Pipelines that finished longer ago go, with their events.",
        "a whole number of days from 1",
        ge=1,
        le=36_500,
        metavar="DAYS",
    )
    github_token: str | None = _setting(None, "For issues that are not public.", "a token", min_length=1, repr=False)
    github_url: Annotated[str, AfterValidator(_http_url)] = _setting(
        "https://api.github.com", "Where GitHub's API is.", "http(s)://HOST", metavar="URL"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @model_validator(mode="after")
    def _open_to_itself_alone(self) -> Self:
        if self.auth == "off" and not is_loopback(self.host):
            raise ValueError(
                f"auth is off and host is {self.host}: whoever reaches it could run agents here. "
                "Leave auth at token, or set host to 127.0.0.1."
            )
        if self.auth == "off" and "*" in self.allowed_host:
            raise ValueError(
                "auth is off and allowed-host is *: any web page could have its own name lead here and run agents. "
                "Leave auth at token, or name the hosts."
            )
        if self.auth == "off" and self.approvals == "separate":
            raise ValueError("auth is off and approvals is separate: without tokens nobody could approve. Choose one.")
        return self

    @property
    def access_token(self) -> str | None:
        """What requests must show; None: nothing. See `web.token.with_access_token`."""
        if self.auth == "off":
            return None
        if self.token is None:
            raise BadSetting("token: none is known yet; set one, or have one made at the start.")
        return self.token

    @property
    def announcement(self) -> str | None:
        """What is to be said at the start of where settings came from; None: nothing that would surprise."""
        return self._announcement

    @property
    def child_environment(self) -> dict[str, str]:
        """What a program that stepwire starts inherits: all but what is ours, for agents can read it there."""
        return {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}

    @property
    def engine_is_local(self) -> bool:
        """Whether OpenCode, as it seems, runs on this machine."""
        return not self.opencode_url.startswith("http") or is_loopback(urlsplit(self.opencode_url).hostname or "")

    @property
    def engine_state(self) -> Path | None:
        """Where an OpenCode of this user keeps what it says of itself; None where no home is known."""
        root = UserFolders(environment=os.environ).state
        return root and root / "opencode"

    @property
    def engine_data(self) -> Path | None:
        """Where an OpenCode of this user keeps what people have signed in with; None where no home is known."""
        root = UserFolders(environment=os.environ).data
        return root and root / "opencode"

    @property
    def traces(self) -> str | None:
        """Where OpenTelemetry's own variables want traces sent: otlp, or console; None: nowhere."""
        said = {name: os.environ.get(f"OTEL_{name}", "").strip().lower() for name in _OTEL}
        exporter = said["TRACES_EXPORTER"]
        if said["SDK_DISABLED"] == "true" or exporter == "none":
            return None
        if exporter == "console":
            return exporter
        return "otlp" if any(said[name] for name in _OTEL[1:]) else None

    @property
    def limits(self) -> Limits:
        """What an attempt may take, where its template says nothing."""
        return Limits(
            timeout_seconds=self.step_timeout,
            stall_seconds=self.stall_timeout,
            ask_seconds=self.ask_timeout,
            max_turns=self.max_turns,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that was configured, by value, for whoever takes them out of texts."""
        password = urlsplit(self.database_url).password
        configured = (self.token, self.opencode_password, self.github_token, password and unquote(password))
        engine = (os.environ.get(name) for name in ("OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD"))
        return tuple(secret for secret in (*configured, *engine) if secret)


def read_settings(options: Mapping[str, object] | None = None, file: str | Path | None = None) -> Settings:
    """The settings now; `options` are those of the command line, None or empty where one was not given.

    `file` is the only one to be read, where it is given; else STEPWIRE_SETTINGS may name such a one.

    Raises:
        BadSetting: with a line for each thing that is wrong.
    """
    given = {name: value for name, value in (options or {}).items() if value not in (None, [], ())}
    files = _files(file)
    try:
        written = {name: value for name, value in files.written().items() if not (name in given or _variable(name))}
        settings = Settings(**given, **{name: value.value for name, value in written.items()})  # type: ignore[arg-type]  # checked right here, as what comes from outside
        settings._announcement = files.announcement()
    except BadFile as error:
        raise BadSetting(str(error)) from error
    except ValidationError as error:
        problems = [_problem(detail, given, written) for detail in error.errors(include_url=False)]
        raise BadSetting("\n".join(dict.fromkeys(problems))) from error
    return settings


def _files(file: str | Path | None) -> SettingsFiles:
    chosen = file or os.environ.get(f"{PREFIX}SETTINGS")
    config = UserFolders(environment=os.environ).config
    return SettingsFiles(
        chosen=Path(chosen) if chosen else None,
        user=config and config / "stepwire" / FILE,
        folder=Path.cwd(),
        names=frozenset(Settings.model_fields),
    )


def _problem(detail: ErrorDetails, given: Mapping[str, object], written: Mapping[str, Written]) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    field = Settings.model_fields.get(name)
    if field is None:
        if not name:
            return str(detail["ctx"]["error"])
        near = get_close_matches(name, Settings.model_fields, n=1)
        file = written[name].file if name in written else FILE
        return f'{file}: there is no setting "{name}"' + (f'; did you mean "{near[0]}"?' if near else ".")
    said = "what was given" if name in SECRETS else f'"{detail["input"]}"'
    return f"{_origin(name, given, written)}: {said} will not do; give {expects(field)}."


def _origin(name: str, given: Mapping[str, object], written: Mapping[str, Written]) -> str:
    """Where the value came from, as its writer would recognise it."""
    if name in given:
        return f"--{name.replace('_', '-')}"
    return f"{name} in {written[name].file}" if name in written else f"{PREFIX}{name.upper()}"


def _variable(name: str) -> bool:
    """Whether a variable sets it; an empty one does not."""
    variable = f"{PREFIX}{name.upper()}"
    return any(key.upper() == variable and value for key, value in os.environ.items())


def expects(field: FieldInfo) -> str:
    return str(field.json_schema_extra["expects"])  # type: ignore[index]  # set by _setting
