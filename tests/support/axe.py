"""axe-core in a real browser: faults that a machine can find for those who use a page without sight or mouse."""

import os
from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import Page

_SOURCE = Path(__file__).parents[2] / "web/client/node_modules/axe-core/axe.min.js"
_RUN = "async () => (await axe.run(document)).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)"


@cache
def _axe() -> str:
    """The script; without it the test is skipped, or fails where everything is demanded."""
    if _SOURCE.is_file():
        return _SOURCE.read_text()
    reason = f"no axe-core at {_SOURCE}: run npm ci in web/client"
    if os.environ.get("STEPWIRE_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


async def violations(page: Page) -> list[str]:
    """Which rule is broken and by what, one line each; empty: none that it knows."""
    await page.evaluate(f"() => {{ {_axe()} }}")
    return list(await page.evaluate(_RUN))
