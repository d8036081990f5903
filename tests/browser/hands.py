"""How a test presses what leads to another page, and a switch, which acts in place."""

from __future__ import annotations

from playwright.sync_api import Locator

from scripts.demo.chromium import flip

__all__ = ["flip", "go"]


def go(by: Locator) -> None:
    """Press it, and return once the page that it leads to has loaded.

    A bare ``click()`` returns while the page is on its way: what is read next may be of the page that one leaves. It is
    for what stays on its page: a box, a summary, a part that htmx exchanges.
    """
    with by.page.expect_navigation():
        by.click()
