"""Token pages and report pages for a browser without scripts."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.templates_app.browsing import errors, parsed, press, words


def heading(response: Any) -> str:
    return next(words(element) for element in parsed(response).iter("h1"))


def text(response: Any) -> str:
    return words(parsed(response))


def follow(client: Client, response: Any) -> Any:
    """Where a form leads. Fails with the page's errors if it was rejected."""
    assert response.status_code == 303, errors(response)
    return client.get(response["Location"], follow=True)


def press_and_follow(client: Client, page: Any, button: str, **typed: str) -> Any:
    return follow(client, press(client, page, button, **typed))


def links(response: Any) -> dict[str, str]:
    """The URLs of all links by their text."""
    return {words(a): a.get("href", "") for a in parsed(response).iter("a")}
