"""Pause a request for a day when its application is rejected or withdrawn in the ATS, then cancel it.

A paused request sends no reminders. People with a link can still answer, and their answers are kept. We learn about the
application from ATS events while requests are turned on (see `webhooks.decision.decide`). We ask for it only after a
restored backup, which may lack such events (see `webhooks.decision.follow`).
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import periodic, work_item
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app import timeline
from requests_app.completion import complete
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import OPEN_STATES, EntryKind, ReferenceRequest
from requests_app.notifications import email_content, send
from requests_app.start.start import requests_of_application
from requests_app.text import day

PAUSED_FOR = timedelta(hours=24)


def held_for(reference_request: ReferenceRequest) -> str:
    """The key that reminders of a paused request wait for: see `work_item.release`."""
    return f"request:{reference_request.uid}"


def follow(connection: Connection, candidate_id: str, job_id: str, *, turned_down: bool, status: str) -> None:
    """Pause the open request of an application that was turned down, or resume it if that was reversed.

    Call inside `tenant()`. `status` is the ATS's word for it.
    """
    found = requests_of_application(connection, candidate_id, job_id).filter(state__in=OPEN_STATES).first()
    if found is None:
        return
    reference_request = locked(found)
    if turned_down and reference_request.is_open and reference_request.paused_until is None:
        _pause(reference_request, status)
    elif not turned_down and reference_request.paused_until is not None:
        sentence = _("%(name)s is being considered again (%(status)s). The request is active again")
        _go_on(reference_request, sentence % {"name": reference_request.candidate_name, "status": status})


def undo(reference_request: ReferenceRequest, *, actor: str) -> None:
    """Resume the request anyway. Raises RequestMovedOn if it isn't paused, or if it has ended."""
    reference_request = locked(reference_request)
    if reference_request.paused_until is None or not reference_request.is_open:
        raise RequestMovedOn
    _go_on(reference_request, _("%(actor)s resumed the request") % {"actor": actor})


def cancel_paused(*, now: datetime) -> int:
    """Cancel every request whose pause is over, each in its own transaction. Returns how many."""
    with cross_tenant("pauses end in every organization"):
        over = ReferenceRequest.objects.filter(state__in=OPEN_STATES, paused_until__lte=now)
        found = list(over.order_by("paused_until", "id").select_related("organization"))
    return periodic.for_each("cancel_paused", found, lambda reference_request: _cancel(reference_request, now))


def _cancel(reference_request: ReferenceRequest, now: datetime) -> bool:
    # A request that was just erased needs no ending.
    with suppress(RequestMovedOn), tenant(reference_request.organization):
        reference_request = locked(reference_request)
        if (
            reference_request.is_open
            and reference_request.paused_until is not None
            and reference_request.paused_until <= now
        ):
            complete.cancel(reference_request, actor="Crosschq")
            return True
    return False


def _pause(reference_request: ReferenceRequest, status: str) -> None:
    until = clock.now() + PAUSED_FOR
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(paused_until=until)
    sentence = _(
        "The application is now “%(status)s”. The request is paused. We'll cancel it on %(day)s unless someone "
        "resumes it"
    )
    parts = {"status": status, "day": day(until, reference_request.organization.time_zone)}
    timeline.note(reference_request, sentence % parts, kind=EntryKind.WARN)
    email = email_content.owner_paused(reference_request, status=status, url=send.staff_url(reference_request))
    send.notify_owner(reference_request, "request_paused", email)


def _go_on(reference_request: ReferenceRequest, sentence: str) -> None:
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(paused_until=None)
    timeline.note(reference_request, sentence)
    work_item.release(held_for=held_for(reference_request))
