"""What the export does when somebody becomes a prospect, and when somebody stops being one."""

from dataclasses import dataclass
from datetime import datetime

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from prospects.export import runs
from prospects.models import ExportItem, ExportOutcome, ExportSettings, Prospect


def export_new_prospect(prospect: Prospect) -> None:
    """Somebody opted in: exported at once where new ones are, else only offered. Call inside `tenant()`.

    Where nothing is chosen yet, they wait for that.
    """
    for settings in ExportSettings.objects.filter(new_on=True).select_related("organization").defer("cached_options"):
        queue(settings, prospect)
        work_item.wake_workers(ExportItem)


def queue(settings: ExportSettings, prospect: Prospect, *, automatic: bool = True) -> None:
    """Have this prospect exported to what is chosen now. Call inside `tenant()`."""
    only = Prospect.objects.filter(pk=prospect.pk)
    for job_id, title in settings.targets:
        runs.add_items(settings, only, job_id=job_id, job_title=title, run=None, automatic=automatic)


def cancel_automatic(settings: ExportSettings) -> None:
    """The switch is off: those who still wait are offered again, and not sent. Call inside `tenant()`."""
    ours = ExportItem.objects.filter(settings=settings, automatic=True, run=None, attempted_at=None)
    ours.filter(state__in=[WorkState.PENDING, WorkState.HELD]).delete()


@dataclass(frozen=True)
class LinkedCandidates:
    """What of a prospect is, or may be, in SmartRecruiters, besides the candidate whom the export made.

    `ids`: candidates who were there before. `attempted_at`: a candidate was asked for and the answer never came.
    """

    ids: tuple[str, ...] = ()
    attempted_at: datetime | None = None


def linked_candidates(prospect: Prospect) -> LinkedCandidates:
    """Call inside `tenant()`."""
    items = ExportItem.objects.filter(prospect=prospect)
    linked = items.filter(outcome=ExportOutcome.LINKED).exclude(candidate_id__in=["", prospect.ats_candidate_id])
    ids = tuple(linked.order_by("candidate_id").values_list("candidate_id", flat=True).distinct())
    if prospect.ats_candidate_id:
        return LinkedCandidates(ids)
    doubtful = items.filter(attempted_at__isnull=False).exclude(state__in=[WorkState.DONE, WorkState.WORKING])
    return LinkedCandidates(ids, doubtful.order_by("attempted_at").values_list("attempted_at", flat=True).first())


def cancel_all(prospect: Prospect) -> LinkedCandidates:
    """Take back what has not been exported; what is there all the same. Call inside `tenant()`.

    An item that is being worked on ends by itself: it looks at the prospect before it asks, and once more after.
    """
    found = linked_candidates(prospect)
    items = ExportItem.objects.filter(prospect=prospect)
    waiting = items.exclude(state__in=[WorkState.DONE, WorkState.WORKING])
    waiting.update(state=WorkState.CANCELLED, held_for="", finished_at=clock.now())
    # Whom we only found is none of ours: the number would lead to the person for good.
    items.filter(candidate_id__in=found.ids).update(candidate_id="")
    return found
