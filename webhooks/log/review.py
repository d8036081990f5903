"""Review and send: the candidates who get a request only if a member sends it.

They were at the step before requests were turned on or resumed, or were moved there more than 48 hours before we found
out. When we decided each event, we looked up what the candidate would get; sending decides again from the current
state.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.database.counting import MOST_COUNTED, CountUpTo
from crosschq.core.database.keyset import behind
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from requests_app.models import OPEN_STATES, ReferenceRequest
from webhooks import connection_jobs
from webhooks.decision import burst_guard
from webhooks.decision.readiness import may_send
from webhooks.log.display_names import named, with_names
from webhooks.log.queries import NEWEST, OLDEST, PAGE_ROWS, cursor_of, position
from webhooks.models import NEEDS_REVIEW, ConnectionJobKind, InboundEvent

# On pages that only link to the review. Each is looked up, which made up a tenth of the log's pages at 1,000.
MOST_COUNTED_ELSEWHERE = 100
LATE, ALREADY_AT_STEP, SET_ASIDE = "hold.old", "no.stood_there", "no.set_aside"


def waiting(connection: Connection) -> "QuerySet[InboundEvent]":
    """Return the newest event of each application that waits, oldest first. Call inside `tenant()`.

    Returns none while requests are off or the connection needs a sign-in, because nothing could be sent.
    """
    same = _held_or_found(connection).filter(candidate_id=OuterRef("candidate_id"), job_id=OuterRef("job_id"))
    # An index lookup for each event that is shown, where DISTINCT would read all that wait.
    newest = same.order_by(*NEWEST).values("pk")[:1]
    events = _undecided(connection).annotate(newest=Subquery(newest)).filter(pk=F("newest"))
    return events.defer("body", "checks", "attempt_log").order_by(*OLDEST)


@dataclass(frozen=True)
class ReviewPage:
    """Who waits, oldest first. `next`: the cursor of the next page, empty if there is none."""

    events: list[InboundEvent]
    next: str


def page(connection: Connection, after: str = "") -> ReviewPage:
    """The first page, or the one after a cursor. An invalid cursor is ignored. Call inside `tenant()`."""
    rows, start = waiting(connection), position(after)
    if start is not None:
        rows = rows.filter(behind(OLDEST, start))
    found = named(with_names(rows)[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    return ReviewPage(shown, cursor_of(shown[-1]) if len(found) > PAGE_ROWS else "")


def _undecided(connection: Connection) -> "QuerySet[InboundEvent]":
    if not may_send(connection):
        return InboundEvent.objects.none()
    asked = ReferenceRequest.objects.filter(
        connection=connection,
        ats_candidate_id=OuterRef("candidate_id"),
        ats_job_id=OuterRef("job_id"),
        state__in=OPEN_STATES,
    )
    return _held_or_found(connection).filter(~Exists(asked))


def _held_or_found(connection: Connection) -> "QuerySet[InboundEvent]":
    """The events that need a review, also those of candidates who have a request by now."""
    since = connection.requests_on_since
    if since is None:
        return InboundEvent.objects.none()
    late, stood = (
        Q(outcome=LATE, state=WorkState.HELD),
        Q(outcome=ALREADY_AT_STEP, state=WorkState.DONE, outcome_at__gte=since),
    )
    # The condition of the index webhooks_event_to_review.
    states = [WorkState.HELD, WorkState.DONE]
    return InboundEvent.objects.filter(late | stood, connection=connection, outcome__in=NEEDS_REVIEW, state__in=states)


@dataclass(frozen=True)
class Looking:
    """The work under way after `refresh`. `is_scanning`: reading who is at the step. `again`: events decided again."""

    is_scanning: bool
    again: int

    def __bool__(self) -> bool:
        return self.is_scanning or self.again > 0


def looking(connection: Connection) -> Looking:
    """One query. Call inside `tenant()`."""
    busy = [WorkState.PENDING, WorkState.WORKING]
    # The condition of the index webhooks_event_again.
    events = InboundEvent.objects.filter(connection=connection, outcome__in=NEEDS_REVIEW, state__in=busy)
    again = events.filter(confirmed_at=None).order_by()
    counted = again.values("connection").annotate(count=Count("pk")).values("count")
    scan = connection_jobs.due(connection, ConnectionJobKind.SCAN_STEP)
    row = Connection.objects.filter(pk=connection.pk).values_list(
        Exists(scan), Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    )
    return Looking(*row.get())


def counted(connection: Connection, most: int = MOST_COUNTED) -> tuple[int, int]:
    """Return how many wait for review and how many are held in a burst, in one query. Call inside `tenant()`.

    most: where to stop. Both are 0 while nothing can be sent. A burst stays held meanwhile.
    """
    if not may_send(connection):
        return 0, 0
    counts = (
        CountUpTo(waiting(connection), most),
        CountUpTo(burst_guard.waiting(connection), most),
    )
    to_review, held = Connection.objects.filter(pk=connection.pk).values_list(*counts).get()
    return to_review or 0, held or 0


def send(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """Release the chosen events that are still waiting, and return how many applications. Call inside `tenant()`."""
    count, pks = _applications(_undecided(connection), chosen)
    now = clock.now()
    InboundEvent.objects.filter(pk__in=pks).update(
        state=WorkState.PENDING,
        held_for="",
        attempts=0,
        available_at=now,
        finished_at=None,
        confirmed_at=now,
        asked_by=fitted(str(actor), PERSON_NAME),
    )
    if count:
        _audit(connection, actor, "events.reviewed", count)
        work_item.wake_workers(InboundEvent)
    return count


def set_aside(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """Remove candidates from the list without a request, and return how many. Call inside `tenant()`."""
    return _set_aside(connection, *_applications(_undecided(connection), chosen), actor)


def set_aside_burst(connection: Connection, *, chosen: Collection[UUID], actor: User) -> int:
    """Like `set_aside`, for moves held in a burst, even while nothing can be sent. Call inside `tenant()`."""
    return _set_aside(connection, *_applications(burst_guard.waiting(connection), chosen), actor)


def _set_aside(connection: Connection, count: int, pks: list[int], actor: User) -> int:
    events = list(InboundEvent.objects.filter(pk__in=pks).defer("body", "checks"))
    changed: dict[str, Any] = {}
    for event in events:
        changed = {"state": WorkState.DONE, "held_for": "", "finished_at": clock.now()}
        changed |= event.outcome_fields(SET_ASIDE, {"who": str(actor)})
        for name, value in changed.items():
            setattr(event, name, value)
    if count:
        InboundEvent.objects.bulk_update(events, list(changed))
        _audit(connection, actor, "events.set_aside", count)
    return count


def refresh(connection: Connection) -> None:
    """Read again who is at the step, and what each candidate there would get. Call inside `tenant()`."""
    InboundEvent.objects.filter(pk__in=_undecided(connection).order_by().values("pk")).update(
        state=WorkState.PENDING, held_for="", attempts=0, available_at=clock.now()
    )
    connection_jobs.catch_up_now(connection)
    work_item.wake_workers(InboundEvent)


def _applications(waiting: "QuerySet[InboundEvent]", chosen: Collection[UUID]) -> tuple[int, list[int]]:
    """Lock the waiting events of the chosen events' applications.

    Returns how many applications, and the ids of the events.
    """
    same = InboundEvent.objects.filter(uid__in=chosen, candidate_id=OuterRef("candidate_id"), job_id=OuterRef("job_id"))
    of_chosen = waiting.filter(Exists(same)).order_by()
    rows = InboundEvent.objects.filter(pk__in=of_chosen.values("pk")).select_for_update(of=("self",))
    found = list(rows.values_list("pk", "uid", "candidate_id", "job_id"))
    chosen_uids = set(chosen)
    applications = {(candidate, job) for _pk, uid, candidate, job in found if uid in chosen_uids}
    return len(applications), [pk for pk, _uid, candidate, job in found if (candidate, job) in applications]


def _audit(connection: Connection, actor: User, action: str, count: int) -> None:
    audit.record(organization=connection.organization, actor=actor, action=action, after={"count": count})
