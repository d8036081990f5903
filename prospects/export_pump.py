"""The worker of the export: makes candidates as fast as SmartRecruiters allows, and leaves the other workers alone.

It mostly waits, for a turn under the limits and for answers, so it has a task and threads of its own. All workers
together give it EXPORT_LANES places. Items are claimed fairly between organizations, whose limits do not add up.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connections

from crosschq.core import lanes, periodic, work
from crosschq.organizations.tenancy import cross_tenant, tenant

from . import export_runs
from .export_models import ExportItem, ExportRun, ExportSettings

# With answers after a third of a second, ten calls a second keep four busy: three organizations at their full rate.
THREADS = 12
SECONDS = 15.0


def pump(*, seconds: float = SECONDS) -> bool:
    """Export what is due. False when it ended because time was over, and more may be due."""
    until = time.monotonic() + seconds
    with lanes.taken(ExportItem.drained_by, lanes=settings.EXPORT_LANES) as is_ours:
        if is_ours:
            free_stranded()
        # Nearly always there is nothing: no thread is made for that.
        if is_ours and work.drain(ExportItem, most=1, until=until):
            with ThreadPoolExecutor(THREADS, thread_name_prefix="export") as pool:
                list(pool.map(_drain, [until] * THREADS))
        if is_ours:
            close_runs()
    return not is_ours or time.monotonic() < until


def _drain(until: float) -> None:
    try:
        while time.monotonic() < until and work.drain(ExportItem, until=until):
            pass
    finally:
        connections.close_all()


def free_stranded() -> int:
    """Let go what was put on hold a moment after its cause was gone. Returns how many.

    Whoever resumes a run, or puts settings right, frees what is held then, and not what a worker is about to hold.
    """
    with cross_tenant("runs and settings of every organization"):
        going = ExportRun.objects.filter(finished_at=None, stopped_at=None).only("uid")
        right = ExportSettings.objects.filter(saved_at__isnull=False, problem="").only("uid")
        causes = [run.waits_for_resume for run in going] + [settings.waits_for_change for settings in right]
        held = ExportItem.objects.filter(state=work.State.HELD, held_for__in=causes)
        freed: int = held.update(**export_runs.anew())
    return freed


def close_runs() -> int:
    """End the runs that have nothing left to do. Returns how many ended."""
    with cross_tenant("runs of every organization end here"):
        open_runs = list(ExportRun.objects.filter(finished_at=None).select_related("organization", "started_by"))
    return periodic.for_each("close_runs", open_runs, _close)


def _close(run: ExportRun) -> bool:
    with tenant(run.organization):
        return export_runs.close_if_done(run)
