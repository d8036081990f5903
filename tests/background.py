"""Requests to pages that wait for a worker."""

from __future__ import annotations

from typing import Any

from django.test import Client

from connectors.models import BackgroundTask
from crosschq.core.outbox import work_item


def press(browser: Client, url: str, data: dict[str, Any] | None = None) -> Any:
    """The page after pressing a button, once the worker is done."""
    return settled(browser, browser.post(url, data or {}))


def visit(browser: Client, url: str, data: dict[str, Any] | None = None) -> Any:
    """A page that starts a background task when it opens, once the worker is done."""
    return settled(browser, browser.get(url, data or {}))


def settled(browser: Client, answer: Any) -> Any:
    work_item.drain(BackgroundTask)
    if not answer.has_header("Location"):
        return answer
    return browser.get(answer["Location"], follow=True)
