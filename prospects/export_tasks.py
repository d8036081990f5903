"""What pages of the export have a worker do: read what there is to choose from, and start, looked up once more."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.background import asker_of, connection_of, done
from connectors.models import BackgroundTask
from connectors.progress import Progress
from connectors.task_kinds import Kind, register
from crosschq.core import work
from crosschq.organizations.models import Role
from crosschq.organizations.tenancy import tenant

from . import export_choices, export_runs, export_some
from .export_models import ExportSettings


def _read(task: BackgroundTask, progress: Progress) -> None:
    progress.step(_("Reading sources, jobs and tags"))
    settings = export_choices.read(connection_of(task))
    done(task, unread=bool(settings.seen["unread"]))


def _start(task: BackgroundTask, progress: Progress) -> None:
    settings = _looked_up(task, progress)
    with tenant(task.organization):
        run = export_runs.start(settings=settings, actor=asker_of(task))
        done(task, run=run.uid)


def _start_chosen(task: BackgroundTask, progress: Progress) -> None:
    settings = _looked_up(task, progress)
    with tenant(task.organization):
        chosen = export_some.chosen([UUID(uid) for uid in task.given["prospects"]])
        count = export_some.start(settings=settings, prospects=chosen, actor=asker_of(task))
        done(task, count=count)


def _looked_up(task: BackgroundTask, progress: Progress) -> ExportSettings:
    progress.step(_("Looking up the source and the jobs"))
    settings = export_choices.read(connection_of(task))
    if settings.problem:
        raise work.GiveUp(settings.problem)
    return settings


READ = register(
    Kind(
        "export_read",
        _read,
        Role.ADMIN,
        title=gettext_lazy("Reading from SmartRecruiters …"),
        failed=gettext_lazy("SmartRecruiters could not be read"),
    )
)
START = register(
    Kind(
        "export_start",
        _start,
        Role.ADMIN,
        title=gettext_lazy("Starting the export …"),
        failed=gettext_lazy("The export was not started"),
    )
)
START_CHOSEN = register(
    Kind(
        "export_chosen",
        _start_chosen,
        Role.ADMIN,
        title=gettext_lazy("Starting the export …"),
        failed=gettext_lazy("The export was not started"),
    )
)
