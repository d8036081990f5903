"""Maintenance of export runs. `prospects.export.item.perform` exports the items."""

from crosschq.core.outbox import periodic, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.export import runs
from prospects.models import ExportItem, ExportRun, ExportSettings, OptionsRefresh


def tidy() -> None:
    """Runs after a worker has done everything that was due, and every few seconds in case a worker was killed."""
    if release_stale_holds():
        work_item.wake_workers(ExportItem)
    finish_runs()


def release_stale_holds() -> int:
    """Release items that were put on hold just after the reason was gone. Returns how many.

    Resuming a run or fixing the settings releases only the items held at that moment, not one that a worker is about to
    hold. Items that wait for a check that failed go ahead without it: the ATS refuses an invalid source or job.
    """
    with cross_tenant("holds are released in every organization"):
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
    """Finish the runs that have nothing left to do. Returns how many."""
    with cross_tenant("runs finish in every organization"):
        open_runs = list(ExportRun.objects.filter(finished_at=None).select_related("organization", "started_by"))
    return periodic.for_each("finish_runs", open_runs, _close)


def _close(run: ExportRun) -> bool:
    with tenant(run.organization):
        return runs.finish_if_done(run)
