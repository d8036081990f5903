"""Factories for prospects, including ones that answered as a reference and opted in."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from crosschq.core.security import secret_links
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Consent, Prospect, Removal
from prospects.opt_in import removal, send
from prospects.opt_in.consent import CURRENT, a_year_after
from prospects.opt_in.opt_in import Details, opt_in
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, answer, made_once, waiting_request

_number = itertools.count(1)
PRIYA = Details(
    first_name="Priya",
    last_name="Nair",
    email="priya@home.example",
    phone="+49 30 1234567",
    employer="Ledgerly",
    title="Head of Data",
    area_of_interest="Analytics",
)


@made_once
def answered_job(organization: Organization, **fields: Any) -> RequestScenario:
    """A request whose first reference, Priya Nair, has submitted their answers."""
    job = waiting_request(organization, **fields)
    assert job.reference_path()
    answer(job, 1)
    return job


def opted_in(organization: Organization | None = None, details: Details = PRIYA, **fields: Any) -> Prospect:
    """A prospect who opted in on the thank-you page."""
    job = answered_job(organization, **fields)
    with tenant(job.organization):
        return opt_in(reference=job.reference(), details=details, version=CURRENT)


def make_prospect(organization: Organization | None = None, **fields: Any) -> Prospect:
    """A prospect without a request behind it, for lists and exports."""
    organization, number = organization or make_organization(), next(_number)
    values: dict[str, Any] = {
        "first_name": "Ana",
        "last_name": f"Ruiz {number}",
        "email": f"ana{number}@home.example",
        "email_key": f"ana{number}@home.example",
        **fields,
    }
    with tenant(organization):
        prospect = Prospect(organization=organization, **values)
        prospect.ends_at = fields.get("ends_at") or a_year_after(prospect.consented_at)
        prospect.save()
        Consent.objects.create(
            organization=organization,
            prospect=prospect,
            version=CURRENT,
            text="Yes",
            given_at=prospect.consented_at,
            ends_at=prospect.ends_at,
        )
    return prospect


def make_tombstone(organization: Organization | None = None, *, candidate: str = "candidate-9") -> Prospect:
    """The tombstone of an exported prospect."""
    prospect = make_prospect(organization, ats_candidate_id=candidate)
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)
    return reread(prospect)


def token_of(prospect: Prospect) -> str:
    """A token like those in emails to this prospect."""
    return secret_links.mint(
        purpose=send.PROSPECT_LINK, subject=prospect.uid, scope_key=prospect.organization_id, days=30
    )


def reread(prospect: Prospect) -> Prospect:
    with tenant(prospect.organization):
        found: Prospect = Prospect.objects.select_related("organization").get(pk=prospect.pk)
        return found


def emails_to(prospect: Prospect) -> list[Message]:
    with tenant(prospect.organization):
        return list(Message.objects.filter(about_kind=send.ABOUT_KIND, about_uid=prospect.uid).order_by("id"))


def consents_of(prospect: Prospect) -> list[Consent]:
    with tenant(prospect.organization):
        return list(prospect.consents.select_related("reference__reference_request"))


def end_on(prospect: Prospect, moment: datetime) -> None:
    """Let the consent expire at this moment."""
    with tenant(prospect.organization):
        Prospect.objects.filter(pk=prospect.pk).update(ends_at=moment)
