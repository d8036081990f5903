"""Replay of failed events: decide them again. Events that sent their request or are in progress are skipped."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from webhooks.decision.outcomes import FAMILY_TAGS, FAMILY_WORDS, OUTCOMES, Family
from webhooks.models import InboundEvent, Replay

# These would fail again.
NOT_REPLAYABLE = {"fail.malformed"}


@dataclass(frozen=True)
class ReplayCount:
    """How many events of a replay ended in one family of outcomes."""

    family: str
    words: str
    tag: str
    count: int


def failed_since(connection: Connection, since: datetime) -> "QuerySet[InboundEvent]":
    """Return events that failed and won't be retried automatically. Call inside `tenant()`."""
    failed = InboundEvent.objects.filter(connection=connection, family=Family.FAILED, created_at__gte=since)
    return failed.filter(state__in=[WorkState.DEAD, WorkState.HELD, WorkState.DONE]).exclude(outcome__in=NOT_REPLAYABLE)


def replay(connection: Connection, *, since: datetime, actor: User, chosen: Collection[UUID] | None = None) -> Replay:
    """Replay the chosen events that have failed since then, or all of them. Call inside `tenant()`."""
    made: Replay = Replay.objects.create(
        organization=connection.organization,
        connection=connection,
        since=since,
        by_name=fitted(str(actor), PERSON_NAME),
    )
    failed = failed_since(connection, since)
    if chosen is not None:
        failed = failed.filter(uid__in=chosen)
    failed.filter(asked_by="").update(asked_by=fitted(str(actor), PERSON_NAME))
    count = failed.update(
        replay=made, state=WorkState.PENDING, held_for="", attempts=0, available_at=clock.now(), finished_at=None
    )
    audit.record(
        organization=connection.organization,
        actor=actor,
        action="events.replayed",
        after={"since": since, "count": count},
    )
    work_item.wake_workers(InboundEvent)
    return made


def result(made: Replay) -> tuple[int, list[ReplayCount]]:
    """Return how many events are still in progress, and how the others ended. Call inside `tenant()`."""
    events = InboundEvent.objects.filter(replay=made)
    under_way = events.filter(state__in=[WorkState.PENDING, WorkState.WORKING]).count()
    counted = (
        events.exclude(state__in=[WorkState.PENDING, WorkState.WORKING]).values("outcome").annotate(number=Count("pk"))
    )
    by_family: dict[str, int] = {}
    for row in counted:
        outcome = OUTCOMES.get(row["outcome"])
        family = "" if outcome is None or outcome.hidden else outcome.family.value
        by_family[family] = by_family.get(family, 0) + row["number"]
    lines = [
        ReplayCount(family.value, str(words), FAMILY_TAGS[family], by_family[family.value])
        for family, words in FAMILY_WORDS.items()
        if by_family.get(family.value)
    ]
    if by_family.get(""):
        lines.append(ReplayCount("", _("No longer at the step"), "quiet", by_family[""]))
    return under_way, lines
