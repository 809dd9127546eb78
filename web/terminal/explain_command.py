"""`stepwire explain`: all that is known of a failure, as Markdown without secrets, to paste into an issue."""

from runner.plaintext import one_line, safe
from web.terminal import api_documents
from web.terminal.api_client import ApiClient, Lost
from web.terminal.troubles import CannotDo


async def explain(client: ApiClient, failure_id: str) -> str:
    """The report of the API.

    Raises:
        CannotDo: there is no such failure, or the server cannot be asked.
    """
    try:
        failure = (await client.ask(api_documents.REPORT, {"id": failure_id}))["node"]
    except Lost as error:
        raise CannotDo(client.unreachable(error)) from error
    if failure is None or failure["__typename"] != "Failure":
        raise CannotDo(f'There is no failure "{one_line(failure_id)}"; stepwire watch --failures --json shows ids.')
    return safe(failure["report"])
