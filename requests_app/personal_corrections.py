"""Correct a person's details wherever a request stores them.

Reports show the change, because they are computed when they are opened.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from crosschq.core.security import secret_links
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.messaging.content import phones
from crosschq.messaging.models import Message
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.messaging.sending.send import cancel_unsent
from crosschq.tenancy.person import Correction
from requests_app import timeline
from requests_app.candidate.nominate import comparison_key
from requests_app.erasure import namesakes, redact_rows, subjects_of
from requests_app.lifecycle import locked
from requests_app.models import Reader, Reference, ReferenceRequest, ReferenceState, RequestState, TimelineEntry
from requests_app.notifications import send
from requests_app.reminders import plan
from requests_app.report.pdf import files


def correct_candidate(reference_request: ReferenceRequest, correction: Correction) -> int:
    """Correct the candidate's details. Return 1 if something changed.

    A new address ends the old links, and an open request sends a new link.
    """
    reference_request = locked(reference_request)
    details = {f"candidate_{name}": value for name, value in correction.names.items()}
    details |= _given(candidate_email=correction.email, candidate_phone=correction.phone)
    old_name, old_email = reference_request.candidate_name, reference_request.candidate_email
    if not _change(reference_request, details):
        return 0
    _rename(reference_request, old_name, reference_request.candidate_name, of=reference_request.uid)
    if address_key(old_email) != address_key(reference_request.candidate_email):
        secret_links.revoke(subject=reference_request.uid, purpose=send.CANDIDATE)
        cancel_unsent(about_kind="request", about_uid=reference_request.uid)
        if reference_request.state == RequestState.SENT:
            send.invite_candidate(reference_request)
        elif reference_request.is_open:
            send.send_candidate_new_link(reference_request)
        if plan.is_waited_for(reference_request, None):
            plan.plan(reference_request)
    _note(reference_request)
    return 1


def correct_reference(reference: Reference, correction: Correction) -> int:
    """Like `correct_candidate`.

    A reference who was asked gets a new link at a new address, and the answers stay theirs.
    """
    reference_request = locked(reference.reference_request)
    old_name, old_email = reference.name, reference.email
    details = _given(name=correction.name, email=correction.email)
    if correction.phone:  # a reference's is only for text messages
        country = country_of(reference_request.organization.time_zone)
        details["phone"] = phones.textable_or_none(correction.phone, country=country)
    if not _change(reference, details):
        return 0
    found = Reference.objects.filter(pk=reference.pk)
    found.update(email_key=comparison_key(reference_request, reference.email))
    if "email" in details and reference.email != old_email:
        reference.address_from_staff = True
        found.update(address_from_staff=True)
    _rename(reference_request, old_name, reference.name, of=reference.uid)
    if address_key(old_email) != address_key(reference.email):
        secret_links.revoke(subject=reference.uid)
        cancel_unsent(about_kind="reference", about_uid=reference.uid)
        if reference.state in (ReferenceState.INVITED, ReferenceState.STARTED):
            send.send_reference_new_link(reference_request, reference)
    _note(reference_request)
    return 1


def correct_reader(reader: Reader, correction: Correction) -> int:
    """Like `correct_candidate`. An owner's name and address also change on the request."""
    reference_request, old_email = reader.reference_request, reader.email
    if not _change(reader, _given(name=correction.name, email=correction.email)):
        return 0
    Reader.objects.filter(pk=reader.pk).update(email_key=address_key(reader.email))
    if exact_key(reference_request.owner_email) == exact_key(old_email):
        ReferenceRequest.objects.filter(pk=reference_request.pk).update(
            owner_name=reader.name, owner_email=reader.email
        )
    if address_key(old_email) != address_key(reader.email):
        secret_links.revoke(subject=reader.uid)
    return 1


def correct_owner(reference_request: ReferenceRequest, correction: Correction) -> int:
    """Correct an owner who isn't a reader of the report. Returns 1 if something changed."""
    old_name = reference_request.owner_name
    if not _change(reference_request, _given(owner_name=correction.name, owner_email=correction.email)):
        return 0
    _rename(reference_request, old_name, reference_request.owner_name)
    return 1


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _change(row: ReferenceRequest | Reference | Reader, details: dict[str, str]) -> bool:
    changes = {name: value for name, value in details.items() if value != getattr(row, name)}
    if not changes:
        return False
    type(row)._base_manager.filter(pk=row.pk).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def _rename(reference_request: ReferenceRequest, old: str, new: str, *, of: UUID | None = None) -> None:
    """Replace the old name in the timeline and in subjects of messages, except where it is someone else's.

    of: the uid by which the timeline knows the person.
    """
    files.changed(reference_request)
    if old.strip() and old != new:
        same = namesakes(reference_request, old, besides=of)
        entries = TimelineEntry.objects.filter(reference_request=reference_request)
        subjects = Message.objects.filter(about_uid__in=subjects_of(reference_request)).exclude(about_uid__in=same)
        redact_rows(entries.exclude(about_uid=None).exclude(about_uid__in=same), ("sentence",), [old], by=new)
        redact_rows(entries.filter(about_uid=None), ("sentence",), [old], by=new, at_most=1 if same else 0)
        redact_rows(subjects, ("subject",), [old], by=new)


def _note(reference_request: ReferenceRequest) -> None:
    if reference_request.has_report:
        timeline.note(reference_request, _("A person's details were corrected. The report shows the correct ones"))
    else:
        timeline.note(reference_request, _("A person's details were corrected"))
