"""Every page, in a language that no one speaks: a word that is still in English never went through gettext."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client

from crosschq.tenancy.models import Role
from tests.architecture.policy import POLICY
from tests.architecture.world import Route, World, all_routes
from tests.i18n.reading import texts, untranslated

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pseudo")]


def ask(client: Client, method: str, url: str) -> Answer:
    """Make one request, follow its redirects, and roll back."""
    before = transaction.savepoint()
    answer = client.generic(method, url, content_type="application/x-www-form-urlencoded", follow=True)
    transaction.savepoint_rollback(before)
    return answer


def english(world: World, known: re.Pattern[str], client: Client, *kinds: str) -> list[tuple[object, ...]]:
    """The texts with English words and those words, for each route."""
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for route, method in _doors(*kinds):
        answer = ask(client, method, world.url(route))
        if "text/html" in answer.get("Content-Type", ""):
            for text in texts(answer.content.decode()):
                if words := untranslated(text, known=known):
                    said = " ".join(text.split())
                    found.setdefault((said, ""), (route.name, method, said[:150], words[:8]))
    return list(found.values())


def _doors(*kinds: str) -> Iterator[tuple[Route, str]]:
    for route in all_routes():
        if POLICY[route.name].kind in kinds:
            yield from ((route, method) for method in ("GET", "POST"))


def assert_translated(found: list[tuple[object, ...]]) -> None:
    assert not found, "\n".join(map(str, found))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_member_pages_are_translated(world: World, known: re.Pattern[str]) -> None:
    assert_translated(english(world, known, world.member(Role.OWNER), "member"))


def test_pages_of_signed_in_users_are_translated(world: World, known: re.Pattern[str]) -> None:
    assert_translated(english(world, known, world.member(Role.OWNER), "signed_in"))


def test_public_pages_and_secret_link_pages_are_translated(world: World, known: re.Pattern[str]) -> None:
    assert_translated(english(world, known, Client(), "public", "token"))
