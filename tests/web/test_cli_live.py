"""run, watch and events against a running server: what they print, and how they end."""

import json
import os
import pty
import re
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.commands import Server

pytestmark = pytest.mark.slow


TEMPLATES = """\
pipelines:
  - name: fine
    steps: [{agent: plan, model: scripted/quick}, {agent: build, model: scripted/text}]
  - name: fails
    steps: [{agent: plan, model: scripted/quick}, {agent: build, model: scripted/too-long}]
  - name: asks
    steps: [{type: approval, description: "Shall it [bold]go[/bold] on?"}]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "root", TEMPLATES).serving() as server:
        yield server


def without_times(printed: str) -> list[str]:
    """Neither of when, nor of how long it took."""
    return [re.sub(r"^[\d: -]*\d | · \d+:\d\d$", "", line).strip() for line in printed.splitlines()]


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """What it prints up to a line with that text, whose time is limited by the run's own."""
    assert process.stdout is not None
    seen = ""
    while line := process.stdout.readline():
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"it ended without {text!r}: {seen}")


def test_what_serves_runs_on_the_fast_loop(server: Server) -> None:
    token = (server.root / "stepwire" / "token").read_text().strip()
    with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {token}"}) as client:
        figures = client.get(f"{server.url}/metrics").text

    assert 'loop="uvloop"' in figures


def test_run_follows_a_pipeline_to_its_success(server: Server) -> None:
    done = server.command("run", "fine", "Mend it")

    assert (done.returncode, done.stderr) == (0, "")
    title, address, *rest = without_times(done.stdout)
    assert title == "Mend it · fine"
    assert address.startswith(f"{server.url}/pipelines/pip_")
    assert [re.sub(r"ses_\w+", "ses_1", line) for line in rest if not line.startswith("- ")] == [
        "● step 1 plan began",
        "· step 1 plan works in OpenCode's session ses_1, with scripted/quick",
        "✓ step 1 plan succeeded",
        "● step 2 build began",
        "· step 2 build works in OpenCode's session ses_1, with scripted/text",
        "✓ step 2 build succeeded",
        "✓ succeeded",
    ]
    assert "- glob **/*.py" in rest, "what the agent does is shown"
    assert re.findall(r"✓ (.*) · \d+:\d\d$", done.stdout, re.MULTILINE) == [
        *("step 1 plan succeeded", "step 2 build succeeded", "succeeded")
    ]


def test_run_says_the_reason_in_full(server: Server) -> None:
    done = server.command("run", "fails", "Mend it", "--title", "Too much")

    assert done.returncode == 1
    said = without_times(done.stdout)
    assert "✗ step 2 build failed: The prompt is larger than the model's context" in said
    assert said[0] == "Too much · fails"
    assert any(line.startswith("→ ") for line in said)
    assert any(line.startswith("because ") for line in said)
    assert said[-1] == "✗ failed: The prompt is larger than the model's context"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "p"), 'Not started: There is no template "nowhere"; there are: asks, fails, fine. (template)'),
        (("fine", " "), "Not started: The prompt is empty: say what is to be done. (prompt)"),
        (("fine", "p", "--directory", "no/such"), "no/such does not exist. (directory)"),
        (("fine", "p", "--token", "x" * 20), "The token is missing or wrong: give the one in the address"),
    ],
    ids=["template", "prompt", "directory", "token"],
)
def test_what_cannot_be_started_ends_with_2(server: Server, arguments: tuple[str, ...], said: str) -> None:
    done = server.command("run", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_busy_directory_is_refused_unless_forced(server: Server) -> None:
    work = server.root / "work"
    work.mkdir()
    with server.started("run", "asks", "Mend it", "--directory", "work") as first:
        read_until(first, "waits for you")
        refused = server.command("run", "fine", "Mend it", "--directory", str(work / ".." / "work"))
        forced = server.command("run", "fine", "Mend it", "--directory", "work", "--force")
        first.send_signal(signal.SIGINT)

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert "Already at work in this directory" in refused.stderr
    assert "With --force it is started all the same." in refused.stderr


def test_without_a_terminal_to_ask_in_ctrl_c_leaves_the_pipeline_running(server: Server) -> None:
    with server.started("run", "asks", "Left alone") as running:
        begun = read_until(running, "waits for you")
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=60)

    assert "Shall it [bold]go[/bold] on?" in begun
    assert "Left: the pipeline goes on." in rest
    assert running.returncode == 130


@pytest.mark.parametrize(
    ("answer", "ends", "said"),
    [("c\n", "cancelled", "Ctrl-C in the terminal"), ("l\n", None, "Left: the pipeline goes on.")],
    ids=["cancel", "leave"],
)
def test_ctrl_c_asks_what_is_to_become_of_it(server: Server, answer: str, ends: str | None, said: str) -> None:
    ours, theirs = pty.openpty()
    with server.started("run", "asks", f"Ask me about {answer!r}", stdin=theirs) as running:
        read_until(running, "waits for you")
        running.send_signal(signal.SIGINT)
        # The question has no end of line: what comes first after it is not its whole.
        assert running.stdout is not None
        select.select([running.stdout], [], [], 30)
        os.write(ours, answer.encode())
        rest, _ = running.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert running.returncode == 130
    assert "Cancel the pipeline (c), leave it running (l), or go on watching (Enter)?" in rest
    assert said in rest
    assert (f"■ {ends}" in rest) == (ends is not None)


