"""What stepwire answers instead of doing as it was asked, as a sentence that names the option with which it would."""

from runner.plaintext import one_line
from web.terminal.api_documents import Item


def refused(outcome: Item, *, forced: str = "it goes on") -> str:
    """The API's sentence, and what of the command line it is about; `forced` is what --force has happen.

    A newer stepwire may answer what has no sentence here: then its name.
    """
    said = one_line(outcome.get("message") or outcome["__typename"])
    match outcome["__typename"]:
        case "InvalidInput":
            return f"{said} ({'.'.join(outcome['field'])})"
        case "DirectoryBusy":
            return f"{said} With --force {forced} all the same."
        case "UnknownBranch":
            return f"{said} With --create-branch it is."
        case _:
            return said
