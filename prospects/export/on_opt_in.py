"""What happens to the export when someone opts in or out."""

from dataclasses import dataclass
from datetime import datetime

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from prospects.export import runs
from prospects.models import ExportItem, ExportOutcome, ExportSettings, Prospect


def export_new_prospect(prospect: Prospect) -> None:
    """Queue a new prospect if automatic export is on. Call inside `tenant()`.

    The items wait if the export settings aren't complete yet.
    """
    for settings in ExportSettings.objects.filter(new_on=True).select_related("organization").defer("cached_options"):
        queue(settings, prospect)
        work_item.wake_workers(ExportItem)


def queue(settings: ExportSettings, prospect: Prospect, *, automatic: bool = True) -> None:
    """Queue this prospect for each selected job or for the talent pool. Call inside `tenant()`."""
    only = Prospect.objects.filter(pk=prospect.pk)
    for job_id, title in settings.targets:
        runs.add_items(settings, only, job_id=job_id, job_title=title, run=None, automatic=automatic)


def cancel_automatic(settings: ExportSettings) -> None:
    """Remove automatic items that haven't been sent: the switch is off. Call inside `tenant()`."""
    ours = ExportItem.objects.filter(settings=settings, automatic=True, run=None, attempted_at=None)
    ours.filter(state__in=[WorkState.PENDING, WorkState.HELD]).delete()


@dataclass(frozen=True)
class LinkedCandidates:
    """Candidates of a prospect in the ATS, other than the one that the export created.

    `ids`: candidates that existed before the export. `attempted_at`: when a create was sent whose response never came.
    """

    ids: tuple[str, ...] = ()
    attempted_at: datetime | None = None


def linked_candidates(prospect: Prospect) -> LinkedCandidates:
    """The linked candidates of a prospect. Call inside `tenant()`."""
    items = ExportItem.objects.filter(prospect=prospect)
    linked = items.filter(outcome=ExportOutcome.LINKED).exclude(candidate_id__in=["", prospect.ats_candidate_id])
    ids = tuple(linked.order_by("candidate_id").values_list("candidate_id", flat=True).distinct())
    if prospect.ats_candidate_id:
        return LinkedCandidates(ids)
    doubtful = items.filter(attempted_at__isnull=False).exclude(state__in=[WorkState.DONE, WorkState.WORKING])
    return LinkedCandidates(ids, doubtful.order_by("attempted_at").values_list("attempted_at", flat=True).first())


def cancel_all(prospect: Prospect) -> LinkedCandidates:
    """Cancel what hasn't been exported, and return the candidates that remain in the ATS. Call inside `tenant()`.

    An item in progress ends on its own: it checks the prospect before and after its call to the ATS.
    """
    found = linked_candidates(prospect)
    items = ExportItem.objects.filter(prospect=prospect)
    waiting = items.exclude(state__in=[WorkState.DONE, WorkState.WORKING])
    waiting.update(state=WorkState.CANCELLED, held_for="", finished_at=clock.now())
    # We didn't create the linked candidates, and their ids would identify the person forever.
    items.filter(candidate_id__in=found.ids).update(candidate_id="")
    return found
