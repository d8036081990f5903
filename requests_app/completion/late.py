"""Answers that arrive after the request was finished without them: kept, and offered to the owner."""

from django.utils.translation import gettext as _

from crosschq.core import clock
from requests_app import timeline
from requests_app.lifecycle import RequestMovedOn, locked, move_reference
from requests_app.models import EntryKind, Reference, ReferenceRequest, ReferenceState
from requests_app.notifications import email_content, send
from requests_app.report.pdf import files
from requests_app.report.versions.record import record


def keep(reference_request: ReferenceRequest, reference: Reference) -> None:
    """Keep answers that were sent late, and tell the owner. Call while holding the request's lock.

    The report doesn't contain them until someone accepts them.
    """
    if not move_reference(reference, ReferenceState.LATE, finished_at=clock.now()):
        raise RequestMovedOn
    sentence = _("%(name)s sent the reference after the request was finished. Add it to the report, or leave it out")
    timeline.note(reference_request, sentence % {"name": reference.name}, kind=EntryKind.WARN, about=reference)
    email = email_content.owner_late_answer(reference_request, reference, url=send.staff_url(reference_request))
    send.notify_owner(reference_request, "late_answer", email)


def accept(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Add late answers to the report. Raises RequestMovedOn if they were already added, or erased."""
    reference_request = locked(reference_request)
    only_from = ReferenceState.LATE
    if not reference_request.has_report or not move_reference(reference, ReferenceState.ANSWERED, only_from=only_from):
        raise RequestMovedOn
    sentence = _("%(actor)s added the late reference of %(name)s to the report")
    words = {"actor": actor, "name": reference.name}
    timeline.note(reference_request, sentence % words, kind=EntryKind.OK, about=reference)
    record(reference_request, late=reference)
    files.attach(reference_request)
