"""`stepwire run`: starts a pipeline and stays with it until it ends, or until the person leaves."""

import asyncio
import signal
import sys
import uuid
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient, Lost
from web.terminal.api_documents import Item
from web.terminal.lines import mended, reason
from web.terminal.refusals import refused
from web.terminal.screen import Screen, new_console
from web.terminal.troubles import CannotDo, complain
from web.terminal.watch_command import print_json

SUCCEEDED, FAILED, INTERRUPTED = 0, 1, 130
_LONGEST_NUMBER = 9
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_QUESTION = "Cancel the pipeline (c), leave it running (l), or go on watching (Enter)? "


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for on the command line."""

    template: str
    prompt: str
    title: str | None = None
    directory: Path | None = None
    branch: str | None = None
    issue: str | None = None
    models: Sequence[str] = ()
    create_branch: bool = False
    force: bool = False
    trust: bool = False

    @property
    def path(self) -> str | None:
        return None if self.directory is None else str(self.directory.expanduser().absolute())

    def variables(self) -> Item:
        fields = {
            "template": self.template,
            "prompt": self.prompt,
            "title": self.title,
            "directory": self.path,
            "branch": self.branch,
            "githubIssue": self.issue,
            "models": [_choice(text) for text in self.models] or None,
            "createBranch": self.create_branch or None,
            "idempotencyKey": str(uuid.uuid4()),
        }
        return {"input": {name: value for name, value in fields.items() if value is not None}, "force": self.force}


def _choice(text: str) -> Item:
    """STEP=provider/model, the step by its number, or a model for all steps."""
    step, equals, model = text.partition("=")
    if not equals or "/" in step:
        return {"model": text}
    if not step.isdecimal() or len(step) > _LONGEST_NUMBER:
        raise CannotDo(f'"{one_line(text, 80)}" is no choice of a model: write provider/model, or 2=provider/model.')
    return {"position": int(step) - 1, "model": model}


async def follow_new_pipeline(client: ApiClient, asked: Asked, *, as_json: bool = False) -> int:
    """The exit code: 0 succeeded, 1 failed or cancelled elsewhere, 130 cancelled or left by Ctrl-C.

    Raises:
        CannotDo: it could not be started, or the server refuses to tell more.
    """
    if not asked.trust and sys.stdin.isatty() and (untrusted := await _untrusted(client, asked.path)):
        _ask_for_trust(untrusted)
    pipeline = await _start(client, asked)
    with JsonLines() if as_json else Screen(new_console()) as screen:
        screen.begin_with(pipeline, client.page(pipeline))
        return await FollowedPipeline(client, pipeline, screen).until_ended()


async def _untrusted(client: ApiClient, path: str | None) -> str | None:
    """The directory, where nobody has trusted it yet; one that cannot be used is told at the start."""
    if path is None:
        return None
    found: Item = (await client.told(api_documents.DIRECTORY, {"path": path}))["directory"]
    return str(found["path"]) if found["__typename"] == "Directory" and not found["trusted"] else None


def _ask_for_trust(directory: str) -> None:
    print(f"Nobody has trusted {one_line(directory)} yet. OpenCode runs what a folder brings along, such as plugins.")
    print("Trust it and start there (y), or not (Enter)? ", end="", flush=True)
    if not sys.stdin.readline().strip().lower().startswith("y"):
        raise CannotDo("Not started: the directory is not trusted. With --trust, nobody is asked.")


async def _start(client: ApiClient, asked: Asked) -> Item:
    outcome: Item = (await client.told_once(api_documents.START, asked.variables()))["startPipeline"]
    if outcome["__typename"] != "Pipeline":
        raise CannotDo(f"Not started: {refused(outcome, forced='it is started')}")
    return outcome


class JsonLines(Screen):
    """One object on each line for a program; what people are told goes to stderr."""

    def __init__(self) -> None:
        super().__init__(new_console())

    def begin_with(self, pipeline: Item, page: str) -> None:
        print_json(pipeline)

    def tell(self, item: Item) -> None:
        print_json(item)

    def say(self, *lines: Text) -> None:
        for line in lines:
            complain(line.plain.strip())

    def show_picture(self) -> None: ...

    def act(self, activity: Item) -> None: ...


class FollowedPipeline:
    """One pipeline, followed to its end; Ctrl-C asks what is to become of it."""

    def __init__(self, client: ApiClient, pipeline: Item, screen: Screen) -> None:
        self._client = client
        self._pipeline = pipeline
        self._screen = screen
        self._activity: asyncio.Task[None] | None = None
        self._interrupted = asyncio.Event()
        self._cancelled = False

    async def until_ended(self) -> int:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupted.set)
        ending = asyncio.create_task(self._follow())
        asking = asyncio.create_task(self._ask_when_interrupted())
        try:
            await asyncio.wait((ending, asking), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                asking.result()
            return self._code(ending.result()) if ending.done() else INTERRUPTED
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            await _stopped(ending, asking, self._activity)

    def _code(self, status: str) -> int:
        if status == "CANCELLED" and self._cancelled:
            return INTERRUPTED
        return SUCCEEDED if status == "SUCCEEDED" else FAILED

    async def _follow(self) -> str:
        """Its status at the end."""
        if self._pipeline["status"] in _ENDED:
            return self._already_ended(self._pipeline)
        variables = {"pipelineId": self._pipeline["id"], "after": self._pipeline["cursor"]}
        # Closed before the loop ends, which would break the closing off and leave the socket open.
        async with aclosing(self._client.follow(api_documents.EVENTS, variables, lost=self._told_lost)) as items:
            async for item in items:
                if status := await self._ended_with(item):
                    return status
        raise AssertionError("following never ends by itself")

    async def _ended_with(self, item: Item) -> str | None:
        """Its status where it has ended with that event, or with what was missed."""
        match item["__typename"]:
            case "Heartbeat":
                return None
            case "Resync":
                self._screen.say(Text(f"           some events were missed ({one_line(item['reason'])})", "yellow"))
                now = await self._now()
                return self._already_ended(now) if now and now["status"] in _ENDED else None
            case "PipelineFinished":
                self._screen.tell(item)
                return str(item["status"])
            case _:
                self._happened(item)
                return None

    def _happened(self, item: Item) -> None:
        self._screen.tell(item)
        match item["__typename"]:
            case "StepStarted" if item["step"]["kind"] == "AGENT":
                self._screen.begin(item["step"])
                self._watch_activity(item["step"]["id"])
            case "StepStarted" | "ApprovalRequested":
                self._screen.wait("waits for a person's decision")
            case "StepRetrying":
                self._screen.wait("waits for its next attempt")

    def _watch_activity(self, step_id: str) -> None:
        if self._activity:
            self._activity.cancel()
        self._activity = asyncio.create_task(self._show_activity(step_id))

    async def _show_activity(self, step_id: str) -> None:
        """What is lost here is only a picture: the events say what counts."""
        with suppress(Lost, CannotDo):
            async with aclosing(self._client.subscribe(api_documents.ACTIVITY, {"stepId": step_id})) as activities:
                async for activity in activities:
                    self._screen.act(activity)

    async def _now(self) -> Item | None:
        try:
            data = await self._client.ask(api_documents.PIPELINE, {"id": self._pipeline["id"]})
        except Lost:
            return None
        pipeline: Item | None = data["pipeline"]
        return pipeline

    def _already_ended(self, pipeline: Item) -> str:
        why = f": {one_line(pipeline['errorMessage'])}" if pipeline["errorMessage"] else ""
        self._screen.say(Text(f"         {pipeline['status'].lower()}{why}", "bold"))
        for step in pipeline["steps"]:
            if step["failure"]:
                self._screen.say(*reason(step["failure"]), Text(f"           → {mended(step['id'], step['failure'])}"))
        return str(pipeline["status"])

    def _told_lost(self, error: Lost | None) -> None:
        said = "the line is back" if error is None else f"lost the line ({error}); trying again"
        self._screen.say(Text(f"           {said}", "yellow"))

    async def _ask_when_interrupted(self) -> None:
        """Returns when the person leaves."""
        while True:
            await self._interrupted.wait()
            self._interrupted.clear()
            if not sys.stdin.isatty():
                self._say_left()
                return
            match await self._asked():
                case "c":
                    await self._cancel()
                case "l":
                    self._say_left()
                    return

    def _say_left(self) -> None:
        how = f"stepwire cancel {self._pipeline['id']} ends it, stepwire show says how it is."
        self._screen.say(Text(f"Left: the pipeline goes on. {how}", "yellow"))

    async def _asked(self) -> str:
        """The first letter of the answer; l when Ctrl-C comes again or nothing can be read any more."""
        self._screen.hide_picture()
        print(f"\n{_QUESTION}", end="", flush=True)
        loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()
        line: asyncio.Future[str] = loop.create_future()

        def read() -> None:
            loop.remove_reader(stdin)
            line.set_result(sys.stdin.readline())

        loop.add_reader(stdin, read)
        again = asyncio.create_task(self._interrupted.wait())
        try:
            await asyncio.wait((line, again), return_when=asyncio.FIRST_COMPLETED)
            answer = line.result() if line.done() else ""
        finally:
            loop.remove_reader(stdin)
            again.cancel()
        self._screen.show_picture()
        return answer.strip()[:1].lower() if answer else "l"

    async def _cancel(self) -> None:
        self._cancelled = True
        try:
            variables = {"id": self._pipeline["id"], "reason": "Ctrl-C in the terminal"}
            outcome = (await self._client.ask(api_documents.CANCEL, variables))["cancelPipeline"]
        except Lost as error:
            self._screen.say(Text(f"It could not be cancelled: {error}.", "red"))
            return
        if message := outcome.get("message"):
            self._screen.say(Text(f"It could not be cancelled: {one_line(message)}", "red"))


async def _stopped(*tasks: "asyncio.Task[Any] | None") -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
