"""Exporting prospects whom somebody chose in the list, by the same items as all of them."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from connectors.models import ConnectionState
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export.runs import RETRIED_STATES, ExportCounts, add_items, current, retry_fields, wait_for_check
from prospects.models import ExportItem, ExportRun, ExportSettings, Prospect, locked


def by_uid(uids: Iterable[UUID]) -> QuerySet[Prospect]:
    """Call inside `tenant()`."""
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at=None, uid__in=list(uids))
    return found


def usable_settings() -> ExportSettings | None:
    """By which prospects of this organization can be exported now; None where nothing is chosen. In `tenant()`."""
    rows = ExportSettings.objects.filter(saved_at__isnull=False).select_related("connection").defer("cached_options")
    found: ExportSettings | None = rows.exclude(connection__state=ConnectionState.NOT_CONNECTED).first()
    return found


def counts(settings: ExportSettings, prospects: QuerySet[Prospect]) -> ExportCounts:
    """Of those who are chosen, as `export_runs.numbers` counts everybody. Call inside `tenant()`."""
    targets = len(settings.targets)
    items = _items(settings, prospects)
    done = Counter(items.filter(state=WorkState.DONE).values_list("prospect_id", flat=True))
    # What a stopped run holds goes with those who are chosen.
    other = items.exclude(state=WorkState.DONE).exclude(_retried(current(settings)))
    live = done + Counter(other.values_list("prospect_id", flat=True))
    exported = sum(count == targets for count in done.values())
    covered = sum(count == targets for count in live.values())
    count = prospects.count()
    return ExportCounts(count, exported, covered - exported, count * targets - live.total())


def start(*, settings: ExportSettings, prospects: QuerySet[Prospect], actor: User) -> int:
    """Export those of them who are not there yet, outside of any run, once source and jobs were looked up once more.

    Call inside `tenant()`. Returns how many.
    They are few, and the list shows how each fares; a run that was stopped stays so for the others.
    """
    settings = locked(ExportSettings.objects.select_related("organization")).get(pk=settings.pk)
    count = counts(settings, prospects).to_send
    for job_id, title in settings.targets:
        add_items(settings, prospects, job_id=job_id, job_title=title, run=None)
    run = current(settings)
    behind = _items(settings, prospects).filter(_retried(run))
    if run and run.stopped_at:
        behind.filter(run=run).update(run=None)
    behind.update(**retry_fields())
    wait_for_check(settings, _items(settings, prospects).filter(run=None))
    sentence = _("%(actor)s exported chosen prospects to SmartRecruiters") % {"actor": actor}
    audit.record(
        organization=settings.organization,
        actor=actor,
        action="export.chosen",
        sentence=sentence,
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
    """What was set aside or dropped, and what waits in a run that was stopped."""
    behind = Q(state__in=RETRIED_STATES)
    return behind | Q(state=WorkState.HELD, held_for=run.waits_for_resume) if run and run.stopped_at else behind
