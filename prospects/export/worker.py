"""What keeps runs of the export in order around their items, which `export_item.perform` makes candidates of."""

from crosschq.core.outbox import periodic, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.export import runs
from prospects.models import ExportItem, ExportRun, ExportSettings, OptionsRefresh


def tidy() -> None:
    """After a worker has done all that was due, and every few seconds in case that worker was killed."""
    if release_stale_holds():
        work_item.wake_workers(ExportItem)
    finish_runs()


def run_due() -> None:
    """Export what is due, in this thread."""
    release_stale_holds()
    work_item.drain(ExportItem)
    finish_runs()


def release_stale_holds() -> int:
    """Let go what was put on hold a moment after its cause was gone. Returns how many.

    Whoever resumes a run, or puts settings right, frees what is held then, and not what a worker is about to hold. And
    what waits for a look-up that was given up goes on without it: SmartRecruiters refuses what is not there.
    """
    with cross_tenant("runs and settings of every organization"):
        going = ExportRun.objects.filter(finished_at=None, stopped_at=None).only("uid")
        right = ExportSettings.objects.filter(saved_at__isnull=False, problem="").only("uid")
        reading = OptionsRefresh.objects.filter(state__in=[WorkState.PENDING, WorkState.WORKING])
        unread = ExportSettings.objects.exclude(pk__in=reading.values("settings_id")).only("uid")
        causes = [run.waits_for_resume for run in going] + [settings.waits_for_change for settings in right]
        causes += [settings.waits_for_check for settings in unread]
        held = ExportItem.objects.filter(state=WorkState.HELD, held_for__in=causes)
        freed: int = held.update(**runs.retry_fields())
    return freed


def finish_runs() -> int:
    """End the runs that have nothing left to do. Returns how many ended."""
    with cross_tenant("runs of every organization end here"):
        open_runs = list(ExportRun.objects.filter(finished_at=None).select_related("organization", "started_by"))
    return periodic.for_each("finish_runs", open_runs, _close)


def _close(run: ExportRun) -> bool:
    with tenant(run.organization):
        return runs.finish_if_done(run)
