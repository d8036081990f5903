"""Rejected or withdrawn in the ATS: the request is paused for a day, then cancelled unless somebody undoes that.

While it is paused nobody is reminded; who has a link may go on, and nothing of that is lost. We learn of it by the
events of the ATS, while requests are switched on (see `webhooks.decide`): it is not asked for.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.core import clock, periodic, work
from crosschq.organizations.tenancy import cross_tenant, tenant

from . import complete, mails, posting, timeline
from .lifecycle import NotNow, locked
from .models import OPEN_STATES, EntryKind, ReferenceRequest
from .start import of_application
from .wording import day

PAUSED_FOR = timedelta(hours=24)


def held_for(job: ReferenceRequest) -> str:
    """What reminders of a paused request wait for: see `work.release`."""
    return f"request:{job.uid}"


def follow(connection: Connection, candidate_id: str, job_id: str, *, turned_down: bool, status: str) -> None:
    """Pause the open request of an application that was turned down; let it go on where that was taken back.

    Call inside `tenant()`. `status` is the ATS's word.
    """
    found = of_application(connection, candidate_id, job_id).filter(state__in=OPEN_STATES).first()
    if found is None:
        return
    job = locked(found.uid)
    if turned_down and job.is_open and job.paused_until is None:
        _pause(job, status)
    elif not turned_down and job.paused_until is not None:
        sentence = _("%(name)s is being considered again (%(status)s): the request goes on")
        _go_on(job, sentence % {"name": job.candidate_name, "status": status})


def undo(job: ReferenceRequest, *, actor: str) -> None:
    """Let it go on all the same. Raises NotNow where it is not paused, or has ended."""
    job = locked(job.uid)
    if job.paused_until is None or not job.is_open:
        raise NotNow
    _go_on(job, _("%(actor)s lets the request go on") % {"actor": actor})


def cancel_paused(*, now: datetime) -> int:
    """Cancel every request whose pause is over, each in a transaction of its own. Returns how many."""
    with cross_tenant("the calendar ends pauses of every organization"):
        over = ReferenceRequest.objects.filter(state__in=OPEN_STATES, paused_until__lte=now)
        found = list(over.order_by("paused_until", "id").select_related("organization"))
    return periodic.for_each("cancel_paused", found, lambda job: _cancel(job, now))


def _cancel(job: ReferenceRequest, now: datetime) -> bool:
    # One that was erased meanwhile needs no end.
    with suppress(NotNow), tenant(job.organization):
        job = locked(job.uid)
        if job.is_open and job.paused_until is not None and job.paused_until <= now:
            complete.cancel(job, actor="Crosschq")
            return True
    return False


def _pause(job: ReferenceRequest, status: str) -> None:
    until = clock.now() + PAUSED_FOR
    ReferenceRequest.objects.filter(pk=job.pk).update(paused_until=until)
    sentence = _("The application is now “%(status)s”: paused, and cancelled on %(day)s unless somebody undoes that")
    parts = {"status": status, "day": day(until, job.organization.time_zone)}
    timeline.note(job, sentence % parts, kind=EntryKind.WARN)
    mail = mails.owner_paused(job, status=status, url=posting.staff_url(job))
    posting.tell_owner(job, "request_paused", mail)


def _go_on(job: ReferenceRequest, sentence: str) -> None:
    ReferenceRequest.objects.filter(pk=job.pk).update(paused_until=None)
    timeline.note(job, sentence)
    work.release(held_for=held_for(job))
