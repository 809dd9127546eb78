"""What a person has done from the terminal: each act finds what is meant, asks the API, and says what became of it."""

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.terminal import api_documents
from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.references import Found, References
from web.terminal.refusals import refused
from web.terminal.troubles import CannotDo
from web.terminal.watch_command import as_line


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done, in words and as the API answered."""

    words: str
    answer: Item

    def printed(self, *, as_json: bool) -> str:
        return as_line(self.answer) if as_json else self.words


@dataclass(frozen=True, kw_only=True)
class Differently:
    """What a further attempt does differently; None, and False: nothing."""

    model: str | None = None
    instruction: str | None = None
    prompt: str | None = None
    timeout: int | None = None
    today: bool = False
    create_branch: bool = False
    force: bool = False

    def variables(self, step_id: str) -> Item:
        given = {
            "stepId": step_id,
            "model": self.model,
            "instruction": _read(self.instruction),
            "prompt": _read(self.prompt),
            "timeoutSeconds": self.timeout,
            "today": self.today,
            "createBranch": self.create_branch,
            "idempotencyKey": str(uuid.uuid4()),
        }
        return {"input": given, "force": self.force}


class Acts:
    """Each raises CannotDo when there is no such thing, or when stepwire refuses, in its words."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._references = References(client)

    async def retry(self, text: str, differently: Differently) -> Done:
        step = await self._references.step(text)
        outcome = (await self._client.told_once(api_documents.RETRY, differently.variables(step.id)))["outcome"]
        if outcome["__typename"] != "Pipeline":
            raise CannotDo(f"Not tried again: {refused(outcome)}")
        return self._done("Trying again", step, outcome)

    async def skip(self, text: str, reason: str, *, force: bool = False) -> Done:
        step = await self._references.step(text)
        variables = {"id": step.id, "reason": reason, "force": force}
        return await self._acted("Skipped", step, api_documents.SKIP, variables)

    async def cancel(self, text: str, reason: str | None) -> Done:
        pipeline = await self._references.pipeline(text)
        return await self._acted("Cancelled", pipeline, api_documents.END, {"id": pipeline.id, "reason": reason})

    async def allow(self, text: str, *, always: bool) -> Done:
        found = await self._references.attention(text, "PERMISSION")
        variables = {"id": found.id, "allow": True, "always": always}
        word = "Allowed always" if always else "Allowed"
        return await self._acted(word, found, api_documents.ANSWER_PERMISSION, variables)

    async def refuse(self, text: str, message: str | None) -> Done:
        found = await self._references.attention(text, "PERMISSION")
        variables = {"id": found.id, "allow": False, "always": False, "message": message}
        return await self._acted("Refused", found, api_documents.ANSWER_PERMISSION, variables)

    async def answer(self, text: str, answers: Sequence[str], fields: Mapping[str, Sequence[str]]) -> Done:
        """`fields` by their keys, where there are any, else one text for each field, or for each option chosen."""
        found = await self._references.attention(text, "QUESTION")
        given = [{"key": key, "values": list(values)} for key, values in fields.items()]
        variables = {"id": found.id, "answers": list(answers), "fields": given or None}
        return await self._acted("Answered", found, api_documents.ANSWER_QUESTION, variables)

    async def decide(self, text: str, comment: str | None, *, approved: bool) -> Done:
        found = await self._references.approval(text)
        variables = {"approvalId": found.id, "approved": approved, "comment": comment}
        decided: Item = (await self._client.told(api_documents.DECIDE, variables))["approve" if approved else "reject"]
        if decided["__typename"] != "Approval":
            raise CannotDo(f"Not {'approved' if approved else 'rejected'}: {refused(decided)}")
        return Done(words=f"{decided['status'].capitalize()}: {found}.", answer=decided)

    async def explain(self, text: str) -> Item:
        """The failure, its report included."""
        node: Item | None = (await self._client.told(api_documents.REPORT, {"id": text}))["node"]
        if node is None or node["__typename"] != "Failure":
            found = await self._references.failure(text)
            node = (await self._client.told(api_documents.REPORT, {"id": found.id}))["node"]
        if node is None:
            raise CannotDo("The failure is gone: its pipeline was removed just now.")
        return node

    async def _acted(self, word: str, found: Found, document: str, variables: Mapping[str, Any]) -> Done:
        outcome = (await self._client.told(document, variables))["outcome"]
        if outcome["__typename"] != "Pipeline":
            raise CannotDo(f"Not {word.lower()}: {refused(outcome)}")
        return self._done(word, found, outcome)

    def _done(self, word: str, found: Found, outcome: Item) -> Done:
        return Done(words=f"{word}: {found}.\n{self._client.page(outcome)}", answer=outcome)


def _read(text: str | None) -> str | None:
    return sys.stdin.read() if text == "-" else text
