"""A server whose descriptors are used up answers again soon after they are free, and has not filled its log."""

import asyncio
import resource
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


def descriptors(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


async def answers(server: StepwireServer) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            return (await client.get(f"{server.url}/healthz")).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux lets a limit of another process be set")
async def test_it_answers_again_and_its_log_stays_small(tmp_path: Path) -> None:
    async with stepwire_server(tmp_path, opencode_url="scripted") as server:
        assert server.process is not None
        assert await answers(server)
        limits, said = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE), len(server.output)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (descriptors(server.process.pid) + 1, limits[1]))
        address = urlsplit(server.url)
        held = [await asyncio.open_connection(address.hostname, address.port) for _ in range(50)]
        # Long enough for a log to fill in which each refusal were a line.
        await asyncio.sleep(2.5)
        for _, writer in held:
            writer.close()
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, limits)
        freed = asyncio.get_running_loop().time()
        while not await answers(server):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)
        took = asyncio.get_running_loop().time() - freed
        lines = server.output[said:]

    assert took < 10
    assert any("descriptors_used_up" in line for line in lines)
    assert len(lines) < 50, "".join(lines[:100])
