"""Agents and templates as a person may use them in a directory: what the files say, and what OpenCode says to it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from resolvers.context import Context
from runner.failures import AgentError
from runner.model import Agent, Definitions, StepKind, Template
from runner.ports import Known

_SECONDS = 2.0


async def agents(context: Context, directory: str | None) -> Sequence[Agent]:
    """Those of the files by name, then OpenCode's own; the latter need no entry in a file."""
    defined = context.catalog.definitions().agents
    known = await _known(context, directory)
    ours = [_asked(defined[name], known) for name in sorted(defined)]
    theirs = known.agents if known else {}
    return ours + [
        Agent(name=name, engine_agent=name, description=theirs[name], available=True, defined=False)
        for name in sorted(theirs)
        if name not in defined
    ]


async def templates(context: Context, directory: str | None) -> Sequence[Template]:
    """By name, each with what would keep it from working in that directory, as far as OpenCode tells in time."""
    definitions = context.catalog.definitions()
    known = await _known(context, directory)
    found = [definitions.templates[name] for name in sorted(definitions.templates)]
    if known is None:
        return found
    return [
        replace(template, problems=(*template.problems, *_problems(template, definitions, known))) for template in found
    ]


async def _known(context: Context, directory: str | None) -> Known | None:
    """None when OpenCode cannot be asked, or takes too long for a person to wait."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await context.agents.known(directory)
    except (AgentError, TimeoutError):
        return None


def _asked(agent: Agent, known: Known | None) -> Agent:
    return replace(agent, available=agent.engine_agent in known.agents) if known else agent


def _problems(template: Template, definitions: Definitions, known: Known) -> Iterator[str]:
    for place, plan in enumerate(template.steps, start=1):
        if plan.kind is not StepKind.AGENT or plan.agent is None:
            continue
        agent = definitions.agents.get(plan.agent)
        engine_agent = agent.engine_agent if agent else plan.agent
        model = plan.model or (agent.model if agent else None)
        if engine_agent not in known.agents:
            yield f'Step {place}: OpenCode has no agent "{engine_agent}".'
        if model is not None and model not in known.models:
            yield f'Step {place}: OpenCode has no model "{model}".'
