"""What the page's buttons do the terminal does, too: each command against a server, before a person and into a pipe."""

import asyncio
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.support.commands import Server
from web.cli import app as main_app
from web.cli import main
from web.terminal import api_documents, completion
from web.terminal.api_client import ApiClient

pytestmark = pytest.mark.slow

TEMPLATES = """\
pipelines:
  - name: fine
    description: Goes well
    steps: [{agent: plan, model: scripted/quick}]
  - name: fails
    steps: [{agent: plan, model: scripted/quick}, {agent: build, model: scripted/too-long}]
  - name: asks
    steps: [{type: approval, description: Shall it go on?}, {agent: build, model: scripted/quick}]
  - name: wants
    steps: [{agent: build, model: scripted/asks-permission}]
  - name: wonders
    steps: [{agent: build, model: scripted/asks-question}]
"""
# The event by which a pipeline of that template has come to where somebody has to act.
STANDS = {
    "fails": "PipelineFinished",
    "asks": "ApprovalRequested",
    "wants": "AttentionRaised",
    "wonders": "AttentionRaised",
}


@dataclass(frozen=True)
class Printed:
    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Typed = Callable[..., Printed]

_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def run_main() -> int:
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def in_terminal() -> Printed:
    """Both streams are a terminal; what it shows is read all the while, as it holds little."""
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while part := os.read(ours, 65536):
                shown.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    before = sys.stdout, sys.stderr
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        sys.stdout = sys.stderr = terminal
        try:
            code = run_main()
        finally:
            sys.stdout, sys.stderr = before
    reader.join()
    os.close(ours)
    return Printed(code, _COLOUR.sub("", b"".join(shown).decode()).replace("\r\n", "\n"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "root", TEMPLATES).serving() as server:
        yield server


@pytest.fixture(scope="module")
def offered(server: Server) -> str:
    """A pipeline that has failed, beside one that waits for somebody; neither changes."""
    begun(server, "asks", "Asks")
    return begun(server, "fails", "Offered to all")


@pytest.fixture
def piped(server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The console script in this process, which finds server and token as it does on a person's machine."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STEPWIRE_PORT", server.url.rpartition(":")[2])
    monkeypatch.chdir(server.root)

    def call(*arguments: str) -> Printed:
        monkeypatch.setattr(sys, "argv", ["stepwire", *arguments])
        code = run_main()
        return Printed(code, *capsys.readouterr())

    return call


@pytest.fixture(params=["piped", "terminal"])
def typed(request: pytest.FixtureRequest, piped: Typed, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The same, once as it is and once before a person."""

    def call(*arguments: str) -> Printed:
        monkeypatch.setattr(sys, "argv", ["stepwire", *arguments])
        return in_terminal()

    return call if request.param == "terminal" else piped


def client_to(server: Server) -> ApiClient:
    return ApiClient(server.url, (server.root / "stepwire" / "token").read_text().strip())


def begun(server: Server, template: str, title: str) -> str:
    """The id of a new pipeline that has come to where somebody has to act."""

    async def until_it_stands() -> str:
        client = client_to(server)
        given = {"input": {"template": template, "prompt": "Do it", "title": title}, "force": True}
        pipeline = (await client.ask(api_documents.START, given))["startPipeline"]
        following = client.follow(
            api_documents.EVENTS, {"pipelineId": pipeline["id"], "after": pipeline["cursor"]}, lost=lambda _: None
        )
        async for event in following:
            if event["__typename"] == STANDS[template]:
                break
        await following.aclose()
        return str(pipeline["id"])

    return asyncio.run(until_it_stands())


def ended(server: Server, pipeline_id: str) -> dict[str, Any]:
    """The pipeline, once it has ended."""

    async def until_ended() -> dict[str, Any]:
        client = client_to(server)
        following = client.follow(api_documents.EVENTS, {"pipelineId": pipeline_id, "after": None}, lost=lambda _: None)
        pipeline: dict[str, Any] = {}
        while pipeline.get("status") not in ("SUCCEEDED", "FAILED", "CANCELLED"):
            pipeline = (await client.ask(api_documents.STANDING, {"id": pipeline_id}))["pipeline"]
            if pipeline["status"] in ("PENDING", "RUNNING", "WAITING"):
                await anext(following)
        await following.aclose()
        return pipeline

    return asyncio.run(until_ended())


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stdout is not None
    seen = ""
    while text not in seen:
        seen += process.stdout.readline()
    return seen


def commands_in(said: str) -> list[list[str]]:
    return [shlex.split(found) for found in re.findall(r"→ stepwire ((?:allow|approve|answer|retry) \S+)", said)]


@pytest.mark.parametrize(
    ("template", "status", "command", "more"),
    [
        ("asks", "waiting", "approve", ()),
        ("wants", "waiting", "allow", ()),
        ("wonders", "waiting", "answer", ("SQLite",)),
        ("fails", "failed", "retry", ("--model", "scripted/quick")),
    ],
)
def test_the_command_below_a_line_that_asks_answers_it(
    typed: Typed, server: Server, template: str, status: str, command: str, more: tuple[str, ...]
) -> None:
    pipeline_id = begun(server, template, "Asks somebody")

    shown = typed("show", pipeline_id)
    [arguments] = commands_in(shown.out.replace(",", " "))
    done = typed(*arguments, *more)

    assert (shown.code, arguments[0]) == (0, command)
    assert shown.out.split()[1:3] == [status, pipeline_id]
    assert done.code == 0, done
    assert "Asks somebody, step " in done.out
    assert ended(server, pipeline_id)["status"] == "SUCCEEDED"


def test_ps_lists_what_stands_with_its_page_and_why(typed: Typed, server: Server) -> None:
    asks, fails = begun(server, "asks", "Listed [/]"), begun(server, "fails", "Listed, failed")

    listed = typed("ps", "--limit", "1")
    known = {pipeline["id"]: pipeline for pipeline in typed("ps", "--json").json}
    alone = typed("ps", "--status", "waiting", "--json", "--limit", "1").json
    typed("cancel", asks)

    waits, _, failed = listed.out.partition("✗ failed")
    assert f"◐ waiting   {asks}  Listed [/]" in waits
    assert f"{server.url}/pipelines/{asks}" in waits
    assert f"{server.url}/pipelines/{fails}" in failed
    assert "step 2 build: The prompt is larger than the model's context" in failed
    assert "→ Try again with a shorter prompt" in failed
    assert f"stepwire explain fai_{fails[4:]}_1_1" in failed
    assert {asks, fails} <= set(known)
    assert known[fails]["errorMessage"] == "The prompt is larger than the model's context"
    assert [pipeline["id"] for pipeline in alone] == [asks]


def test_the_other_acts_and_what_becomes_of_them(typed: Typed, server: Server) -> None:
    wants, fails, asks = (
        begun(server, "wants", "Wants"),
        begun(server, "fails", "Skipped there"),
        begun(server, "asks", "Not today"),
    )

    refused = typed("refuse", wants, "--message", "Move it away instead")
    skipped = typed("skip", fails, "--reason", "Done by hand", "--json").json
    cancelled = typed("cancel", asks, "--reason", "Another day", "--json").json

    assert refused.out.startswith("Refused: Wants, step 1 build.\n")
    assert (skipped["type"], skipped["status"]) == ("Pipeline", "SUCCEEDED")
    assert (cancelled["status"], cancelled["steps"][0]["status"]) == ("CANCELLED", "CANCELLED")
    assert "Another day" in cancelled["errorMessage"]
    assert ended(server, wants)["status"] in ("SUCCEEDED", "FAILED")


def test_a_retry_can_do_everything_differently(typed: Typed, server: Server) -> None:
    fails = begun(server, "fails", "Again")
    given = ("--instruction", "Shorter", "--prompt", "Do less", "--timeout", "77", "--today")

    answered = typed("retry", fails, *given, "--model", "scripted/quick", "--json").json
    resumed = typed("events", "--pipeline", fails, "--type", "PipelineResumed", "--format", "json").json

    assert answered["id"] == fails
    assert {name: resumed[0][name] for name in ("instruction", "prompt", "timeoutSeconds", "model", "today")} == {
        "instruction": "Shorter",
        "prompt": "Do less",
        "timeoutSeconds": 77,
        "model": "scripted/quick",
        "today": True,
    }


def test_allowing_always_and_answering_by_field(typed: Typed, server: Server) -> None:
    wants, wonders = begun(server, "wants", "Wants"), begun(server, "wonders", "Wonders")

    allowed = typed("allow", wants, "--always")
    wrong = typed("answer", wonders, "--field", "nonsense")
    answered = typed("answer", wonders, "--field", "q0=SQLite", "--json")

    assert allowed.out.startswith("Allowed always: Wants, step 1 build.\n")
    assert wrong.code == 2
    assert answered.json["id"] == wonders


def test_ids_may_be_any_beginning_that_is_the_only_one(typed: Typed, server: Server) -> None:
    first, second = begun(server, "asks", "The first"), begun(server, "asks", "The second")
    common = first[: next(place for place, letter in enumerate(first) if letter != second[place])]

    short = [typed("show", second[: len(common) + 1]).out, typed("show", second[4 : len(common) + 1]).out]
    several = typed("approve", common)
    step = typed("retry", f"stp_{second[4:]}_1")
    decided = typed("approve", f"app_{second[4:-1]}", "--comment", "Good", "--json").json
    typed("cancel", first)

    assert all(second in said for said in short)
    assert several.code == 2
    assert all(id[4:] in several.out + several.err for id in (first, second))
    assert "write more of its id" in several.out + several.err
    assert step.code == 2, "stepwire itself says that this step has not failed"
    assert (decided["status"], decided["comment"]) == ("APPROVED", "Good")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "pip_00000000000000000000"), "There is no pipeline"),
        (("show", "offered to"), "“Offered to all”"),
        (("cancel", ""), "There is no pipeline"),
        (("retry", "stp_nothing_0"), "There is no step"),
        (("allow", "att_nothing_0_1_per_1"), "There is no open permission"),
        (("answer", "att_nothing_0_1_per_1", "x"), "There is no open question"),
        (("approve", "app_nothing"), "There is no approval"),
        (("explain", "fai_nothing"), "There is no failure"),
        (("events", "--pipeline", "nothing"), "There is no pipeline"),
        (("events", "--step", "stp_nothing_0"), "There is no step"),
        (("events", "--type", "step_faild"), "did you mean step_failed"),
        (("events", "--type", "xyzzy"), "there are: pipeline_started, "),
        (("ps", "--status", "wating"), "did you mean waiting?"),
        (("ps", "--status", "xyzzy"), "there are: waiting, "),
        (("run", "fin", "Do it"), "there are: asks, fails, fine, wants, wonders."),
    ],
    ids=" ".join,
)
def test_what_is_unknown_is_told_with_the_nearest(
    piped: Typed, offered: str, arguments: tuple[str, ...], said: str
) -> None:
    done = piped(*arguments)

    assert done.code == 2
    assert said in done.out + done.err


def test_who_was_faster_is_told(piped: Typed, server: Server) -> None:
    wants = begun(server, "wants", "Wants")
    [attention] = re.findall(r"att_\w+", piped("show", wants).out)
    piped("allow", attention)

    again = piped("refuse", attention)

    assert again.code == 2
    assert "no longer open" in again.out + again.err


def test_a_failure_is_explained_by_any_of_its_ids(typed: Typed, offered: str) -> None:
    fails = offered

    by_id = typed("explain", f"fai_{fails[4:]}_1_1")
    others = [typed("explain", id).out for id in (fails, f"stp_{fails[4:]}_1", f"fai_{fails[4:]}_1")]
    told = typed("explain", fails, "--json").json

    assert by_id.out.startswith("## The prompt is larger than the model's context\n")
    assert others == [by_id.out] * 3
    assert (told["type"], told["kind"], told["report"]) == ("Failure", "CONTEXT_OVERFLOW", by_id.out)


def test_watching_failures_shows_what_waits_for_approval(server: Server, piped: Typed) -> None:
    now = server.place()
    with (
        server.started("watch", "--failures", "--after", now) as lines,
        server.started("watch", "--failures", "--json", "--after", now) as items,
    ):
        asks = begun(server, "asks", "Watched")
        said, told = read_until(lines, "stepwire approve app_"), read_until(items, '"app_')
        lines.kill()
        items.kill()
    piped("cancel", asks)

    assert "◐ Watched · step 1 approval: Shall it go on?\n" in said
    assert f"{server.url}/pipelines/{asks}\n" in said
    assert json.loads(told.splitlines()[-1])["step"]["approval"] == {"id": f"app_{asks[4:]}_0_1"}


def test_the_trail_of_a_step_is_told_by_a_beginning_of_its_id(typed: Typed, offered: str) -> None:
    told = typed("events", "--step", f"{offered[4:]}_1", "--json").json

    assert {item["step"]["id"] for item in told} == {f"stp_{offered[4:]}_1"}


def test_a_failure_names_one_command_wherever_it_is_told(typed: Typed, offered: str) -> None:
    mended = f"stepwire retry stp_{offered[4:]}_1 --prompt TEXT"

    shown, explained = typed("show", offered).out, typed("explain", offered).out

    assert f"→ {mended}, or first stepwire explain fai_{offered[4:]}_1_1\n" in shown
    assert f"- with: `{mended}`\n" in explained


def test_run_as_json_is_one_object_a_line(piped: Typed, server: Server) -> None:
    done = piped("run", "fails", "Do it", "--json")

    items = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert (items[0]["type"], items[-1]["type"]) == ("Pipeline", "PipelineFinished")
    assert "StepFailed" in {item["type"] for item in items}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stepwire sh", {"show"}),
        ("stepwire show ", {"pip_"}),
        ("stepwire retry ", {"pip_", "stp_"}),
        ("stepwire approve ", {"app_"}),
        ("stepwire explain ", {"fai_"}),
        ("stepwire run ", {"fine", "fails", "asks", "wants", "wonders"}),
        ("stepwire run wo", {"wonders"}),
        ("stepwire retry x --model scripted/too", {"scripted/too-long"}),
        ("stepwire show --url http://127.0.0.1:1 ", set()),
    ],
)
def test_a_shell_is_offered_what_there_is(
    piped: Typed, offered: str, monkeypatch: pytest.MonkeyPatch, line: str, words: set[str]
) -> None:
    monkeypatch.setenv("_STEPWIRE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))

    done = piped()

    assert {re.sub(r"(?<=^...)_.*", "_", word) for word in done.out.split()} == words
    assert done.err == ""


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\x9b", "\x07"])
def test_what_a_shell_is_offered_shows_all_that_is_in_it(monkeypatch: pytest.MonkeyPatch, sign: str) -> None:
    told = {"templates": [{"name": "fix", "description": f"{sign}Fix it\nsoon"}]}
    monkeypatch.setattr(completion, "_told", lambda *_: told)

    [(word, about)] = completion.templates(typer.Context(typer.main.get_command(main_app)), "f")

    assert word == "fix"
    assert about.replace("[U+202E]", "") == "Fix it soon"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(piped: Typed, shell: str) -> None:
    done = piped("completion", shell)

    assert done.code == 0
    assert "_STEPWIRE_COMPLETE" in done.out


def test_another_shell_is_refused(piped: Typed, server: Server) -> None:
    assert piped("completion", "sh").code == 1


def test_serving_in_a_terminal_prints_a_box_and_keeps_the_log_in_a_file(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    server = Server(tmp_path / "root", TEMPLATES)
    with server.serving(terminal=theirs):
        shown = b""
        while "╰".encode() not in shown:
            shown += os.read(ours, 4096)
        box = shown.decode().splitlines()
        server.url = re.findall(r"listening on (\S+)", box[1])[0]
        server.command("run", "fine", "Quiet")
        server.command("run", "fails", "Loud")
    with suppress(OSError):
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)

    said, log = shown.decode(), Path(re.findall(r"log: (\S+)", shown.decode())[0])
    assert box[0].startswith("╭")
    assert f"{server.url}/#token=" in box[2]
    assert "PipelineFinished" in log.read_text()
    assert "StepFailed" in said, "a failure is a warning"
    assert "PipelineStarted" not in said
    assert log.stat().st_mode & 0o077 == 0
