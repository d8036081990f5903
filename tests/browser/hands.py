"""Clicking what leads to another page, and flipping switches, which act in place."""

from __future__ import annotations

import pytest
from _pytest.mark.structures import ParameterSet
from playwright.sync_api import Locator, Page, expect

from connectors.models import BackgroundTask
from crosschq.core.outbox import work_item
from scripts.demo.chromium import WAITING, flip

__all__ = ["flip", "go", "leave", "see_done", "widths_and_scripts"]


def widths_and_scripts(*, first: tuple[int, bool]) -> list[ParameterSet]:
    """Phone and desktop, with and without scripts: ``first`` in `make test`, the others in `make test-slow`."""
    return [
        pytest.param(
            width,
            scripts,
            id=f"{width}, {'scripts' if scripts else 'no scripts'}",
            marks=() if (width, scripts) == first else pytest.mark.slow,
        )
        for width in (390, 1280)
        for scripts in (True, False)
    ]


def go(by: Locator) -> None:
    """Click it, and return once the next page has loaded and what that page waits for is done.

    A bare ``click()`` returns while the next page is loading, so a test could still read the old one. Use it for what
    stays on its page: a checkbox, a summary, a part that htmx swaps.
    """
    leave(by)
    see_done(by.page)


def leave(by: Locator) -> None:
    """Like `go`, but doesn't run the work that the next page waits for."""
    with by.page.expect_navigation():
        by.click()


def see_done(page: Page) -> None:
    """Do what the page waits for, as a worker does, and load it again.

    It would load itself within one or two seconds: test_progress.py waits for that.
    """
    if page.locator(WAITING).count():
        work_item.drain(BackgroundTask)
        page.reload()
        expect(page.locator(WAITING)).to_have_count(0)
