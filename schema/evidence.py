"""What was true at the moment of failure, and the small things that an agent works with."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from runner import failures as reasons
from schema.scalars import as_json


@strawberry.type(description="A tool that an agent called. All text is untrusted.")
class ToolCall:
    tool: str
    input: JSON | None
    status: str = strawberry.field(description="pending, running, completed or error.")
    error: str | None
    output: str | None

    @classmethod
    def of(cls, call: reasons.ToolCall) -> Self:
        return cls(tool=call.tool, input=as_json(call.input), status=call.status, error=call.error, output=call.output)


@strawberry.type(description="One line of the agent's own list of things to do.")
class Todo:
    content: str
    status: str

    @classmethod
    def of(cls, todo: reasons.Todo) -> Self:
        return cls(content=todo.content, status=todo.status)


@strawberry.type(description="A try of OpenCode's own, inside one attempt of stepwire's.")
class EngineRetry:
    attempt: int
    message: str
    next_at: datetime | None

    @classmethod
    def of(cls, retry: reasons.EngineRetry) -> Self:
        return cls(attempt=retry.attempt, message=retry.message, next_at=retry.next_at)


@strawberry.type(description="What was true at the moment of failure, frozen with it. All text is untrusted.")
class Evidence:
    session_id: str | None
    model: str | None
    last_text: str | None
    last_tool: ToolCall | None
    todos: list[Todo]
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
