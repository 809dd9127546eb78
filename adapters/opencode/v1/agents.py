"""OpenCode 1 as whoever does the work: the port `Agents` without what is asked of the address itself."""

from collections.abc import Mapping, Sequence

from adapters.opencode.evidence import Nobody, traces_of
from adapters.opencode.observations import nothing_seen
from adapters.opencode.v1.abort import stop_sessions
from adapters.opencode.v1.attempt import AttemptRun, Engine
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.frames import field_key
from adapters.opencode.v1.preflight import known_in
from adapters.opencode.v1.shower import Shower
from adapters.opencode.v1.witness import Witness
from runner.agents import Answer, Observer, PermissionReply, Work
from runner.definitions import Known
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Json, failure
from runner.model import Actor
from runner.traces import Traces

_RELOAD_WITHIN = 5.0


class OpenCode1Agents:
    """Gives work to the agents of one OpenCode 1 server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client = engine.client

    @property
    def is_connected(self) -> bool:
        """Whether the event stream stands."""
        return self._engine.watch.is_connected

    async def run(self, work: Work, observer: Observer) -> Answer:
        return await AttemptRun(self._engine, work, observer).run()

    async def stop(self, session_id: str, directory: str | None) -> None:
        client = self._client.hurried()
        sessions = (session_id, *await self._children(client, session_id))
        trouble = await stop_sessions(client, sessions, directory, within=self._engine.stop_within)
        if trouble is not None:
            message = f"The earlier session {session_id} could not be stopped: {trouble}"
            raise AgentError(failure(FailureKind.ENGINE_ERROR, message))

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        client, now = self._client.hurried(), self._engine.now
        witness = Witness(nothing_seen(session_id, now(), directory), Shower(Nobody()), now)
        await witness.catch_up(client)
        return await traces_of(witness, client)

    async def reload(self, directory: str | None) -> None:
        """OpenCode 1 reads its files when it opens a directory. Closing it would end whatever runs there."""
        client = self._client.with_limit(_RELOAD_WITHIN)
        client.forget()
        if not await client.statuses(directory):
            await client.dispose(directory)

    async def known(self, directory: str | None) -> Known:
        return await known_in(self._client, directory)

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        if reply == "reject":
            self._engine.refusals.note(request_id, by)
        await self._client.reply_permission(request_id, directory, reply, message)

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        """Each question has an answer of its own; without `values` one text per question, or every label of a single
        one.
        """
        listed = await self._client.questions(directory)
        asked = next((question for question in listed if question.id == request_id), None)
        # One that is gone is answered all the same: OpenCode says it best.
        count = len(asked.questions) if asked else 1
        if values is not None:
            lists = [_texts(values.get(field_key(number))) for number in range(count)]
        elif count > 1 and len(answers) != count:
            return f"It asks {count} questions: give one answer for each, in their order."
        else:
            lists = [list(answers)] if count == 1 else [[answer] for answer in answers]
        await self._client.reply_question(request_id, directory, lists)
        return None

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        self._engine.refusals.note(request_id, by)
        await self._client.reject_question(request_id, directory)

    async def _children(self, client: Client, session_id: str) -> Sequence[str]:
        """Sub-agents' sessions; none where OpenCode no longer knows the session."""
        try:
            return [child.id for child in await client.children(session_id)]
        except AgentError as error:
            if error.failure.status_code == 404:
                return []
            raise


def _texts(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each) for each in values]
