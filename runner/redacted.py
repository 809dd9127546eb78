"""The border for text: agents from whom nothing comes that has a secret in it, whatever they and their engine say.

The only place where the text of agents is redacted. An adapter of `Agents` need not know that there are secrets, and
whoever stores or shows what an agent said need not either. The names of agents and models pass as they are: they are
compared and asked for, and a word in them that is also somebody's password would make every model unknown.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, assert_never, runtime_checkable

from runner.agents import (
    Activity,
    ActivitySnapshot,
    Agents,
    Answer,
    Observer,
    PermissionReply,
    TellsChanges,
    TextDelta,
    TodosChanged,
    ToolProgress,
    Work,
)
from runner.attention import Attention, Form
from runner.definitions import Known
from runner.engine_health import EngineHealth
from runner.failures import AgentError, Evidence, Json, Todo
from runner.file_changes import FileChanges, bounded
from runner.live_text import LiveText
from runner.model import Actor
from runner.ports import TreeError, Trees
from runner.redaction import Redactor
from runner.traces import Traces


@runtime_checkable
class HoldsSecrets(Protocol):
    """Agents whose engine holds secrets that it can name."""

    def tell_secrets(self, learn: Callable[[Iterable[str]], None]) -> None:
        """From now on `learn` is told of each, before the engine can say it."""


class RedactedAgents:
    """Other `Agents`, behind the border."""

    def __init__(self, agents: Agents, redactor: Redactor) -> None:
        self._agents = agents
        self._redactor = redactor
        if isinstance(agents, HoldsSecrets):
            agents.tell_secrets(redactor.learn)

    async def run(self, work: Work, observer: Observer) -> Answer:
        told = RedactedObserver(observer, self._redactor)
        with self._border():
            try:
                answer = await self._agents.run(work, told)
            finally:
                told.end()
        markdown = await self._redactor.beside(answer.markdown)
        evidence = answer.evidence and await asyncio.to_thread(self._redactor.evidence, answer.evidence)
        return replace(answer, markdown=markdown, evidence=evidence)

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        with self._border():
            return await self._agents.stop(session_id, directory)

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        with self._border():
            found = await self._agents.traces(session_id, directory)
        evidence = found.evidence and await asyncio.to_thread(self._redactor.evidence, found.evidence)
        return replace(found, evidence=evidence)

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        if not isinstance(self._agents, TellsChanges):
            return None
        with self._border():
            found = await self._agents.changes(session_id, directory)
        return found and await asyncio.to_thread(bounded, found, self._redactor)

    async def reload(self, directory: str | None) -> str | None:
        with self._border():
            return await self._agents.reload(directory)

    async def known(self, directory: str | None) -> Known:
        with self._border():
            known = await self._agents.known(directory)
        return replace(known, agents={name: self._redactor(said) for name, said in known.agents.items()})

    async def health(self) -> EngineHealth:
        return self._healthy(await self._agents.health())

    async def start(self) -> EngineHealth:
        return self._healthy(await self._agents.start())

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        with self._border():
            await self._agents.answer_permission(request_id, directory, reply, message, by)

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        with self._border():
            wrong = await self._agents.answer_question(request_id, directory, answers, values)
        return self._redactor.optional(wrong)

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        with self._border():
            await self._agents.dismiss_question(request_id, directory, by)

    @contextmanager
    def _border(self) -> Iterator[None]:
        """An engine's words may quote its configuration, keys included."""
        try:
            yield
        except AgentError as error:
            raise AgentError(self._redactor.failure(error.failure), usage=error.usage) from error

    def _healthy(self, health: EngineHealth) -> EngineHealth:
        return replace(health, message=self._redactor.optional(health.message))


class RedactedTrees:
    """Other `Trees`, behind the border: what agents write into files is theirs as well. Nor is it long any more."""

    def __init__(self, trees: Trees, redactor: Redactor) -> None:
        self._trees = trees
        self._redactor = redactor

    async def remember(self, key: str, directory: str, title: str) -> None:
        with self._border():
            await self._trees.remember(key, directory, title)

    async def changes(self, key: str, directory: str) -> FileChanges:
        with self._border():
            found = await self._trees.changes(key, directory)
        return await asyncio.to_thread(bounded, found, self._redactor)

    async def forget(self, key: str) -> None:
        await self._trees.forget(key)

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except TreeError as error:
            raise TreeError(self._redactor(str(error))) from error


class RedactedObserver:
    """Hands on to another observer what it is told of one attempt, without secrets; `end` when the attempt is over."""

    def __init__(self, observer: Observer, redactor: Redactor) -> None:
        self._observer = observer
        self._redactor = redactor
        self._text = LiveText(redactor)

    async def session_opened(self, session_id: str, model: str | None, resume: Json = None) -> None:
        await self._observer.session_opened(session_id, model, resume)

    async def progressed(self, resume: Json) -> None:
        await self._observer.progressed(resume)

    async def attention_raised(self, attention: Attention) -> None:
        await self._observer.attention_raised(_redacted(attention, self._redactor))

    async def attention_cleared(self, attention_id: str, answer: str | None = None) -> None:
        await self._observer.attention_cleared(attention_id, self._redactor.optional(answer))

    def activity(self, activity: Activity) -> None:
        match activity:
            case TextDelta():
                self._say(self._text.add(activity.delta))
                if activity.last:
                    self.end()
            case ToolProgress():
                call, title = self._redactor.tool_call(activity.call), self._redactor.optional(activity.title)
                self._observer.activity(replace(activity, call=call, title=title))
            case TodosChanged():
                self._observer.activity(replace(activity, todos=self._todos(activity.todos)))
            case ActivitySnapshot():
                self._text = LiveText(self._redactor)
                self._observer.activity(
                    ActivitySnapshot(
                        text=self._redactor(activity.text),
                        tools=tuple(self._redactor.tool_call(call) for call in activity.tools),
                        todos=self._todos(activity.todos),
                    )
                )
            case _:
                assert_never(activity)

    def end(self) -> None:
        """What was held back of the text is told."""
        self._say(self._text.end())

    def _say(self, text: str) -> None:
        if text:
            self._observer.activity(TextDelta(delta=text))

    def _todos(self, todos: tuple[Todo, ...]) -> tuple[Todo, ...]:
        return self._redactor.evidence(Evidence(todos=todos)).todos


def _redacted(attention: Attention, redactor: Redactor) -> Attention:
    permission, question = attention.permission, attention.question
    if permission:
        permission = replace(
            permission,
            patterns=tuple(redactor(pattern) for pattern in permission.patterns),
            saves=tuple(redactor(pattern) for pattern in permission.saves),
            reason=redactor.optional(permission.reason),
        )
    if question:
        options = tuple(redactor(option) for option in question.options)
        form = _redacted_form(question.form, redactor) if question.form else None
        question = replace(question, text=redactor(question.text), options=options, form=form)
    return replace(attention, message=redactor(attention.message), permission=permission, question=question)


def _redacted_form(form: Form, redactor: Redactor) -> Form:
    """Keys and the values of options stay as they are: they go back to the engine."""
    fields = (
        replace(
            field,
            title=redactor(field.title),
            description=redactor.optional(field.description),
            default=redactor.json(field.default),
            url=redactor.optional(field.url),
            options=tuple(
                replace(option, label=redactor(option.label), description=redactor.optional(option.description))
                for option in field.options
            ),
        )
        for field in form.fields
    )
    return replace(form, title=redactor(form.title), fields=tuple(fields))
