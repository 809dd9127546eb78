"""As whom OpenCode runs is looked up where the kernel tells, and unknown where it does not."""

import os
import socket
from pathlib import Path

import pytest

from runner.binding import EngineUser
from web.binding import binding_of, engine_user
from web.settings import Settings

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
OTHERS = os.geteuid() + 4711


def row(port: int, uid: int, state: str = "0A") -> str:
    return f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid} 0 1 1 0\n"


def table(folder: Path, *rows: str) -> tuple[Path, ...]:
    file = folder / "tcp"
    file.write_text(HEAD + "".join(rows))
    return (file, folder / "tcp6")


@pytest.mark.parametrize(
    ("rows", "user"),
    [
        ([row(4096, os.geteuid())], EngineUser.SAME),
        ([row(4096, OTHERS)], EngineUser.OTHER),
        ([row(4096, OTHERS), row(4096, os.geteuid())], EngineUser.SAME),
        ([row(4096, OTHERS, state="01"), row(80, OTHERS)], EngineUser.UNKNOWN),
        ([], EngineUser.UNKNOWN),
        (["rubbish\n"], EngineUser.UNKNOWN),
    ],
    ids=["ours", "another's", "one of two ours", "only other ports and open connections", "nobody listens", "rubbish"],
)
def test_the_kernel_knows_who_listens(tmp_path: Path, rows: list[str], user: EngineUser) -> None:
    assert engine_user("http://127.0.0.1:4096", table(tmp_path, *rows)) is user


def test_what_root_holds_may_lead_into_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: OTHERS)

    assert engine_user("http://127.0.0.1:4096", table(tmp_path, row(4096, 0))) is EngineUser.UNKNOWN


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("scripted", EngineUser.NOBODY),
        ("scripted2", EngineUser.NOBODY),
        ("spawn", EngineUser.SAME),
        ("http://opencode.example:4096", EngineUser.UNKNOWN),
        ("http://192.0.2.7:4096", EngineUser.UNKNOWN),
    ],
)
def test_some_engines_need_no_look(url: str, user: EngineUser) -> None:
    assert engine_user(url) is user


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this kernel lists no sockets")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_of_ours_is_found_where_the_kernel_lists_it(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = Settings(opencode_url=f"http://{host}:{server.getsockname()[1]}")

        assert binding_of(settings).binds is False