@pytest.mark.parametrize(
    ("command", "code", "ends"),
    [("approve", 0, "✓ succeeded"), ("reject", 1, "✗ failed: ")],
    ids=["approve", "reject"],
)
def test_an_approval_is_decided_from_another_terminal(server: Server, command: str, code: int, ends: str) -> None:
    with server.started("run", "asks", "Decide this") as running:
        approval = re.search(r"app_\w+", read_until(running, "stepwire approve"))
        assert approval is not None
        decided = server.command(command, approval[0], "--comment", "Because.")
        rest, _ = running.communicate(timeout=60)
    again = server.command("approve", approval[0])

    assert decided.stdout == f"{command.capitalize().rstrip('e')}ed: Decide this, step 1 approval.\n"
    assert running.returncode == code
    assert ends in rest
    assert "Because." in rest
    assert again.returncode == 2
    assert again.stderr.startswith("stepwire: ")


def test_watch_prints_what_happens_as_lines(server: Server) -> None:
    server.command("run", "fine", "Before")
    now = server.place()
    with (
        server.started("watch", "--json", "--after", now) as as_json,
        server.started("watch", "--failures", "--after", now) as failures,
    ):
        server.command("run", "fails", "Watched")
        lines = read_until(failures, "because ")
        items = [json.loads(line) for line in read_until(as_json, '"PipelineFinished"').splitlines()]
        for watching in (as_json, failures):
            watching.send_signal(signal.SIGINT)
            assert watching.wait(timeout=60) == 130

    assert [item["type"] for item in items] == [
        "PipelineStarted",
        *("StepStarted", "SessionOpened", "StepSucceeded"),
        *("StepStarted", "SessionOpened", "StepFailed"),
        "PipelineFinished",
    ]
    assert "✗ Watched · step 2 build failed: " in lines
    assert "step 1" not in lines


def test_watch_goes_on_after_a_cursor(server: Server) -> None:
    server.command("run", "fine", "Looked back at")
    trail = json.loads(server.command("events", "--format", "json").stdout)
    place = next(i for i, item in enumerate(trail) if item.get("pipeline", {}).get("title") == "Looked back at")
    with server.started("watch", "--json", "--after", trail[place]["cursor"]) as watching:
        [first] = read_until(watching, "").splitlines()
        watching.send_signal(signal.SIGINT)

    told, stored = json.loads(first), trail[place + 1]
    assert [told[name] for name in ("cursor", "sentence")] == [stored[name] for name in ("cursor", "sentence")]


def test_watch_says_when_completeness_is_lost(server: Server) -> None:
    with server.started("watch", "--after", "nonsense") as watching:
        assert watching.stderr is not None
        said = watching.stderr.readline()
        watching.send_signal(signal.SIGINT)

    assert said.startswith("stepwire: some events were missed (malformed")


def test_events_are_filtered_and_printed_in_three_ways(server: Server) -> None:
    server.command("run", "fails", "A | b", "--title", "A | b")
    trail = json.loads(server.command("events", "--format", "json", "--type", "step-failed").stdout)
    last = server.command("events", "--type", "StepFailed", "--last", "1", "--since", "1h").stdout
    markdown = server.command("events", "--format", "markdown", "--pipeline", trail[-1]["pipeline"]["id"]).stdout
    none = server.command("events", "--format", "json", "--until", "2001-01-01").stdout

    assert {item["type"] for item in trail} == {"StepFailed"}
    assert trail[-1]["failure"]["kind"] == "CONTEXT_OVERFLOW"
    assert re.fullmatch(r"\S+ \S+  A \| b +✗ step 2 build failed: .+\n", last)
    header, _, first, *_ = markdown.splitlines()
    assert header == "| time | pipeline | event | who |"
    assert r" | A \| b | started from fails | " in first
    assert json.loads(none) == []


def test_a_follower_waits_for_a_server_that_restarts(tmp_path: Path) -> None:
    server = Server(tmp_path / "root", TEMPLATES)
    with server.serving():
        server.command("run", "fine", "Before")
        watching = server.started("watch", "--json", "--after", server.place(first=True))
        read_until(watching, '"PipelineFinished"')
    assert watching.stderr is not None
    lost = watching.stderr.readline()
    with server.serving(port=server.url.rpartition(":")[2]):
        server.command("run", "fine", "After")
        [first, *_] = read_until(watching, '"PipelineFinished"').splitlines()
        back = watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=60)

    assert lost.startswith("stepwire: lost the line (")
    assert back == "stepwire: the line is back.\n"
    assert json.loads(first)["pipeline"]["title"] == "After"
