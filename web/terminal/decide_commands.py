"""`stepwire approve` and `stepwire reject`: what a person decides, from the terminal."""

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient, Lost
from web.terminal.api_documents import Item
from web.terminal.lines import place
from web.terminal.troubles import CannotDo


async def decide(client: ApiClient, approval_id: str, *, approved: bool, comment: str | None) -> str:
    """What was decided, in words.

    Raises:
        CannotDo: it is no approval, or decided already; the text says by whom.
    """
    variables = {"approvalId": approval_id, "approved": approved, "comment": comment}
    try:
        data = await client.ask(api_documents.DECIDE, variables)
    except Lost as error:
        raise CannotDo(client.unreachable(error)) from error
    decided: Item = data["approve" if approved else "reject"]
    if decided["__typename"] != "Approval":
        raise CannotDo(one_line(decided["message"]))
    step = decided["step"]
    return f"{decided['status'].capitalize()}: {one_line(step['pipeline']['title'])}, {place(step)}."
