"""What SmartRecruiters could not tell us: read from its log of failed deliveries, and from who stands at the step.

Both feed the intake that deliveries go through, under the event's own id, so that nothing is handled twice.

Who stands at the step is read whole each hour: whether `updatedAfter` covers moves is not documented. It costs a call
for each hundred candidates there, and of the status history at most HISTORIES_AT_ONCE calls: a candidate of whom we
heard is looked up first where nothing that we decided explains why they stand there, the others by turns. So a lost
delivery after an earlier event is found within the hour, and a lost return to the step where the departure was lost
too within as many hours as there are such portions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import ats
from connectors.company import setup_updates
from connectors.connection import webhook_subscription
from connectors.models import Connection, Subscription
from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from requests_app.start.start import blocking_request, requests_of_application
from templates_app.tags import tag_key
from webhooks.decision import stale_reads
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.models import InboundEvent

LOG_KEPT = timedelta(days=29)  # the vendor keeps 30, and refuses an older `after`
OVERLAP = timedelta(hours=1)  # clocks differ, and a delivery may fail while the log is read
HISTORIES_AT_ONCE = 50
ELSEWHERE = ("no.other_step",)
Pair = tuple[str, str]  # the ids of a candidate and a job


@dataclass
class Known:
    """What was decided about one application since the switch went on."""

    undecided: bool = False
    elsewhere: bool = False  # by the last of its events
    stays: tuple[datetime, ...] = ()  # when those began that were decided about
    decided_at: datetime | None = None  # the last time when the stay was not told

    def covers(self, stay: datetime) -> bool:
        return stay in self.stays or (self.decided_at is not None and self.decided_at >= stay)


def from_log(connection: Connection, opened: ats.Ats) -> None:
    """Bring the subscription back to life if it was suspended, and take in what could not be delivered."""
    subscription = webhook_subscription.repair(connection, opened)
    setup_updates.record_webhook(connection, "active")
    began = clock.now()
    read_from = max((subscription.log_read_at or subscription.created_at) - OVERLAP, began - LOG_KEPT)
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
    """Take in who stands at the step, where nothing was decided about this stay of theirs.

    `since`: when it was done last. The first time after the switch went on everybody is taken in, so that those who
    stood there before can be looked through (see review.py); decide.py tells them by their history.
    """
    on_since = connection.requests_on_since
    if not (connection.requests_on and on_since) or connection.paused_at:
        return
    first = since is None or since < on_since
    standing = opened.at_step(connection.step_name)
    known = _known(connection, {found.id for found in standing}, on_since)
    for found in standing:
        for job_id in found.job_ids:
            if (found.id, job_id) not in known and not (first and _asked(connection, found.id, job_id)):
                # One for each time that the switch is turned on, however often the step is read.
                event_id = f"step:{found.id}:{job_id}:{on_since:%Y%m%d%H%M%S}"
                store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=(found.id, job_id))
    for pair in _to_compare(standing, known):
        stay = _stay_at_step(connection, opened, pair)
        if stay and not known[pair].covers(stay):
            event_id = f"step:{pair[0]}:{pair[1]}:{stay:%Y%m%d%H%M%S}"
            store(connection=connection, event_id=event_id, event_name=STEP_SCAN_EVENT, ids=pair)


def _to_compare(standing: Iterable[ats.CandidateSummary], known: dict[Pair, Known]) -> list[Pair]:
    """Applications whose stay at the step is compared with what was decided: the unexplained first, others by turns."""
    unexplained: list[Pair] = []
    explained: list[Pair] = []
    for found in standing:
        pairs = [(found.id, job_id) for job_id in found.job_ids]
        if any(known[pair].undecided for pair in pairs if pair in known):
            continue
        # Never heard of: it has just been taken in, and is read for itself.
        elsewhere = all(pair in known and known[pair].elsewhere for pair in pairs)
        (unexplained if elsewhere else explained).extend(pair for pair in pairs if pair in known)
    explained.sort()
    room = max(0, HISTORIES_AT_ONCE - len(unexplained))
    if len(explained) > room:
        hour = int(clock.now().timestamp()) // 3600
        start = hour * room % len(explained)
        explained = [*explained, *explained][start : start + room]
    return [*unexplained[:HISTORIES_AT_ONCE], *explained]


def _stay_at_step(connection: Connection, opened: ats.Ats, pair: Pair) -> datetime | None:
    """Since when the application stands at our step; None where it stands elsewhere, or we may not see it."""
    try:
        changes = opened.history(candidate_id=pair[0], job_id=pair[1])
    except ats.NotVisible:
        return None
    there = changes and changes[-1].under_review and tag_key(changes[-1].step) == tag_key(connection.step_name)
    return stale_reads.stay_began(changes) if there else None


def _asked(connection: Connection, candidate_id: str, job_id: str) -> bool:
    with tenant(connection.organization):
        return blocking_request(requests_of_application(connection, candidate_id, job_id)) is not None


def _known(connection: Connection, candidate_ids: set[str], on_since: datetime) -> dict[Pair, Known]:
    """The applications of these candidates that were heard of since the switch went on."""
    found: dict[Pair, Known] = {}
    with tenant(connection.organization):
        events = InboundEvent.objects.filter(
            connection=connection, candidate_id__in=candidate_ids, created_at__gte=on_since
        )
        rows = events.order_by("created_at", "pk").values_list(
            "candidate_id", "job_id", "outcome", "stay_began_at", "outcome_at"
        )
        for candidate_id, job_id, outcome, stay, decided_at in rows:
            one = found.setdefault((candidate_id, job_id), Known())
            one.undecided = one.undecided or not outcome
            if outcome and outcome != "no.duplicate":
                one.elsewhere = outcome in ELSEWHERE
            if stay:
                one.stays += (stay,)
            elif outcome and not one.elsewhere:
                one.decided_at = decided_at
    return found
