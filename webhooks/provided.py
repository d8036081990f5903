"""Functions that events provide to the connection pages."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from connectors import extensions
from connectors.models import Connection
from crosschq.core.database.counting import count_each_up_to
from crosschq.core.outbox.work_item import QUEUED, WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import Role
from requests_app.models import EntryKind, ReferenceRequest
from requests_app.staff.ats_events import ReportedEvent, ats_events
from webhooks import connection_jobs
from webhooks.decision.outcomes import Family
from webhooks.log import queries, review
from webhooks.log.display_names import named, with_names
from webhooks.models import InboundEvent, Notice
from webhooks.personal_data import ERASED

LATEST = 3
MOST_EVENTS = 50
NOT_SHOWN = ("no.other_event", "no.duplicate")
KINDS = {Family.ON_HOLD: EntryKind.WARN, Family.FAILED: EntryKind.ERROR}


@audit.event_names.provide
def event_names(uids: Collection[str]) -> dict[str, str]:
    """The candidates of these events. One whose data was erased has none."""
    events = with_names(InboundEvent.objects.filter(uid__in=uids).exclude(outcome=ERASED).defer("body"))
    return {str(event.uid): event.candidate_name or _("a candidate") for event in named(events)}


@audit.notified_names.provide
def notified_names(uids: Collection[str]) -> dict[str, str]:
    """The owners who got our latest emails about these events."""
    notices = Notice.objects.filter(event__uid__in=uids).exclude(to_email="").order_by("pk")
    rows = notices.values_list("event__uid", "to_name", "to_email")
    return {str(uid): name or email for uid, name, email in rows}


@extensions.waiting_for_sign_in.provide
def waiting_for_sign_in(connection: Connection) -> int:
    held = InboundEvent.objects.filter(connection=connection, state=WorkState.HELD)
    return held.filter(held_for=connection.sign_in_hold).count()


def held_for_sign_in() -> Coalesce:
    """The same count, for each connection that a page loads."""
    hold = Concat(Value("connection:"), Cast(OuterRef("uid"), TextField()), output_field=TextField())
    held = InboundEvent.objects.filter(connection=OuterRef("pk"), state=WorkState.HELD, held_for=hold).order_by()
    counted = held.values("connection").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def last_event_at() -> Subquery:
    events = InboundEvent.objects.filter(connection=OuterRef("pk")).order_by("-created_at", "-id")
    return Subquery(events.values("created_at")[:1])


def activity(connection: Connection) -> dict[str, Any]:
    """The latest events, and how many candidates are waiting for a decision."""
    about_the_step = queries.find(connection, queries.EventFilters())
    return {
        "latest": named(with_names(about_the_step).order_by("-created_at", "-pk")[:LATEST]),
        "to_review": review.counted(connection, review.MOST_COUNTED_ELSEWHERE)[0],
        "most_counted": review.MOST_COUNTED_ELSEWHERE,
    }


def waiting_moves(connection: Connection) -> int:
    return count_each_up_to(InboundEvent.objects.filter(connection=connection), QUEUED)


@ats_events.provide
def events_of_request(reference_request: ReferenceRequest) -> list[ReportedEvent]:
    """The event that started the request, and those of its application since, unless they started another request."""
    of_application = Q(
        candidate_id=reference_request.ats_candidate_id,
        job_id=reference_request.ats_job_id,
        created_at__gt=reference_request.created_at,
    )
    rows = InboundEvent.objects.filter(
        of_application | Q(uid=reference_request.origin_event), connection=reference_request.connection_id
    ).filter(Q(reference_request_uid=None) | Q(reference_request_uid=reference_request.uid))
    shown = rows.exclude(outcome__in=[*NOT_SHOWN, ERASED]).defer("body", "checks", "attempt_log")
    return [
        ReportedEvent(
            uid=event.uid,
            at=event.happened_at,
            sentence=event.sentence or _("We haven't processed this event yet."),
            kind=KINDS.get(event.outcome_details.family, EntryKind.QUIET) if event.outcome_details else EntryKind.QUIET,
        )
        for event in shown.order_by("-created_at", "-pk")[:MOST_EVENTS]
    ]


extensions.annotations["last_event_at"] = last_event_at
extensions.annotations["held_for_sign_in"] = held_for_sign_in
extensions.sections.append(extensions.Section(Role.RECRUITER, activity))
extensions.affected_by_disconnecting["moves"] = waiting_moves
extensions.when_requests_can_start.append(connection_jobs.catch_up_now)
extensions.after_set_up.append(connection_jobs.restart)
