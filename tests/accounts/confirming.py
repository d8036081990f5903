"""Clicking a button that changes who has access, and confirming with the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import Client

from tests.factories import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

CONFIRM = "/accounts/confirm/"


def asked(client: Client, url: str, data: dict[str, str] | None = None) -> str:
    """Click the button. Returns the URL of the page that asks for confirmation."""
    answer = client.post(url, data or {})
    assert answer.status_code == 302
    assert answer["Location"].startswith(CONFIRM), answer["Location"]
    return str(answer["Location"])


def press(client: Client, url: str, data: dict[str, str] | None = None, *, password: str = PASSWORD) -> Answer:
    """Click the button, and confirm if asked. Returns the final page."""
    answer = client.post(url, data or {})
    if answer.status_code != 302:
        return answer
    there = answer["Location"]
    if there.startswith(CONFIRM):
        return client.post(there, {"password": password}, follow=True)
    return client.get(there, follow=True)
