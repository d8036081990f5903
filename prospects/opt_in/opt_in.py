"""A reference asks to hear about jobs. Nobody becomes a prospect in any other way."""

from dataclasses import dataclass

from crosschq.core import clock
from prospects.export import on_opt_in
from prospects.models import Consent, Prospect
from prospects.opt_in import send
from prospects.opt_in.consent import a_year_after, consent_text
from requests_app.email_keys import address_key
from requests_app.models import Reference, ReferenceState


@dataclass(frozen=True)
class Details:
    """What the person wrote about himself."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    employer: str = ""
    title: str = ""
    area_of_interest: str = ""


class NotAnswered(Exception):
    """The reference has not sent the answers yet."""


def opt_in(*, reference: Reference, details: Details, version: int) -> Prospect:
    """Keep the details, with the words that were read, and mail a receipt. Call inside `tenant()`.

    A second press changes nothing. Somebody who is a prospect already, by the address, stays one prospect: the newer
    details win where something was written, and the year begins anew. Raises NotAnswered.
    """
    locked = Reference.objects.select_for_update(of=["self"]).select_related("organization", "reference_request")
    reference = locked.get(pk=reference.pk)
    if reference.state != ReferenceState.ANSWERED:
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
    """Who opted in after giving this reference, and has not left since."""
    found: Prospect | None = Prospect.objects.filter(consents__reference=reference, removed_at=None).first()
    return found


def add_consent(prospect: Prospect, *, version: int, reference: Reference | None) -> Consent:
    """Write down that the person said yes to these words now. The row of the prospect must be locked."""
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
    # Whoever leaves at this moment has either left before this line, or waits for it.
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
