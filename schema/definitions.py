"""Agents and templates as they are defined, what is wrong with them, and how the engine is."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from runner import definitions, engine_health, trust
from runner import model as domain
from runner.directories import Listing
from runner.versions import Definition, revision
from schema.common import Actor
from schema.enums import EngineSupport, StepKind
from schema.scalars import as_json


@strawberry.type(description="Who does the work of a step.")
class Agent:
    name: str = strawberry.field(description="How templates and pipelines call it.")
    description: str = strawberry.field(description="What it is good for, for people; empty when nobody said.")
    engine_agent: str = strawberry.field(description="Its name in OpenCode.")
    model: str | None = strawberry.field(
        description="provider/model where a step names none; null leaves the choice to OpenCode."
    )
    instructions: str = strawberry.field(description="What goes along with each of its prompts; empty for nothing.")
    available: bool | None = strawberry.field(
        description="Known to the OpenCode server asked, in that directory; null where it can't be asked."
    )
    defined: bool = strawberry.field(description="In agents.yaml, and so to be changed here; else OpenCode's own.")
    problems: list[str] = strawberry.field(description="What keeps it from working; empty when nothing does.")
    revision: str | None = strawberry.field(
        description="The mark of this version, for `saveAgent` and `deleteAgent`; null for OpenCode's own."
    )

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
            revision=revision(agent) if agent.defined else None,
        )


@strawberry.type(description="A model that OpenCode can use.")
class Model:
    name: str = strawberry.field(description="provider/model: what steps, agents and retries are given.")
    provider: str = strawberry.field(description="What stands before the first slash of its name.")

    @classmethod
    def of(cls, name: str) -> Self:
        return cls(name=name, provider=name.partition("/")[0])


@strawberry.type(description="What a template says of one step.")
class TemplateStep:
    kind: StepKind = strawberry.field(description="Whether an agent works or a person decides.")
    agent: str | None = strawberry.field(
        description="By its name in agents.yaml, or in OpenCode; null for an approval."
    )
    description: str | None = strawberry.field(
        description="What the agent is told that its part is, or the person asked; null when nothing is said."
    )
    model: str | None = strawberry.field(description="provider/model; null takes the agent's own.")
    timeout_seconds: int | None = strawberry.field(
        description="Time limit of one attempt, in seconds; null takes the server's (`--step-timeout`)."
    )
    max_attempts: int | None = strawberry.field(
        description="Attempts in all, 1 to 20; null takes the server's number (`--max-attempts`)."
    )
    remind_after_seconds: int | None = strawberry.field(
        description="Seconds until an open approval is said once more; null: never."
    )
    expires_after_seconds: int | None = strawberry.field(
        description="Seconds until an open approval fails the step; null: never."
    )
    handoff_schema: JSON | None = strawberry.field(
        description="JSON Schema that the handoff must satisfy; null: any handoff will do."
    )

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
    name: str = strawberry.field(description="Unique among the templates: what startPipeline is given.")
    description: str = strawberry.field(description="What it is for, for people; empty when nobody said.")
    steps: list[TemplateStep] = strawberry.field(description="In the order in which they run.")
    problems: list[str] = strawberry.field(description="What keeps it from working; empty when nothing does.")
    revision: str = strawberry.field(description="The mark of this version, for `saveTemplate` and `deleteTemplate`.")

    @classmethod
    def of(cls, template: definitions.Template) -> Self:
        return cls(
            name=template.name,
            description=template.description,
            steps=[TemplateStep.of(plan) for plan in template.steps],
            problems=list(template.problems),
            revision=revision(template),
        )


def defined(definition: Definition) -> Agent | Template:
    return Agent.of(definition) if isinstance(definition, definitions.Agent) else Template.of(definition)


@strawberry.type(description="What is wrong in a YAML file; lines and columns count from 1.")
class DefinitionProblem:
    file: str = strawberry.field(description="Path of the file on the server.")
    line: int | None = strawberry.field(description="Null when the whole file is meant.")
    column: int | None = strawberry.field(description="Null when the whole line or file is meant.")
    message: str = strawberry.field(description="One sentence: what is wrong, and what to write instead.")
    since: datetime = strawberry.field(description="When it was found.")
    fatal: bool = strawberry.field(
        description="Whether the file is not taken, and its last good version in force; false: it is, all the same."
    )

    @classmethod
    def of(cls, problem: definitions.DefinitionProblem) -> Self:
        return cls(
            file=problem.file,
            line=problem.line,
            column=problem.column,
            message=problem.message,
            since=problem.since,
            fatal=problem.fatal,
        )


@strawberry.type(description="What answers where OpenCode is looked for, and how far it can be worked with.")
class EngineHealth:
    reachable: bool = strawberry.field(description="Whether it answered just now, and can be worked with.")
    product: str | None = strawberry.field(description="Its name, e.g. OpenCode; null when something else answered.")
    generation: int | None = strawberry.field(
        description="1 or 2: which interface it has; null when it did not say what it is."
    )
    version: str | None = strawberry.field(description="Its own version; null when it did not say it.")
    url: str = strawberry.field(description="Where it is looked for.")
    support: EngineSupport | None = strawberry.field(
        description="How far it can be worked with; null when nothing answered, or broke down before it said its name."
    )
    message: str | None = strawberry.field(
        description="What is off, and what to do about it, also where it can be worked with; null when nothing is."
    )
    since: datetime | None = strawberry.field(
        description=(
            "When `reachable` was first seen to be what it is; looks are made while anybody asks or follows. "
            "Null: not known."
        )
    )

    @classmethod
    def of(cls, health: engine_health.EngineHealth) -> Self:
        return cls(
            reachable=health.reachable,
            product=health.product,
            generation=health.generation,
            version=health.version,
            url=health.url,
            support=health.support,
            message=health.message,
            since=health.since,
        )


@strawberry.type(description="Whether stepwire can store anything now, found out by a real write.")
class StorageHealth:
    writable: bool = strawberry.field(description="Whether what is done now would be stored.")
    message: str | None = strawberry.field(
        description="The database's own words, and what to do; null when it can be written."
    )


@strawberry.type(description="A directory that may be gone into.")
class DirectoryEntry:
    name: str = strawberry.field(description="The last part of its path.")
    path: str = strawberry.field(description="Absolute: what to ask `directory` for next, or to start a pipeline with.")
    is_repository: bool = strawberry.field(description="Whether it is the root of a git repository.")


@strawberry.type(description="What a working directory can be chosen from: up to `parent`, down to `entries`.")
class Directory:
    path: str = strawberry.field(description="Absolute, links resolved.")
    parent: str | None = strawberry.field(description="Null where the configured roots end.")
    is_repository: bool = strawberry.field(description="Whether it is the root of a git repository.")
    entries: list[DirectoryEntry] = strawberry.field(description="By name, without hidden ones, at most 500.")
    trusted: bool = strawberry.field(
        description="Whether OpenCode may be asked about it; false: agents and templates say so until it is trusted."
    )

    @classmethod
    def of(cls, listing: Listing) -> Self:
        return cls(
            path=listing.path,
            parent=listing.parent,
            is_repository=listing.is_repository,
            trusted=listing.is_trusted,
            entries=[
                DirectoryEntry(name=each.name, path=each.path, is_repository=each.is_repository)
                for each in listing.entries
            ],
        )


@strawberry.type(description="A folder that OpenCode may be asked about, with all that lies in it.")
class TrustedDirectory:
    path: str = strawberry.field(description="Absolute, links resolved.")
    by: Actor = strawberry.field(description="Who trusted it, by an answer or by the first start of a pipeline there.")
    at: datetime = strawberry.field(description="When it was.")

    @classmethod
    def of(cls, directory: trust.TrustedDirectory) -> Self:
        return cls(path=directory.path, by=Actor.of(directory.by), at=directory.at)


@strawberry.type(description="A GitHub issue as it would go before the prompt.")
class GithubIssue:
    reference: str = strawberry.field(description="owner/name#number, as it was asked for.")
    title: str = strawberry.field(description="On one line. Untrusted.")
    labels: list[str] = strawberry.field(description="Each on one line, at most 100 of them. Untrusted.")
    markdown: str = strawberry.field(
        description="Title, labels, text and comments of the issue, in the prompt within a fence. Untrusted."
    )
