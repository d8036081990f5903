"""Staff see the opt-in question and set which references are asked, by survey."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import AuditEntry, Role
from crosschq.tenancy.scope import tenant
from prospects.models import OptInExclusion
from prospects.opt_in.opt_in_rules import RELATIONSHIPS
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, sent_request
from tests.requests_app.pages import text
from tests.templates_app.browsing import tables

pytestmark = pytest.mark.django_db


def change(job: RequestScenario, role: Role, *asked: str) -> str:
    """Save the form, and return the text of the resulting page."""
    with tenant(job.organization):
        uid = job.reference_request.version.survey_version.survey.uid
    client = signed_in(Client(), make_member(job.organization, role))
    page = f"/o/{job.organization.slug}/prospects/question/"
    client.post(f"{page}{uid}/", {"asked": list(asked)})
    return tables(client.get(page))[0][1][1]


def test_the_page_shows_the_wording_and_that_every_reference_is_asked() -> None:
    job = sent_request()
    client = signed_in(Client(), make_member(job.organization, Role.VIEWER))
    page = client.get(f"/o/{job.organization.slug}/prospects/question/")
    assert "Yes, Acme GmbH may keep my name" in text(page)
    assert tables(page)[0][1][1] == "Every reference"


def test_the_page_says_that_there_are_no_surveys() -> None:
    acme = make_organization()
    client = signed_in(Client(), make_member(acme, Role.VIEWER))
    assert "You have no surveys yet" in text(client.get(f"/o/{acme.slug}/prospects/question/"))


def test_an_admin_sets_the_audience_and_it_is_audited() -> None:
    job = sent_request()
    assert change(job, Role.ADMIN, "manager", "mentor") == "Manager, Mentor"
    assert change(job, Role.ADMIN) == "Nobody"
    assert change(job, Role.ADMIN, *RELATIONSHIPS) == "Every reference"
    with tenant(job.organization):
        assert not OptInExclusion.objects.exists()
        entries = list(AuditEntry.objects.filter(action="prospects.question").order_by("id"))
    assert entries[0].after == {"asked": ["Manager", "Mentor"], "survey": "General survey"}
    assert len(entries) == 3


def test_saving_an_unchanged_audience_is_not_audited() -> None:
    job = sent_request()
    change(job, Role.ADMIN, *RELATIONSHIPS)
    with tenant(job.organization):
        assert not AuditEntry.objects.filter(action="prospects.question").exists()


def test_an_unknown_relationship_changes_nothing() -> None:
    assert change(sent_request(), Role.ADMIN, "astrologer") == "Every reference"
