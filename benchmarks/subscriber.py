"""The other end of `benchmarks.delivery`: a process of its own that notes when each failure arrives."""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

ECHOES = 300
SUBSCRIPTION = """subscription { failures { __typename ... on StepFailed { cursor errorMessage
  pipeline { id status steps { id status errorMessage } }
  failure { id kind message hint statusCode causes { source message } } } } }"""


async def receive(address: str, failures: int) -> None:
    """Prints one line of JSON: when each failure arrived, by title, and how long bare round trips took."""
    echoes = []
    async with connect(f"{address}/echo") as socket:
        for _ in range(ECHOES):
            began = time.monotonic_ns()
            await socket.send("x" * 600)
            await socket.recv()
            echoes.append(time.monotonic_ns() - began)
    async with connect(f"{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}))
        await asyncio.sleep(0.5)
        print("ready", flush=True)
        arrived: dict[str, int] = {}
        while len(arrived) < failures:
            text = await socket.recv()
            now = time.monotonic_ns()
            item = json.loads(text)["payload"]["data"]["failures"]
            if item["__typename"] == "StepFailed":
                arrived[item["errorMessage"].partition("(")[2].split(" ")[0]] = now
    print(json.dumps({"arrived": arrived, "echoes": echoes}), flush=True)


if __name__ == "__main__":
    asyncio.run(receive(sys.argv[1], int(sys.argv[2])))
