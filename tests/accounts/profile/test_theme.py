"""The light or dark theme, stored in a cookie."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.accounts.pages import text_of
from tests.factories import make_user, signed_in
from tests.ui.markup import parse

pytestmark = pytest.mark.django_db


def theme_of(client: Client, path: str = "/profile/") -> str | None:
    return parse(client.get(path).content.decode()).get("class")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_applies_to_every_page_even_before_signing_in(client: Client, theme: str) -> None:
    signed_in(client, make_user())
    assert theme_of(client) is None
    assert "This browser uses your choice." in text_of(client.post("/profile/theme/", {"theme": theme}, follow=True))
    assert theme_of(client) == theme
    del client.cookies["sessionid"]
    assert theme_of(client, "/accounts/login/") == theme


def test_the_device_setting_can_be_restored(client: Client) -> None:
    signed_in(client, make_user())
    for theme in ("dark", "system"):
        client.post("/profile/theme/", {"theme": theme})
    assert theme_of(client) is None


@pytest.mark.parametrize("theme", ["", "purple", 'dark" onload="x'])
def test_an_invalid_choice_changes_nothing(client: Client, theme: str) -> None:
    signed_in(client, make_user())
    assert not client.post("/profile/theme/", {"theme": theme}).cookies.get("theme")
    client.cookies["theme"] = theme
    assert theme_of(client) is None


def test_scripts_cannot_read_the_cookie(client: Client, settings: Settings) -> None:
    settings.COOKIE_SECURE = True
    cookie = signed_in(client, make_user()).post("/profile/theme/", {"theme": "dark"}).cookies["theme"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
