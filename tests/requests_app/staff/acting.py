"""The pages for actions on one request, as a recruiter uses them."""

from __future__ import annotations

from typing import Any

from django.test import Client

from crosschq.tenancy.models import Organization, Role
from tests.factories import make_member, make_user, signed_in
from tests.requests_app.factories import RequestScenario
from tests.requests_app.pages import text


def recruiter_of(organization: Organization, role: Role = Role.RECRUITER) -> Client:
    return signed_in(Client(), make_member(organization, role, make_user(name="Dana Ruiz")))


def path(scenario: RequestScenario, page: str = "") -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/{page}"


def refused(response: Any) -> str:
    """The sentence of a page that says why an act isn't possible."""
    assert response.status_code == 409
    found = text(response).partition("You can't do this now")[2].rpartition("You can't do this now")[2]
    return found.partition("Nothing was changed.")[0].strip()
