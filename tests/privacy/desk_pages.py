"""Using the privacy desk through the test client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.test import Client

from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reference, ReferenceRequest
from tests.accounts.pages import text_of
from tests.factories import PASSWORD, make_member, make_user, signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def admin_of(organization: Organization, role: Role = Role.ADMIN) -> Client:
    """A browser with an admin signed in, who can confirm with PASSWORD."""
    return signed_in(Client(), make_member(organization, role, make_user(password=PASSWORD)))


def desk(organization: Organization) -> str:
    return f"/o/{organization.slug}/privacy/"


def searched(client: Client, organization: Organization, text: str) -> Answer:
    return client.post(desk(organization), {"q": text})


def people_pages(answer: Answer) -> list[str]:
    """The pages of the people that a search found."""
    return re.findall(r'href="(/o/[\w-]+/privacy/people/[0-9a-f-]+/)"', answer.content.decode())


def person_page(client: Client, organization: Organization, text: str) -> str:
    """The address of the one person with this email address. Only some need the search, which takes longest."""
    with tenant(organization):
        row = (
            ReferenceRequest.objects.filter(candidate_email=text).first()
            or Reference.objects.filter(email=text).first()
        )
    if row is not None:
        return f"{desk(organization)}people/{row.uid}/"
    (page,) = people_pages(searched(client, organization, text))
    return page


def words(answer: Answer) -> str:
    return text_of(answer)
