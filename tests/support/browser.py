"""Debian's Chromium, driven by Playwright, headless and without any traffic of its own."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A busy machine may take long to show a thing; how long it may take at most is for benchmarks.
expect.set_options(timeout=30_000)

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_binary() -> str:
    """The browser to test with; without one the test is skipped, or fails where everything is demanded."""
    found = os.environ.get("STEPWIRE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    reason = "no Chromium: set STEPWIRE_CHROMIUM to its binary, or install Debian's package chromium"
    if os.environ.get("STEPWIRE_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    binary = chromium_binary()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=binary, args=list(_QUIET))
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def page_at(address: str, *, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
    """A page that has loaded the address, in a fresh profile."""
    async with browser() as running:
        context = await running.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        await page.goto(address)
        yield page
