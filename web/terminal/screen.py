"""Where lines appear: above a moving picture of what the agent does in a terminal, one after the other elsewhere."""

import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from runner.plaintext import one_line, safe
from web.terminal.api_documents import Item
from web.terminal.lines import lines, place

_KEPT_TEXT = 2000


def new_console() -> Console:
    """Colours in a terminal only, nothing read as markup, and lines that only the terminal breaks."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


@dataclass(kw_only=True)
class Picture:
    """What happens this second, on two lines at most."""

    doing: str = "waits for its turn"
    since: float = field(default_factory=time.monotonic)
    tool: str = ""
    text: str = ""
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        seconds = int(time.monotonic() - self.since)
        parts = [self.doing, f"{seconds // 60}:{seconds % 60:02}", *([self.tool] if self.tool else [])]
        self.spinner.update(text=Text(" · ".join(parts), no_wrap=True, overflow="ellipsis"))
        yield self.spinner
        if newest := one_line(self.text[-_KEPT_TEXT:]):
            shown = newest[-(options.max_width - 5) :]
            yield Text(f"  “{shown}”", "dim italic", no_wrap=True, overflow="ellipsis")


class Screen:
    """Use it as a context manager: the picture goes at the end, the lines stay."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._picture = Picture()
        self._step: Item | None = None
        self._live: Live | None = None

    def __enter__(self) -> "Screen":
        self.show_picture()
        return self

    def __exit__(self, *_: object) -> None:
        self.hide_picture()

    def begin_with(self, pipeline: Item, page: str) -> None:
        template = f" · {one_line(pipeline['template'])}" if pipeline["template"] else ""
        self.say(Text(f"{one_line(pipeline['title'])}{template}", "bold"), Text(page, "dim"))

    def tell(self, item: Item) -> None:
        """An event of the pipeline."""
        self.say(*lines(item, titled=False))

    def say(self, *lines: Text) -> None:
        for line in lines:
            self._console.print(line, soft_wrap=True)

    def show_picture(self) -> None:
        if self._console.is_terminal and self._live is None:
            self._live = Live(self._picture, console=self._console, transient=True, refresh_per_second=8)
            self._live.start()

    def hide_picture(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, step: Item) -> None:
        """From now on the picture is of this step."""
        self._step = step
        self._draw(doing=place(step), since=time.monotonic(), tool="", text="")

    def wait(self, doing: str) -> None:
        self._draw(doing=doing, since=time.monotonic(), tool="", text="")

    def act(self, activity: Item) -> None:
        """What the agent does; a tool call that has ended is worth a line."""
        match activity["__typename"]:
            case "ActivitySnapshot":
                self._draw(text=safe(activity["text"]))
            case "TextDelta":
                self._draw(text=(self._picture.text + safe(activity["delta"]))[-_KEPT_TEXT:])
            case "ToolProgress":
                self._tool(activity)

    def _tool(self, progress: Item) -> None:
        call = progress["call"]
        what = one_line(f"{call['tool']} {progress['title'] or _brief(call['input'])}", 100)
        ended = call["status"] in ("completed", "error")
        self._draw(tool="" if ended else what)
        if ended:
            error = f": {one_line(call['error'], 200)}" if call["error"] else ""
            self.say(Text(f"           {'!' if error else '-'} {what}{error}", "dim"))

    def _draw(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self._picture, name, value)


def _brief(given: Any) -> str:
    """The first text in a tool's input: a command, a path, a pattern."""
    if isinstance(given, dict):
        return next((value for value in given.values() if isinstance(value, str)), "")
    return given if isinstance(given, str) else ""
