"""A reply to any email of an organization reaches a person there."""

from __future__ import annotations

import pytest

from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import answer, waiting_request

pytestmark = pytest.mark.django_db


def replies(organization: Organization, kind: str) -> set[str]:
    with tenant(organization):
        return set(Message.objects.filter(kind=kind).values_list("reply_to", flat=True))


@pytest.mark.parametrize("profile", ["people@acme.example", ""])
def test_the_owners_emails_have_a_reply_address(profile: str) -> None:
    organization = make_organization()
    organization.reply_to = profile
    organization.save()
    make_member(organization, Role.ADMIN, make_user(email="admin@acme.example"))
    make_member(organization, Role.OWNER, make_user(email="first@acme.example"))
    make_member(organization, Role.OWNER, make_user(email="second@acme.example"))
    scenario = waiting_request(organization=organization)
    answer(scenario, 1)
    answer(scenario, 2)
    assert replies(organization, "report_ready") == {profile or "first@acme.example"}
    assert replies(organization, "reference_invitation") == {scenario.reference_request.owner_email}


def test_an_organization_without_an_owner_sends_without_one() -> None:
    assert make_organization().reply_address == ""
