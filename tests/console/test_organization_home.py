"""A shortened address of an organization leads to its first page, and tells strangers nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import Role
from tests.factories import make_member, make_organization, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "leads_to"), [(Role.OWNER, "setup"), (Role.VIEWER, "requests")])
def test_the_address_of_an_organization_leads_to_its_first_page(role: Role, leads_to: str) -> None:
    member = make_member(make_organization("Acme GmbH", slug="acme"), role)
    answer = signed_in(Client(), member).get("/o/acme/")
    assert (answer.status_code, answer["Location"]) == (302, f"/o/acme/{leads_to}/")


def test_a_stranger_gets_the_same_answer_whether_it_exists_or_not() -> None:
    make_organization("Acme GmbH", slug="acme")
    stranger = signed_in(Client(), make_member(make_organization("Other", slug="other")))
    assert [stranger.get(f"/o/{slug}/").status_code for slug in ("acme", "nowhere")] == [404, 404]
