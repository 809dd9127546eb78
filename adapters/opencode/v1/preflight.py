"""What is found out before an attempt costs anything: the directory, the agent, the model."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from adapters.opencode.v1.client import Client
from adapters.opencode.v1.wire import AgentEntry
from runner.definitions import Known
from runner.failures import AgentError, FailureKind, failure

_LISTED = 30
_SAYS_NOTHING = (
    FailureKind.EMPTY_BODY,
    FailureKind.INVALID_BODY,
    FailureKind.UNEXPECTED_SHAPE,
    FailureKind.ENGINE_ERROR,
)


async def check_directory(client: Client, directory: str | None) -> None:
    """Raises AgentError with DIRECTORY_MISSING. OpenCode itself accepts any path and breaks later, saying nothing."""
    if directory is None:
        return
    problem = await asyncio.to_thread(_problem_with, Path(directory)) if client.is_local else None
    if not client.is_local and not await client.can_list(directory):
        problem = "does not exist, or cannot be read, where OpenCode runs"
    if problem:
        raise AgentError(failure(FailureKind.DIRECTORY_MISSING, f"Directory {directory} {problem}"))


async def check_names(client: Client, directory: str | None, agent: str, model: str | None) -> str | None:
    """The model that the attempt will use, as far as known before.

    An answer that cannot be used says nothing about the names: the attempt's own requests will tell what is wrong.

    Raises:
        AgentError: OpenCode does not know the agent or the model, or is not there to be asked.
    """
    try:
        return await _checked_names(client, directory, agent, model)
    except AgentError as error:
        if error.failure.kind in _SAYS_NOTHING:
            return model
        raise


async def _checked_names(client: Client, directory: str | None, agent: str, model: str | None) -> str | None:
    agents = await client.agents(directory)
    known = Known(agents=_shown(agents), models=frozenset(), directory=directory)
    if said := known.problem_with_agent(agent):
        raise AgentError(failure(FailureKind.UNKNOWN_AGENT, said.removesuffix(".")))
    if model is None:
        own = next(entry.model for entry in agents if entry.name == agent)
        return f"{own.provider_id}/{own.model_id}" if own else None
    known = replace(known, models=await models_of(client, directory))
    if said := known.problem_with_model(model):
        detail = _listed(model, known.models)
        raise AgentError(failure(FailureKind.UNKNOWN_MODEL, said.removesuffix("."), detail=detail))
    return model


async def known_in(client: Client, directory: str | None) -> Known:
    agents = await client.agents(directory)
    return Known(agents=_shown(agents), models=await models_of(client, directory), directory=directory)


async def models_of(client: Client, directory: str | None) -> frozenset[str]:
    found = (await client.providers(directory)).providers
    return frozenset(f"{provider.id}/{model}" for provider in found for model in provider.models)


def _problem_with(directory: Path) -> str | None:
    try:
        if not directory.exists():
            return "does not exist"
        if not directory.is_dir():
            return "is not a directory but a file"
    except OSError as error:
        return f"cannot be read ({(error.strerror or str(error)).lower()})"
    return None if os.access(directory, os.R_OK | os.X_OK) else "cannot be read (permission denied)"


def _shown(agents: Iterable[AgentEntry]) -> dict[str, str]:
    return {agent.name: agent.description or "" for agent in agents if not agent.hidden}


def _listed(model: str, models: frozenset[str]) -> str:
    """What there is instead, of the same provider if that has any."""
    provider = model.partition("/")[0]
    of_provider = sorted(known for known in models if known.startswith(f"{provider}/"))
    listed = of_provider or sorted(models)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return f"There are: {', '.join(listed[:_LISTED]) + more if listed else 'none'}"
