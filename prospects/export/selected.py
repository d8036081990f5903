"""Exports the prospects selected in the list, with the same items that runs use."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from connectors.models import ConnectionState
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export.runs import RETRIED_STATES, ExportCounts, add_items, current, retry_fields, wait_for_check
from prospects.models import ExportItem, ExportRun, ExportSettings, Prospect, locked


def by_uid(uids: Iterable[UUID]) -> QuerySet[Prospect]:
    """The prospects with these uids. Call inside `tenant()`."""
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at=None, uid__in=list(uids))
    return found


def usable_settings() -> ExportSettings | None:
    """Complete export settings of a live connection, or None. Call inside `tenant()`."""
    rows = ExportSettings.objects.filter(saved_at__isnull=False).select_related("connection").defer("cached_options")
    found: ExportSettings | None = rows.exclude(connection__state=ConnectionState.NOT_CONNECTED).first()
    return found


def counts(settings: ExportSettings, prospects: QuerySet[Prospect]) -> ExportCounts:
    """Like `runs.counts`, for these prospects. Call inside `tenant()`."""
    targets = len(settings.targets)
    items = _items(settings, prospects)
    done = Counter(items.filter(state=WorkState.DONE).values_list("prospect_id", flat=True))
    # Items held by a stopped run are exported too if their prospect is selected.
    other = items.exclude(state=WorkState.DONE).exclude(_retried(current(settings)))
    live = done + Counter(other.values_list("prospect_id", flat=True))
    exported = sum(count == targets for count in done.values())
    exported_or_queued = sum(count == targets for count in live.values())
    count = prospects.count()
    return ExportCounts(count, exported, exported_or_queued - exported, count * targets - live.total())


def start(*, settings: ExportSettings, prospects: QuerySet[Prospect], actor: User) -> int:
    """Queue those not exported yet, once source and jobs have been checked again. Call inside `tenant()`.

    Returns how many. The items belong to no run: a stopped run stays stopped for everyone else.
    """
    settings = locked(ExportSettings.objects.select_related("organization", "connection")).get(pk=settings.pk)
    count = counts(settings, prospects).to_send
    for job_id, title in settings.targets:
        add_items(settings, prospects, job_id=job_id, job_title=title, run=None)
    run = current(settings)
    behind = _items(settings, prospects).filter(_retried(run))
    if run and run.stopped_at:
        behind.filter(run=run).update(run=None)
    behind.update(**retry_fields())
    wait_for_check(settings, _items(settings, prospects).filter(run=None))
    audit.record(
        organization=settings.organization,
        actor=actor,
        action="export.chosen",
        after={"prospects": count},
    )
    return count


def _items(settings: ExportSettings, prospects: QuerySet[Prospect]) -> QuerySet[ExportItem]:
    targets = [job_id for job_id, _title in settings.targets]
    found: QuerySet[ExportItem] = ExportItem.objects.filter(
        settings=settings, prospect__in=prospects, job_id__in=targets
    )
    return found


def _retried(run: ExportRun | None) -> Q:
    """Failed or canceled items, and items held by a stopped run."""
    behind = Q(state__in=RETRIED_STATES)
    return behind | Q(state=WorkState.HELD, held_for=run.waits_for_resume) if run and run.stopped_at else behind
