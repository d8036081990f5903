"""Addresses as people type them at sign-up and at sign-in."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import User
from tests.accounts.pages import emails, make_verified_user, sign_in, sign_up, text_of

pytestmark = pytest.mark.django_db
REFUSED = {
    "john smith@corp.example": "There is a space after “john”.",
    "smi\u00adth@corp.example": "There is an invisible character (soft hyphen) after “smi”.",
    "jörg@corp.example": "We can't send to an address with “ö” before the @.",
    "jo@\u2603.example": "“\u2603.example” can't be the domain of an email address.",
}


@pytest.mark.parametrize(("typed", "said"), REFUSED.items(), ids=ascii)
def test_sign_up_says_what_is_wrong_and_shows_what_was_typed(client: Client, typed: str, said: str) -> None:
    answer = sign_up(client, email=typed)
    assert said in text_of(answer)
    assert f'value="{typed}"' in answer.content.decode()
    assert not User.objects.exists()


def test_spaces_and_a_byte_order_mark_around_the_address_are_dropped(client: Client) -> None:
    sign_up(client, email="\ufeff dana@corp.example\u200b\u00a0")
    assert User.objects.get().email == "dana@corp.example"
    assert len(emails("dana@corp.example")) == 1


def test_an_international_address_signs_up_and_gets_its_code(client: Client) -> None:
    sign_up(client, email="anna@BÜCHER.example")
    assert User.objects.get().email == "anna@bücher.example"
    assert len(emails("anna@bücher.example")) == 1


def test_an_international_address_can_sign_in_with_either_spelling() -> None:
    make_verified_user("anna@bücher.example")
    assert sign_in(Client(), "anna@xn--bcher-kva.example").status_code == 302
    assert sign_in(Client(), " anna@bücher.example\u200b").status_code == 302
    assert sign_in(Client(), "anna@bucher.example").status_code == 200
