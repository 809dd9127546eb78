"""`stepwire retry`: a step without success tried again, from the terminal."""

import uuid
from dataclasses import dataclass

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient, Lost
from web.terminal.api_documents import Item
from web.terminal.lines import place
from web.terminal.troubles import CannotDo


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for on the command line; what is None or False stays as it was."""

    step_id: str
    model: str | None = None
    instruction: str | None = None
    prompt: str | None = None
    timeout: int | None = None
    today: bool = False
    create_branch: bool = False
    force: bool = False

    def variables(self) -> Item:
        fields = {
            "stepId": self.step_id,
            "model": self.model,
            "instruction": self.instruction,
            "prompt": self.prompt,
            "timeoutSeconds": self.timeout,
            "today": self.today or None,
            "createBranch": self.create_branch or None,
            "idempotencyKey": str(uuid.uuid4()),
        }
        return {"input": {name: value for name, value in fields.items() if value is not None}, "force": self.force}


async def retry(client: ApiClient, asked: Asked) -> str:
    """What is tried again, in words.

    Raises:
        CannotDo: it cannot be tried again, or not so; the text says what would help.
    """
    variables = asked.variables()
    try:
        try:
            data = await client.ask(api_documents.RETRY, variables)
        except Lost:
            # It may have been done all the same: under the same key it is not done twice.
            data = await client.ask(api_documents.RETRY, variables)
    except Lost as error:
        raise CannotDo(client.unreachable(error)) from error
    outcome: Item = data["retryStep"]
    if outcome["__typename"] != "Pipeline":
        raise CannotDo(_refusal(outcome))
    step = next(step for step in outcome["steps"] if step["id"] == asked.step_id)
    url = f"{client.url}/pipelines/{outcome['id']}"
    return f"Trying again: {one_line(outcome['title'])}, {place(step)}. {url}"


def _refusal(outcome: Item) -> str:
    said = f"Not tried again: {one_line(outcome['message'])}"
    match outcome["__typename"]:
        case "InvalidInput":
            return f"{said} ({'.'.join(outcome['field'])})"
        case "DirectoryBusy":
            return f"{said} With --force it goes on all the same."
        case "UnknownBranch":
            return f"{said} With --create-branch it is."
        case _:
            return said
