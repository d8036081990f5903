"""A reference opts in to hear about jobs: the only way to become a prospect."""

from dataclasses import dataclass

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from prospects.export import on_opt_in
from prospects.models import Consent, Prospect
from prospects.opt_in import send
from prospects.opt_in.consent import a_year_after, consent_text
from requests_app.models import SENT_STATES, Reference


@dataclass(frozen=True)
class Details:
    """The details that a reference entered about themselves."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    employer: str = ""
    title: str = ""
    area_of_interest: str = ""


class NotAnswered(Exception):
    """The reference hasn't submitted their answers yet."""


def opt_in(*, reference: Reference, details: Details, version: int) -> Prospect:
    """Store the details and the consent, and email a receipt. Call inside `tenant()`. Raises NotAnswered.

    Idempotent per reference. An existing prospect with the same email address is updated with the details that were
    entered, and their year starts over.
    """
    locked = Reference.objects.select_for_update(of=["self"]).select_related("organization", "reference_request")
    reference = locked.get(pk=reference.pk)
    if reference.state not in SENT_STATES:
        raise NotAnswered
    known = prospect_of(reference)
    if known is not None:
        return known
    prospect = _kept(reference, details)
    add_consent(prospect, version=version, reference=reference)
    send.send_receipt(prospect, reply_to=reference.reference_request.owner_email)
    on_opt_in.export_new_prospect(prospect)
    return prospect


def prospect_of(reference: Reference) -> Prospect | None:
    """The current prospect who opted in after giving this reference."""
    found: Prospect | None = Prospect.objects.filter(consents__reference=reference, removed_at=None).first()
    return found


def add_consent(prospect: Prospect, *, version: int, reference: Reference | None) -> Consent:
    """Record consent to this version now. The prospect must be locked."""
    now = clock.now()
    ends_at = a_year_after(now)
    consent: Consent = Consent.objects.create(
        organization=prospect.organization,
        prospect=prospect,
        reference=reference,
        version=version,
        text=consent_text(version, organization=prospect.organization.name),
        given_at=now,
        ends_at=ends_at,
    )
    prospect.consented_at, prospect.ends_at, prospect.renewal_sent_at = now, ends_at, None
    prospect.save(update_fields=["consented_at", "ends_at", "renewal_sent_at"])
    return consent


def _kept(reference: Reference, details: Details) -> Prospect:
    now, written = clock.now(), vars(details)
    made, created = Prospect.objects.get_or_create(
        organization=reference.organization,
        email_key=address_key(details.email),
        removed_at=None,
        defaults={**written, "created_at": now, "consented_at": now, "ends_at": a_year_after(now)},
    )
    # A concurrent removal has either finished before this line or waits for this lock.
    prospect: Prospect | None = (
        Prospect.objects.select_for_update(no_key=True).filter(pk=made.pk, removed_at=None).first()
    )
    if prospect is None:
        return _kept(reference, details)
    if not created:
        newer = {name: value for name, value in written.items() if value}
        for name, value in newer.items():
            setattr(prospect, name, value)
        prospect.save(update_fields=list(newer))
    return prospect
