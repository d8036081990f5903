"""Recover moves that the ATS couldn't deliver, from its log of failed deliveries and from the candidates at the step.

Both store events like deliveries do, under the event's own id, so nothing is handled twice.

We read all candidates at the step each hour, because the ATS doesn't document whether `updatedAfter` covers moves. That
costs a call per hundred candidates, plus up to MAX_HISTORIES calls for status histories. Candidates without a decision
about their current stay come first, and the others take turns. So after an earlier event, we find a lost delivery
within the hour. If both the departure and the return were lost, it takes as many hours as there are turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import ats
from connectors.company import setup_updates
from connectors.connection import webhook_subscription
from connectors.connection.connect import finish_set_up
from connectors.models import Connection, Subscription
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.start.start import blocking_request, requests_of_application
from templates_app.tags import tag_key
from webhooks.decision import stale_reads
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.models import InboundEvent

LOG_RETENTION = timedelta(days=29)  # the ATS keeps 30 days and refuses an older `after`
OVERLAP = timedelta(hours=1)  # clocks differ, and a delivery may fail while the log is read
MAX_HISTORIES = 50
NOT_AT_STEP = ("no.other_step", "no.moved_on")
Pair = tuple[str, str]  # the ids of a candidate and a job


@dataclass
class Decisions:
    """What we have decided about one application since requests were turned on."""

    undecided: bool = False
    elsewhere: bool = False  # by its last event
    stays: tuple[datetime, ...] = ()  # when the stays at the step that we decided about began
    decided_at: datetime | None = None  # the last decision without a known stay

    def covers(self, stay: datetime) -> bool:
        return stay in self.stays or (self.decided_at is not None and self.decided_at >= stay)


def from_log(connection: Connection, opened: ats.Ats) -> None:
    """Reactivate a suspended subscription, and store the deliveries that failed."""
    subscription = webhook_subscription.repair(connection, opened)
    setup_updates.record_webhook(connection, "active")
    finish_set_up(connection)
    began = clock.now()
    read_from = max((subscription.log_read_at or subscription.created_at) - OVERLAP, began - LOG_RETENTION)
    for callback in opened.failed_deliveries(subscription.vendor_id, after=read_from):
        store(
            connection=connection,
            event_id=callback.event_id,
            event_name=callback.event_name,
            event_version=callback.event_version,
            body=callback.body.encode(errors="replace"),
            happened_at=callback.at,
        )
    with tenant(connection.organization):
        Subscription.objects.filter(pk=subscription.pk).update(log_read_at=began)


def from_step(connection: Connection, opened: ats.Ats, *, since: datetime | None) -> None:
    """Store an event for each candidate at the step whose current stay hasn't been decided yet.

    `since`: the last scan. The first scan after requests were turned on covers everyone, so that review.py can list
    those who were there before; decide.py recognizes them by their history.
    """
    on_since = connection.requests_on_since
    if not (connection.requests_on and on_since) or connection.paused_at:
        return
    first = since is None or since < on_since
    at_step_now = opened.at_step(connection.step_name)
    known = _known(connection, {found.id for found in at_step_now}, on_since)
    for found in at_step_now:
        for job_id in found.job_ids:
            if (found.id, job_id) not in known and not (first and _has_request(connection, found.id, job_id)):
                # One event per time that requests are turned on, however often we read the step.
                event_id = f"step:{found.id}:{job_id}:{on_since:%Y%m%d%H%M%S}"
                store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=(found.id, job_id))
    for pair in _to_compare(at_step_now, known):
        stay = _stay_at_step(connection, opened, pair)
        if stay and not known[pair].covers(stay):
            event_id = f"step:{pair[0]}:{pair[1]}:{stay:%Y%m%d%H%M%S}"
            store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=pair)


def _to_compare(at_step_now: Iterable[ats.CandidateSummary], known: dict[Pair, Decisions]) -> list[Pair]:
    """Return the applications whose history is worth a call: the unexplained first, the others in turn."""
    unexplained: list[Pair] = []
    explained: list[Pair] = []
    for found in at_step_now:
        pairs = [(found.id, job_id) for job_id in found.job_ids]
        if any(known[pair].undecided for pair in pairs if pair in known):
            continue
        # A new application has just been stored and is decided on its own.
        elsewhere = all(pair in known and known[pair].elsewhere for pair in pairs)
        (unexplained if elsewhere else explained).extend(pair for pair in pairs if pair in known)
    explained.sort()
    room = max(0, MAX_HISTORIES - len(unexplained))
    if len(explained) > room:
        hour = int(clock.now().timestamp()) // 3600
        start = hour * room % len(explained)
        explained = [*explained, *explained][start : start + room]
    return [*unexplained[:MAX_HISTORIES], *explained]


def _stay_at_step(connection: Connection, opened: ats.Ats, pair: Pair) -> datetime | None:
    """Return when the application reached our step; None if it is elsewhere or not visible to us."""
    try:
        changes = opened.history(candidate_id=pair[0], job_id=pair[1])
    except ats.NotVisible:
        return None
    there = changes and changes[-1].under_review and tag_key(changes[-1].step) == tag_key(connection.step_name)
    return stale_reads.stay_began(changes) if there else None


def _has_request(connection: Connection, candidate_id: str, job_id: str) -> bool:
    with tenant(connection.organization):
        return blocking_request(requests_of_application(connection, candidate_id, job_id)) is not None


def _known(connection: Connection, candidate_ids: set[str], on_since: datetime) -> dict[Pair, Decisions]:
    """Return the decisions on the applications of these candidates since requests were turned on."""
    found: dict[Pair, Decisions] = {}
    with tenant(connection.organization):
        events = InboundEvent.objects.filter(
            connection=connection, candidate_id__in=candidate_ids, created_at__gte=on_since
        )
        rows = events.order_by("created_at", "pk").values_list(
            "candidate_id", "job_id", "outcome", "stay_began_at", "outcome_at"
        )
        for candidate_id, job_id, outcome, stay, decided_at in rows:
            one = found.setdefault((candidate_id, job_id), Decisions())
            one.undecided = one.undecided or not outcome
            if outcome and outcome != "no.duplicate":
                one.elsewhere = outcome in NOT_AT_STEP
            if stay:
                one.stays += (stay,)
            elif outcome and not one.elsewhere:
                one.decided_at = decided_at
    return found
