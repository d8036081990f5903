"""What the export does when somebody becomes a prospect, and when somebody stops being one."""

from dataclasses import dataclass

from crosschq.core import clock, work
from crosschq.core.work import State

from . import export_runs
from .export_models import ExportItem, ExportSettings
from .models import Prospect


def joined(prospect: Prospect) -> None:
    """Somebody opted in: exported at once where new ones are, else only offered. Call inside `tenant()`."""
    for settings in ExportSettings.objects.filter(new_on=True, saved_at__isnull=False).select_related(
        "organization", "connection"
    ):
        for job_id, title in settings.targets:
            only = Prospect.objects.filter(pk=prospect.pk)
            export_runs.add_items(settings, only, job_id=job_id, job_title=title, run=None)
        work.ring(ExportItem)


@dataclass(frozen=True)
class Left:
    """A candidate whom we made or found for somebody who is no prospect any more."""

    company: str
    candidate_id: str
    made: bool


def forget(prospect: Prospect) -> list[Left]:
    """Take back what has not been exported; what is there, and has to be deleted there. Call inside `tenant()`.

    An item that is being worked on ends by itself: it looks at the prospect before it asks, and once more after.
    """
    waiting = ExportItem.objects.filter(prospect=prospect).exclude(state__in=[State.DONE, State.WORKING])
    waiting.update(state=State.CANCELLED, held_for="", finished_at=clock.now())
    return there(prospect)


def there(prospect: Prospect) -> list[Left]:
    """What of this prospect is in SmartRecruiters. Call inside `tenant()`."""
    done = ExportItem.objects.filter(prospect=prospect, state=State.DONE).select_related("settings__connection")
    found = {
        (item.settings.connection.company_name, item.candidate_id): item.outcome == "made"
        for item in done.order_by("pk")
    }
    return [Left(company, candidate_id, made) for (company, candidate_id), made in found.items()]
