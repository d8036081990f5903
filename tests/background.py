"""A person at a page who waits for what a worker does for it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from connectors.models import BackgroundTask
from crosschq.core.outbox import work_item


def press(browser: Client, url: str, data: dict[str, Any] | None = None) -> Any:
    """The page that a button leads to, once the worker is done."""
    return settled(browser, browser.post(url, data or {}))


def visit(browser: Client, url: str, data: dict[str, Any] | None = None) -> Any:
    """A page that looks something up when it is opened, once the worker is done."""
    return settled(browser, browser.get(url, data or {}))


def settled(browser: Client, answer: Any) -> Any:
    work_item.drain(BackgroundTask)
    if not answer.has_header("Location"):
        return answer
    return browser.get(answer["Location"], follow=True)
