"""What is found out before an attempt costs anything: OpenCode 2 takes every directory and name, and fails later."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.opencode.names import SAYS_NOTHING, problem_with, unknown_agent, unknown_model
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.wire import AgentEntry
from runner.definitions import Known, no_models
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure

READY_WITHIN = 10.0
_LOOK_EVERY = 0.25
_LOOK_WITHIN = 10.0
_CHECK = "Check opencode.json, OpenCode's own and the directory's: what is not valid there is passed over in silence."


async def check_directory(client: Client, directory: str | None) -> None:
    """Raises AgentError with DIRECTORY_MISSING. OpenCode itself breaks at every later call, saying nothing."""
    if directory is None:
        return
    if client.is_local:
        problem = await asyncio.to_thread(problem_with, Path(directory))
    else:
        problem = await _remote_problem(client, directory)
    if problem:
        raise AgentError(failure(FailureKind.DIRECTORY_MISSING, f"Directory {directory} {problem}"))


async def check_names(
    client: Client, directory: str | None, agent: str, model: str | None, *, ready_within: float = READY_WITHIN
) -> str | None:
    """The model that the attempt will use, as far as known before.

    A directory in which nobody has worked yet has no agents for some seconds: that is waited for. An answer that
    cannot be used says nothing about the names: the attempt's own requests will tell what is wrong.

    Raises:
        AgentError: OpenCode does not know the agent or the model, or is not there to be asked.
    """
    try:
        if (recalled := _recalled(client, directory, agent, model)) is not None:
            return recalled
        agents = await _ready_agents(client, directory, ready_within)
        return await _checked_names(client, directory, agents, agent, model)
    except AgentError as error:
        if error.failure.kind in SAYS_NOTHING:
            return model
        raise


def _recalled(client: Client, directory: str | None, agent: str, model: str | None) -> str | None:
    """The model that it will use, where all names have been found lately."""
    entry = _named(agent, client.recalled_agents(directory))
    if entry is None:
        return None
    chosen = model or (entry.model.name if entry.model else client.recalled_default_model(directory))
    return chosen if chosen in client.recalled_models(directory) else None


async def known_in(client: Client, directory: str | None) -> Known:
    agents = await client.agents(directory)
    return Known(
        agents={agent.id: agent.description or "" for agent in agents if not agent.hidden},
        models=await client.models(directory),
        directory=directory,
        ready=bool(agents),
    )


async def looked_into(client: Client, directory: str | None, reason: Failure, model: str | None) -> Failure:
    """The same reason, or the one behind it, where OpenCode's words hide it. Never raises."""
    client.forget()
    try:
        async with asyncio.timeout(_LOOK_WITHIN):
            if reason.kind is FailureKind.UNKNOWN_MODEL:
                return _of_model(directory, reason, model, await client.models(directory))
            if reason.kind is FailureKind.ENGINE_ERROR:
                await check_directory(client, directory)
    except TimeoutError:
        return reason
    except AgentError as error:
        if error.failure.kind is FailureKind.DIRECTORY_MISSING:
            return _because(error.failure, reason)
    return reason


def _of_model(directory: str | None, reason: Failure, model: str | None, models: frozenset[str]) -> Failure:
    """A model that is "unavailable" may be a wrong name, or one that OpenCode knows and cannot use."""
    if not models:
        return _because(_no_models(directory), reason)
    if model is None:
        return reason
    if model not in models:
        return _because(unknown_model(model, models), reason)
    message = f'OpenCode cannot use the model "{model}" although it lists it'
    return _because(failure(FailureKind.CONFIG_INVALID, message, hint=_CHECK), reason)


async def _remote_problem(client: Client, directory: str) -> str | None:
    try:
        if not client.recalled_agents(directory):
            await client.agents(directory)
    except AgentError as error:
        if error.failure.status_code in (404, 500):
            return "does not exist, or cannot be read, where OpenCode runs"
        raise
    return None


async def _ready_agents(client: Client, directory: str | None, within: float) -> Sequence[AgentEntry]:
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + within
    while True:
        agents = await client.agents(directory)
        if agents or loop.time() >= give_up_at:
            return agents
        await asyncio.sleep(_LOOK_EVERY)


async def _checked_names(
    client: Client, directory: str | None, agents: Sequence[AgentEntry], agent: str, model: str | None
) -> str | None:
    models = await client.models(directory)
    if not models:
        raise AgentError(_no_models(directory))
    entry = _named(agent, agents)
    if entry is None:
        shown = [entry.id for entry in agents if not entry.hidden]
        raise AgentError(unknown_agent(agent, directory, shown))
    if model is not None and model not in models:
        raise AgentError(unknown_model(model, models))
    if model is not None:
        return model
    return entry.model.name if entry.model else await client.default_model(directory)


def _named(name: str, agents: Sequence[AgentEntry]) -> AgentEntry | None:
    return next((entry for entry in agents if entry.id == name), None)


def _no_models(directory: str | None) -> Failure:
    return failure(FailureKind.CONFIG_INVALID, no_models(directory), hint=_CHECK)


def _because(found: Failure, reason: Failure) -> Failure:
    cause = FailureCause(source="opencode", message=reason.causes[-1].message if reason.causes else reason.message)
    return replace(found, causes=(*found.causes, cause))
