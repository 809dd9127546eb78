"""The scripted OpenCode 1 in a process of its own, on a socket: what it costs is nobody's who is measured.

`python -m benchmarks.engine` prints its address and serves until it is ended.
"""

import asyncio
import socket

import uvicorn

from adapters.opencode.v1.scripted import scripted_opencode
from adapters.opencode.v1.scripted import scripts as s


async def main() -> None:
    async with scripted_opencode(pace=0) as opencode:
        opencode.play("text", s.Say(text="All done."))
        listening = socket.create_server(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(opencode, lifespan="off", log_level="error", timeout_keep_alive=60)
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main())
