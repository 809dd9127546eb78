"""Agents and templates as they are defined, what is wrong with them, and how the engine is."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from runner import definitions
from runner import model as domain
from runner.directories import Listing
from schema.enums import StepKind
from schema.scalars import as_json


@strawberry.type(description="Who does the work of a step.")
class Agent:
    name: str
    description: str
    engine_agent: str = strawberry.field(description="Its name in OpenCode.")
    model: str | None
    instructions: str
    available: bool | None = strawberry.field(
        description="Known to the OpenCode server asked, in that directory; null where it can't be asked."
    )
    defined: bool = strawberry.field(description="In agents.yaml, and so to be changed here; else OpenCode's own.")
    problems: list[str] = strawberry.field(description="What keeps it from working; empty when nothing does.")

    @classmethod
    def of(cls, agent: definitions.Agent) -> Self:
        return cls(
            name=agent.name,
            description=agent.description,
            engine_agent=agent.engine_agent,
            model=agent.model,
            instructions=agent.instructions,
            available=agent.available,
            defined=agent.defined,
            problems=list(agent.problems),
        )


@strawberry.type(description="What a template says of one step.")
class TemplateStep:
    kind: StepKind
    agent: str | None
    description: str | None
    model: str | None
    timeout_seconds: int | None
    max_attempts: int | None
    remind_after_seconds: int | None
    expires_after_seconds: int | None
    handoff_schema: JSON | None = strawberry.field(description="JSON Schema that the handoff must satisfy.")

    @classmethod
    def of(cls, plan: domain.StepPlan) -> Self:
        return cls(
            kind=plan.kind,
            agent=plan.agent,
            description=plan.description,
            model=plan.model,
            timeout_seconds=plan.timeout_seconds,
            max_attempts=plan.max_attempts,
            remind_after_seconds=plan.remind_after_seconds,
            expires_after_seconds=plan.expires_after_seconds,
            handoff_schema=as_json(plan.handoff_schema),
        )


@strawberry.type(description="A named list of steps from which pipelines are started.")
class Template:
    name: str
    description: str
    steps: list[TemplateStep]
    problems: list[str] = strawberry.field(description="What keeps it from working; empty when nothing does.")

    @classmethod
    def of(cls, template: definitions.Template) -> Self:
        return cls(
            name=template.name,
            description=template.description,
            steps=[TemplateStep.of(plan) for plan in template.steps],
            problems=list(template.problems),
        )


@strawberry.type(description="What is wrong in a YAML file; lines and columns count from 1.")
class DefinitionProblem:
    file: str
    line: int | None
    column: int | None
    message: str
    since: datetime

    @classmethod
    def of(cls, problem: definitions.DefinitionProblem) -> Self:
        return cls(
            file=problem.file,
            line=problem.line,
            column=problem.column,
            message=problem.message,
            since=problem.since,
        )


@strawberry.type(description="Whether OpenCode answers.")
class EngineHealth:
    reachable: bool
    version: str | None
    url: str
    message: str | None

    @classmethod
    def of(cls, health: domain.EngineHealth) -> Self:
        return cls(reachable=health.reachable, version=health.version, url=health.url, message=health.message)


@strawberry.type(description="A directory that may be gone into.")
class DirectoryEntry:
    name: str
    path: str
    is_repository: bool = strawberry.field(description="Whether it is the root of a git repository.")


@strawberry.type(description="What a working directory can be chosen from: up to `parent`, down to `entries`.")
class Directory:
    path: str
    parent: str | None = strawberry.field(description="Null where the configured roots end.")
    is_repository: bool
    entries: list[DirectoryEntry] = strawberry.field(description="By name, without hidden ones, at most 500.")

    @classmethod
    def of(cls, listing: Listing) -> Self:
        return cls(
            path=listing.path,
            parent=listing.parent,
            is_repository=listing.is_repository,
            entries=[
                DirectoryEntry(name=each.name, path=each.path, is_repository=each.is_repository)
                for each in listing.entries
            ],
        )


@strawberry.type(description="A GitHub issue as it would go before the prompt.")
class GithubIssue:
    reference: str
    markdown: str = strawberry.field(description="Untrusted.")
