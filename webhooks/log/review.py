"""Review and send: whom nothing is sent to by itself, for a person to decide.

These are those who stood at the step before requests were turned on or resumed, and those who were moved there more
than 48 hours before we heard of it. What each would get was looked up when the event was decided; the sending decides
anew, on what the ATS says then.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from requests_app.models import OPEN_STATES, ReferenceRequest
from webhooks import connection_jobs
from webhooks.decision import burst_guard
from webhooks.decision.readiness import may_send
from webhooks.models import NEEDS_REVIEW, InboundEvent

LATE, STOOD, ASIDE = "hold.old", "no.stood_there", "no.set_aside"
S = WorkState


def waiting(connection: Connection) -> "QuerySet[InboundEvent]":
    """The newest event of each application that waits, oldest first. Call inside `tenant()`.

    Nobody waits while requests are off or the grant is gone: nothing could be sent.
    """
    events = InboundEvent.objects.filter(pk__in=_newest(connection).values("pk"))
    return events.defer("body", "checks", "attempt_log").order_by("created_at", "pk")


def _newest(connection: Connection) -> "QuerySet[InboundEvent]":
    each = _undecided(connection).order_by("candidate_id", "job_id", "-created_at", "-pk")
    return each.distinct("candidate_id", "job_id")


def _undecided(connection: Connection) -> "QuerySet[InboundEvent]":
    since = connection.requests_on_since
    if since is None or not may_send(connection):
        return InboundEvent.objects.none()
    late, stood = Q(outcome=LATE, state=S.HELD), Q(outcome=STOOD, state=S.DONE, outcome_at__gte=since)
    asked = ReferenceRequest.objects.filter(
        connection=connection,
        ats_candidate_id=OuterRef("candidate_id"),
        ats_job_id=OuterRef("job_id"),
        state__in=OPEN_STATES,
    )
    # The condition of the index webhooks_event_people.
    events = InboundEvent.objects.filter(late | stood, connection=connection, outcome__in=NEEDS_REVIEW)
    return events.filter(~Exists(asked))


def counted(connection: Connection) -> tuple[int, int]:
    """How many wait here, and how many as a flood, in one query. Call inside `tenant()`.

    While nothing can be sent nobody is waited for: those of a flood stay held, and are asked about again afterwards.
    """
    if not may_send(connection):
        return 0, 0
    events = InboundEvent.objects.filter(connection=connection, outcome__in=NEEDS_REVIEW)
    here = Q(pk__in=_newest(connection).values("pk"))
    flooded = Q(outcome=burst_guard.HELD, state=S.HELD)
    counts = events.aggregate(here=Count("pk", filter=here), flooded=Count("pk", filter=flooded))
    return counts["here"], counts["flooded"]


def send(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """Let these go, as far as they still wait. Call inside `tenant()`. Returns how many applications."""
    count, pks = _applications(_undecided(connection), chosen)
    now = clock.now()
    InboundEvent.objects.filter(pk__in=pks).update(
        state=S.PENDING,
        held_for="",
        attempts=0,
        available_at=now,
        finished_at=None,
        confirmed_at=now,
        asked_by=str(actor)[:200],
    )
    if count:
        sentence = ngettext(
            "%(who)s had a request sent to %(count)d candidate who waited for a review",
            "%(who)s had requests sent to %(count)d candidates who waited for a review",
            count,
        )
        _audit(connection, actor, "events.reviewed", sentence, count)
        work_item.wake_workers(InboundEvent)
    return count


def set_aside(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """These get none, though each can still be sent from its own page. Call inside `tenant()`. Returns how many."""
    return _put_aside(connection, *_applications(_undecided(connection), chosen), actor)


def decline(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """As `set_aside`, for moves of a flood, and also while nothing can be sent. Call inside `tenant()`."""
    return _put_aside(connection, *_applications(burst_guard.waiting(connection), chosen), actor)


def _put_aside(connection: Connection, count: int, pks: list[int], actor: User) -> int:
    events = list(InboundEvent.objects.filter(pk__in=pks).defer("body", "checks"))
    changed: dict[str, Any] = {}
    for event in events:
        changed = {"state": S.DONE, "held_for": "", "finished_at": clock.now()}
        changed |= event.outcome_fields(ASIDE, {"who": str(actor)})
        for name, value in changed.items():
            setattr(event, name, value)
    if count:
        InboundEvent.objects.bulk_update(events, list(changed))
        sentence = ngettext(
            "%(who)s set %(count)d candidate aside, who gets no request",
            "%(who)s set %(count)d candidates aside, who get no request",
            count,
        )
        _audit(connection, actor, "events.set_aside", sentence, count)
    return count


def look_again(connection: Connection) -> None:
    """Read who stands at the step now, and what each of those who wait would get. Call inside `tenant()`."""
    undecided = list(_undecided(connection).values_list("pk", flat=True))
    InboundEvent.objects.filter(pk__in=undecided).update(
        state=S.PENDING, held_for="", attempts=0, available_at=clock.now()
    )
    connection_jobs.look_now(connection)
    work_item.wake_workers(InboundEvent)


def _applications(waiting: "QuerySet[InboundEvent]", chosen: Collection[UUID]) -> tuple[int, list[int]]:
    """How many applications the chosen events are of, and every event of theirs among `waiting`, now locked."""
    rows = InboundEvent.objects.filter(pk__in=waiting.values("pk")).select_for_update(of=("self",))
    found = list(rows.values_list("pk", "uid", "candidate_id", "job_id"))
    wanted = set(chosen)
    applications = {(candidate, job) for _pk, uid, candidate, job in found if uid in wanted}
    return len(applications), [pk for pk, _uid, candidate, job in found if (candidate, job) in applications]


def _audit(connection: Connection, actor: User, action: str, sentence: str, count: int) -> None:
    audit.record(
        organization=connection.organization,
        actor=actor,
        action=action,
        sentence=sentence % {"who": actor, "count": count},
    )
