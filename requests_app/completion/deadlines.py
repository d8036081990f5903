"""What happens to requests as time passes. Every function takes `now`, so it can be called for any day."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.utils.translation import gettext as _

from crosschq.core.outbox import periodic
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app import timeline
from requests_app.completion.complete import answered, close_after_last_day, finish_if_complete
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import OPEN_STATES, EntryKind, ReferenceRequest, ReferenceState, RequestState
from requests_app.notifications import email_content, send
from requests_app.text import references_in

SILENCE_AFTER = timedelta(days=5)


def close_overdue(*, now: datetime) -> int:
    """End every request that is still open after its last day, each in its own transaction. Returns how many."""
    with cross_tenant("requests end in every organization"):
        due = ReferenceRequest.objects.filter(state__in=OPEN_STATES, finished_at=None, closes_at__lte=now)
        found = list(due.order_by("closes_at", "id").select_related("organization"))
    return periodic.for_each("close_overdue", found, _close)


def _close(reference_request: ReferenceRequest) -> bool:
    # A request that was just erased needs no ending.
    with suppress(RequestMovedOn), tenant(reference_request.organization):
        close_after_last_day(reference_request)
    return True


def notify_due(*, now: datetime) -> int:
    """Offer each owner whose request is past its due date to finish or extend it, once. Returns how many."""
    with cross_tenant("due dates pass in every organization"):
        due = ReferenceRequest.objects.filter(state__in=OPEN_STATES, due_notified_at=None, due_at__lte=now)
        found = list(due.filter(closes_at__gt=now).order_by("due_at", "id").select_related("organization"))
    return periodic.for_each("notify_due", found, lambda reference_request: _act(reference_request, _notify_due, now))


def _act(reference_request: ReferenceRequest, act: Callable[[ReferenceRequest, datetime], bool], now: datetime) -> bool:
    # A request that was just erased needs no notice.
    with suppress(RequestMovedOn), tenant(reference_request.organization):
        return act(locked(reference_request), now)
    return False


def _notify_due(reference_request: ReferenceRequest, now: datetime) -> bool:
    if not reference_request.is_open or reference_request.due_notified_at or reference_request.due_at > now:
        return False
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(due_notified_at=now)
    count = answered(reference_request)
    sentence = _("The due date has passed with %(references)s in. We emailed the owner")
    counts = {"references": references_in(count, reference_request.version.references_requested)}
    timeline.note(reference_request, sentence % counts, kind=EntryKind.WARN)
    email = email_content.owner_due(reference_request, answered=count, url=send.staff_url(reference_request))
    send.notify_owner(reference_request, "request_due", email)
    return True


def notify_silence(*, now: datetime) -> int:
    """Notify each owner whose candidate hasn't started for five days, once. Returns how many."""
    with cross_tenant("owners in every organization are notified"):
        waiting = ReferenceRequest.objects.filter(state=RequestState.SENT, silence_notified_at=None, due_at__gt=now)
        silent = waiting.filter(created_at__lte=now - SILENCE_AFTER).exclude(reopened_at__gt=now - SILENCE_AFTER)
        found = list(silent.order_by("created_at", "id").select_related("organization"))
    return periodic.for_each(
        "notify_silence", found, lambda reference_request: _act(reference_request, _notify_silence, now)
    )


def _notify_silence(reference_request: ReferenceRequest, now: datetime) -> bool:
    if reference_request.state != RequestState.SENT or reference_request.silence_notified_at:
        return False
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(silence_notified_at=now)
    sentence = _("%(name)s hasn't started in five days. We emailed the owner") % {
        "name": reference_request.candidate_name
    }
    timeline.note(reference_request, sentence, kind=EntryKind.WARN)
    email = email_content.owner_candidate_silent(reference_request, url=send.staff_url(reference_request))
    send.notify_owner(reference_request, "candidate_silent", email)
    return True


def finish_by_rule(*, now: datetime) -> int:
    """Finish requests whose template rule also requires a number of days, once those have passed. Returns how many."""
    with cross_tenant("requests finish in every organization"):
        waiting = ReferenceRequest.objects.filter(
            state=RequestState.WAITING_FOR_REFERENCES,
            reopened_at=None,
            version__finish_answers__gt=0,
            version__finish_days__gt=0,
            created_at__lte=ExpressionWrapper(
                Value(now) - ExpressionWrapper(F("version__finish_days") * Value(timedelta(days=1)), DurationField()),
                output_field=DateTimeField(),
            ),
        ).annotate(answers=Count("references", filter=Q(references__state=ReferenceState.ANSWERED)))
        enough = waiting.filter(answers__gte=F("version__finish_answers"))
        found = list(enough.order_by("pk").select_related("organization"))
    return periodic.for_each(
        "finish_by_rule",
        found,
        lambda reference_request: _act(reference_request, lambda row, _now: finish_if_complete(row), now),
    )
