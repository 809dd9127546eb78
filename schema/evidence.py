"""What was true at the moment of failure, and the small things that an agent works with."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from runner import failures as reasons
from schema.scalars import as_json


@strawberry.type(description="A tool that an agent called. All text is untrusted.")
class ToolCall:
    tool: str = strawberry.field(description="Its name in OpenCode, e.g. bash.")
    input: JSON | None = strawberry.field(
        description="What the agent called it with, redacted and capped; null until known."
    )
    status: str = strawberry.field(description="pending, running, completed or error.")
    error: str | None = strawberry.field(description="What went wrong in it; null when nothing did.")
    output: str | None = strawberry.field(
        description="What it gave back, redacted and capped; null until it has ended well."
    )

    @classmethod
    def of(cls, call: reasons.ToolCall) -> Self:
        return cls(tool=call.tool, input=as_json(call.input), status=call.status, error=call.error, output=call.output)


@strawberry.type(description="One line of the agent's own list of things to do.")
class Todo:
    content: str = strawberry.field(description="What is to be done, in the agent's words.")
    status: str = strawberry.field(description="pending, in_progress, completed or cancelled, as OpenCode says it.")

    @classmethod
    def of(cls, todo: reasons.Todo) -> Self:
        return cls(content=todo.content, status=todo.status)


@strawberry.type(description="A try of OpenCode's own, inside one attempt of stepwire's.")
class EngineRetry:
    attempt: int = strawberry.field(description="Counts OpenCode's own retries, from 1.")
    message: str = strawberry.field(description="What had gone wrong before it, in the provider's words.")
    next_at: datetime | None = strawberry.field(description="When OpenCode asks again; null when it did not say.")

    @classmethod
    def of(cls, retry: reasons.EngineRetry) -> Self:
        return cls(attempt=retry.attempt, message=retry.message, next_at=retry.next_at)


@strawberry.type(description="What was true at the moment of failure, frozen with it. All text is untrusted.")
class Evidence:
    session_id: str | None = strawberry.field(description="OpenCode's session; null when none had been opened.")
    model: str | None = strawberry.field(description="provider/model that was at work; null when none is known.")
    last_text: str | None = strawberry.field(description="The last that the agent said; null when it had said nothing.")
    last_tool: ToolCall | None = strawberry.field(
        description="The newest call of the agent itself, sub-agents' left out; null when there was none."
    )
    todos: list[Todo] = strawberry.field(description="The agent's list as it stood; empty when it kept none.")
    engine_retries: list[EngineRetry] = strawberry.field(
        description="What OpenCode itself tried again before it gave up, newest last."
    )
    side_effects: list[str] = strawberry.field(
        description="The changes that the step had made by then, as far as known: a retry does not undo them."
    )

    @classmethod
    def of(cls, evidence: reasons.Evidence) -> Self:
        return cls(
            session_id=evidence.session_id,
            model=evidence.model,
            last_text=evidence.last_text,
            last_tool=ToolCall.of(evidence.last_tool) if evidence.last_tool else None,
            todos=[Todo.of(todo) for todo in evidence.todos],
            engine_retries=[EngineRetry.of(retry) for retry in evidence.engine_retries],
            side_effects=list(evidence.side_effects),
        )
