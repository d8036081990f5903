"""How a test presses what leads to another page, and a switch, which acts in place."""

from __future__ import annotations

import pytest
from _pytest.mark.structures import ParameterSet
from playwright.sync_api import Locator, Page

from connectors.models import BackgroundTask
from crosschq.core.outbox import work_item
from scripts.demo.chromium import WAITING, flip, wait_for_task

__all__ = ["flip", "go", "leave", "see_done", "widths_and_scripts"]


def widths_and_scripts(*, first: tuple[int, bool]) -> list[ParameterSet]:
    """A phone and a desk, each with and without scripts: ``first`` in `make test`, the others in `make test-slow`."""
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
    """Press it, and return once the page that it leads to has loaded, and what it had to wait for is done.

    A bare ``click()`` returns while the page is on its way: what is read next may be of the page that one leaves. It is
    for what stays on its page: a box, a summary, a part that htmx exchanges.
    """
    leave(by)
    see_done(by.page)


def leave(by: Locator) -> None:
    """As `go`, without doing what the next page waits for."""
    with by.page.expect_navigation():
        by.click()


def see_done(page: Page) -> None:
    """Do what the page waits for, as a worker does, and see the page show it by itself."""
    if page.locator(WAITING).count():
        work_item.drain(BackgroundTask)
        wait_for_task(page)
