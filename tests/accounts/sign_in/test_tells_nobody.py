"""The response and its timing are the same for an address with an account and for one without."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Role
from tests.accounts.confirming import press
from tests.accounts.invited import INVITE
from tests.accounts.pages import emails, make_verified_user, sign_in, sign_up, text_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "known@acme.example", "other@acme.example"
FEW = 12  # statements
HASHING = 40  # statements that take less time than the password's hash, which both need


def seen(answer: Any, address: str) -> tuple[Any, str]:
    return answer.redirect_chain, text_of(answer).replace(address, "ADDRESS")


def both(ask: Any, *, apart: int = FEW) -> None:
    """Ask with each address. The response is the same, and the database does about the same work."""
    found, statements = [], []
    for address in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            found.append(seen(ask(address), address))
        statements.append(len(queries))
        assert len(emails(address)) == 1, address
    assert found[0] == found[1]
    assert abs(statements[0] - statements[1]) <= apart, statements


@pytest.fixture(autouse=True)
def known() -> None:
    make_verified_user(KNOWN)


def test_a_new_password_request_looks_the_same() -> None:
    both(lambda address: Client().post("/accounts/password/reset/", {"email": address}, follow=True))


def test_another_address_of_ones_own_account_looks_the_same() -> None:
    make_verified_user("dana@acme.example")

    def ask(address: str) -> Any:
        browser = Client()
        sign_in(browser, "dana@acme.example")
        asked = browser.post("/accounts/email/", {"action_add": "1", "email": address})
        return browser.post(asked["Location"], {"password": PASSWORD}, follow=True)

    both(ask)


def test_an_invitation_looks_the_same() -> None:
    organization = make_organization(slug="acme")
    admin = make_member(organization, Role.ADMIN, make_user("ada@acme.example", password=PASSWORD))

    for address in (KNOWN, UNKNOWN):
        page = press(signed_in(Client(), admin), INVITE, {"emails": address, "role": "recruiter"})
        assert "You invited 1 person" in text_of(page)
        assert len(emails(address)) == 1


def test_signing_up_looks_the_same() -> None:
    def ask(address: str) -> Any:
        browser = Client()
        answer = sign_up(browser, email=address)
        return browser.get(answer["Location"], follow=True)

    both(ask, apart=HASHING)
