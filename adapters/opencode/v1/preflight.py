"""What is found out before an attempt costs anything: the directory, the agent, the model."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from adapters.opencode.names import SAYS_NOTHING, another_directory, is_same, problem_with, unknown_agent, unknown_model
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.wire import AgentEntry
from runner.definitions import Known
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure


async def check_directory(client: Client, directory: str | None) -> None:
    """Raises AgentError with DIRECTORY_MISSING. OpenCode itself accepts any path and breaks later, saying nothing."""
    if directory is None:
        return
    problem = await asyncio.to_thread(problem_with, Path(directory)) if client.is_local else None
    if not client.is_local and not (client.could_list(directory) or await client.can_list(directory)):
        problem = "does not exist, or cannot be read, where OpenCode runs"
    if problem:
        raise AgentError(failure(FailureKind.DIRECTORY_MISSING, f"Directory {directory} {problem}"))


async def check_taken(client: Client, asked: str | None, taken: str | None) -> None:
    """Raises AgentError with DIRECTORY_MISSING where a session is in another directory than the one asked for.

    OpenCode decodes a directory's name once more than it was encoded: `a%20b` becomes `a b`. To encode twice would
    help those versions, and break any that decodes once.
    """
    if asked is None or not taken or taken == asked:
        return
    # Where files are out of our sight, a link looks like another directory: then only that decoding counts.
    another = not await asyncio.to_thread(is_same, asked, taken) if client.is_local else taken == unquote(asked)
    if another:
        raise AgentError(another_directory(asked, taken))


async def check_names(client: Client, directory: str | None, agent: str, model: str | None) -> str | None:
    """The model that the attempt will use, as far as known before.

    An answer that cannot be used says nothing about the names: the attempt's own requests will tell what is wrong.

    Raises:
        AgentError: OpenCode does not know the agent or the model, or is not there to be asked.
    """
    try:
        return await _checked_names(client, directory, agent, model)
    except AgentError as error:
        if error.failure.kind in SAYS_NOTHING:
            return model
        raise


async def _checked_names(client: Client, directory: str | None, agent: str, model: str | None) -> str | None:
    entry = _named(agent, client.recalled_agents(directory)) or await _listed(client, directory, agent)
    if model is None:
        return f"{entry.model.provider_id}/{entry.model.model_id}" if entry.model else None
    if model not in client.recalled_models(directory):
        models = await client.models(directory)
        if model not in models:
            raise AgentError(unknown_model(model, models))
    return model


async def _listed(client: Client, directory: str | None, agent: str) -> AgentEntry:
    agents = await client.agents(directory)
    entry = _named(agent, agents)
    if entry is None:
        raise AgentError(unknown_agent(agent, directory, [entry.name for entry in agents if not entry.hidden]))
    return entry


def _named(name: str, agents: Sequence[AgentEntry]) -> AgentEntry | None:
    return next((entry for entry in agents if entry.name == name), None)


async def known_in(client: Client, directory: str | None) -> Known:
    agents = await client.agents(directory)
    shown = {agent.name: agent.description or "" for agent in agents if not agent.hidden}
    return Known(agents=shown, models=await client.models(directory), directory=directory)
