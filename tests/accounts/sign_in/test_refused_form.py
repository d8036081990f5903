"""A form that Django's CSRF check refuses shows what was typed again, without secrets and without a button."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import Role
from tests.accounts.pages import text_of
from tests.factories import make_member, make_organization, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
def test_what_was_typed_is_shown_and_nothing_is_saved(headers: dict[str, str]) -> None:
    acme = make_organization("Acme GmbH", slug="acme")
    browser = signed_in(Client(enforce_csrf_checks=True), make_member(acme, Role.OWNER))
    typed = {"name": "Acme <Werke> GmbH", "password": "correct horse battery staple", "csrfmiddlewaretoken": "x" * 64}
    page = browser.post("/o/acme/organization/", typed, headers=headers)
    assert page.status_code == 403
    said = text_of(page)
    assert "This form expired" in said
    assert "Acme <Werke> GmbH" in said
    assert "battery" not in said
    assert "Acme" not in page.content.decode().partition("<form")[2]
    acme.refresh_from_db()
    assert acme.name == "Acme GmbH"
