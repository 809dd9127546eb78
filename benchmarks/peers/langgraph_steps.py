"""The same durable steps as a graph of LangGraph whose checkpoints SQLite keeps; the same two requests for each.

`python langgraph_steps.py URL FOLDER`, with LangGraph's packages; asked and answering as `benchmarks.durable`.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated, Any, TypedDict

import httpx
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    prompt: str
    answers: Annotated[list[str], lambda before, more: before + more]


def graph_of(steps: int, http: httpx.AsyncClient) -> StateGraph:
    async def step(state: State) -> dict[str, Any]:
        where = {"directory": "/"}
        session = (await http.post("/session", params=where, json={"title": "step"})).json()
        parts = [{"type": "text", "text": state["prompt"]}]
        body = {"agent": "build", "parts": parts}
        answer = (await http.post(f"/session/{session['id']}/message", params=where, json=body)).json()
        return {"answers": [part["text"] for part in answer["parts"] if part["type"] == "text"]}

    graph = StateGraph(State)
    names = [f"step{number}" for number in range(steps)]
    for name in names:
        graph.add_node(name, step)
    for before, after in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(before, after)
    return graph


async def one_run(
    saver: AsyncSqliteSaver, http: httpx.AsyncClient, line: list[int], number: int
) -> tuple[float, float]:
    at_once, pipelines, steps = line
    graph, places = graph_of(steps, http).compile(checkpointer=saver), asyncio.Semaphore(at_once)

    async def one(name: str) -> None:
        async with places:
            told = {"prompt": "Fix the login", "answers": []}
            await graph.ainvoke(told, {"configurable": {"thread_id": name}, "recursion_limit": 1000}, durability="sync")

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one(f"{number}-{each}") for each in range(pipelines)))
    count = pipelines * steps
    return (time.process_time() - cpu) / count * 1e3, (time.perf_counter() - wall) / count * 1e3


async def main(url: str, folder: Path) -> None:
    number = 0
    async with (
        AsyncSqliteSaver.from_conn_string(str(folder / "langgraph.db")) as saver,
        httpx.AsyncClient(base_url=url, timeout=None, trust_env=False) as http,
    ):
        while line := (await asyncio.to_thread(sys.stdin.readline)).split():
            number += 1
            print(*await one_run(saver, http, list(map(int, line)), number), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
