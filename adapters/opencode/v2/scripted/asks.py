"""What waits for a person: permissions and forms, the answers that a form takes, and the rules that spare both."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from adapters.opencode.v2.scripted.log import Json, Properties


@dataclass(kw_only=True)
class Ask:
    """`decided` carries the reply, or None for a form that was dismissed."""

    shown: Properties
    decided: "asyncio.Future[Properties | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def id(self) -> str:
        return str(self.shown["id"])

    @property
    def session_id(self) -> str:
        return str(self.shown["sessionID"])

    @property
    def is_form(self) -> bool:
        return "fields" in self.shown

    @property
    def is_settled(self) -> bool:
        return self.decided.done()

    @property
    def state(self) -> Properties:
        if not self.is_settled:
            return {"status": "pending"}
        answer = None if self.decided.cancelled() else self.decided.result()
        return {"status": "cancelled"} if answer is None else {"status": "answered", "answer": answer["answer"]}


class Asks:
    """A permission is gone once it was answered; a form stays, settled. Neither outlives the process."""

    def __init__(self) -> None:
        self._asks: dict[str, Ask] = {}
        self._saved: list[Properties] = []

    def add(self, ask: Ask) -> None:
        self._asks[ask.id] = ask

    def find(self, ask_id: str) -> Ask | None:
        return self._asks.get(ask_id)

    def remove(self, ask: Ask) -> None:
        self._asks.pop(ask.id, None)

    def pending(self, *, forms: bool) -> list[Ask]:
        return [ask for ask in self._asks.values() if ask.is_form is forms and not ask.is_settled]

    def forget_all(self) -> None:
        """As a restart does."""
        self._asks.clear()

    def save(self, ask: Ask) -> None:
        """From now on the action is allowed for these resources in every session."""
        saved = ask.shown.get("save")
        for resource in saved if isinstance(saved, list) else ():
            self._saved.append({"action": ask.shown["action"], "resource": resource, "effect": "allow"})

    def effect(self, rules: Iterable[Json], action: str, resources: Iterable[str]) -> str:
        """`allow`, `ask` or `deny`: that of the last rule that matches, saved ones after the session's."""
        found = [
            str(rule["effect"])
            for rule in (*rules, *self._saved)
            if isinstance(rule, dict) and _matches(rule, action, resources)
        ]
        return found[-1] if found else "ask"


def _matches(rule: Properties, action: str, resources: Iterable[str]) -> bool:
    named = fnmatchcase(action, str(rule["action"]))
    return named and all(fnmatchcase(resource, str(rule["resource"])) for resource in resources)


def problem_with(answer: Json, fields: Iterable[Json]) -> str | None:
    """Why the form does not take the answer, or None when it does."""
    if not isinstance(answer, dict):
        return "Expected an object"
    by_key = {str(item["key"]): item for item in fields if isinstance(item, dict)}
    for key in answer:
        if key not in by_key:
            return f"Unknown form field: {key}"
    for key, item in by_key.items():
        if key not in answer:
            if item.get("required") is True:
                return f"Missing required form field: {key}"
            continue
        check = _CHECKS.get(str(item["type"]))
        if check is None or not check(answer[key], item):
            return f"Invalid value for form field: {key}"
    return None


def _is_string(value: Json, item: Properties) -> bool:
    if not isinstance(value, str) or not _is_offered([value], item):
        return False
    shortest, longest = item.get("minLength", 0), item.get("maxLength")
    fits = len(value) >= int(str(shortest)) and (longest is None or len(value) <= int(str(longest)))
    return fits and re.search(str(item.get("pattern", "")), value) is not None


def _is_selection(value: Json, item: Properties) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value) and _is_offered(value, item)


def _is_offered(values: Iterable[Json], item: Properties) -> bool:
    options = item.get("options")
    if not isinstance(options, list) or item.get("custom") is True:
        return True
    offered = {option["value"] for option in options if isinstance(option, dict)}
    return all(value in offered for value in values)


def _is_number(value: Json, item: Properties) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = item.get("minimum"), item.get("maximum")
    return (low is None or value >= float(str(low))) and (high is None or value <= float(str(high)))


def _is_integer(value: Json, item: Properties) -> bool:
    return isinstance(value, int) and _is_number(value, item)


def _is_boolean(value: Json, item: Properties) -> bool:
    return isinstance(value, bool)


_CHECKS: dict[str, Callable[[Json, Properties], bool]] = {
    "string": _is_string,
    "multiselect": _is_selection,
    "number": _is_number,
    "integer": _is_integer,
    "boolean": _is_boolean,
}
