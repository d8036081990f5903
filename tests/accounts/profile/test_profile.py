"""A user's own name, as emails and reports show it."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import User
from tests.accounts.pages import text_of
from tests.factories import make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return make_user("dana@acme.example", name="Dana Whitfield")


def test_a_name_can_be_changed(client: Client, dana: User) -> None:
    answer = signed_in(client, dana).post("/profile/", {"name": "Dana Ruiz"}, follow=True)
    assert "Your name is now Dana Ruiz." in text_of(answer)


@pytest.mark.parametrize("typed", ["Dana \u202eziuR", "Dana\x1bRuiz"])
def test_a_name_with_an_invisible_character_is_refused(client: Client, dana: User, typed: str) -> None:
    answer = signed_in(client, dana).post("/profile/", {"name": typed})
    assert "There is an invisible character (" in text_of(answer)
    dana.refresh_from_db()
    assert dana.name == "Dana Whitfield"


def test_a_persian_name_keeps_its_zero_width_joiners(client: Client, dana: User) -> None:
    signed_in(client, dana).post("/profile/", {"name": "حس\u200cزد"})
    dana.refresh_from_db()
    assert dana.name == "حس\u200cزد"
