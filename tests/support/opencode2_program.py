"""A program that behaves as `opencode` of 2.1.2 does where it is started by others, with scripted agents in it.

`--version`, and `serve [--hostname HOST] [--port PORT] [--stdio | --service]` with `OPENCODE_PASSWORD`. What a real one
has not: SCRIPTED_PACE scales the pauses of the scripts, SCRIPTED_LOG names the file that outlives the process. Of
`--service`, only that runs which a kill has left are taken up again.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.opencode.v2.scripted import ScriptedOpenCode2
from web.uvicorn_server import Server, configured

VERSION = "2.1.2"


def main(arguments: list[str], environment: Mapping[str, str]) -> None:
    options = _parser().parse_args(arguments)
    given = environment.get("OPENCODE_PASSWORD") or environment.get("OPENCODE_SERVER_PASSWORD")
    password = given or secrets.token_hex(16)

    def announce(url: str) -> None:
        if options.stdio:
            print(json.dumps({"url": url}), flush=True)
            return
        print(f"server listening on {url}", flush=True)
        if given is None:
            print(f"server password {password}", flush=True)

    log = environment.get("SCRIPTED_LOG")
    app = ScriptedOpenCode2(
        pace=float(environment.get("SCRIPTED_PACE", "1")),
        password=password,
        log_file=Path(log) if log else None,
    )
    asyncio.run(_serve(app, options, announce))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="opencode")
    parser.add_argument("--version", action="version", version=VERSION)
    serve = parser.add_subparsers(required=True).add_parser("serve")
    serve.add_argument("--hostname", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=4096)
    serve.add_argument("--stdio", action="store_true")
    serve.add_argument("--service", action="store_true")
    return parser


async def _serve(app: ScriptedOpenCode2, options: argparse.Namespace, announce: Callable[[str], None]) -> None:
    config = configured(app, options.hostname, options.port)
    server = Server(config, announce=announce, before_stop=app.stop)
    if options.stdio:
        # Whoever started it is gone when this ends, and then it is too.
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _leave_at_end_of_input)
    if options.service:
        app.stage.take_up()
    await server.serve()


def _leave_at_end_of_input() -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
