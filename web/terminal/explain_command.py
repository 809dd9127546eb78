"""`stepwire explain`: all that is known of a failure, as Markdown without secrets, to paste into an issue."""

from runner.plaintext import safe
from web.terminal.acts import Acts
from web.terminal.api_client import ApiClient
from web.terminal.watch_command import as_line


async def explain(client: ApiClient, failure: str, *, as_json: bool = False) -> str:
    """The report of the API, or as JSON all of it.

    Raises:
        CannotDo: there is no such failure, or the server cannot be asked.
    """
    told = await Acts(client).explain(failure)
    return f"{as_line(told)}\n" if as_json else safe(told["report"])
