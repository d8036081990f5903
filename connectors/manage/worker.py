"""The background tasks of the connection page: connect, set up, check, disconnect."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import ats, extensions
from connectors.background_tasks.lifecycle import asker_of, connection_of, done
from connectors.connection import connect
from connectors.models import BackgroundTask, Connection
from connectors.progress import TaskProgress
from connectors.setup import checks
from connectors.task_kinds import TaskKind, register
from crosschq.core.outbox import work_item
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant

JOBS_AT_FIRST = 10  # so that the checklist has content when it first appears


def _connect(task: BackgroundTask, progress: TaskProgress) -> None:
    """Connect. The code works only once, so a worker that restarts after the grant is stored continues from there."""
    progress.step(_("Signing in to %(ats)s") % {"ats": ats_name(task.vendor)})
    if "code" in task.parsed_arguments:
        _sign_in(task)
    connection = connection_of(task)
    _set_up_and_check(connection, progress, jobs_at_most=JOBS_AT_FIRST)
    done(task, problem=connection.problem)


def _sign_in(task: BackgroundTask) -> None:
    def forget_code() -> None:
        BackgroundTask.objects.filter(pk=task.pk).update(arguments="")

    try:
        connect.sign_in(
            organization=task.organization,
            user=asker_of(task),
            vendor=task.vendor,
            code=task.parsed_arguments["code"],
            on_stored=forget_code,
        )
    except connect.ConnectRefused as error:
        raise work_item.GiveUp(str(error)) from error
    except ats.AtsError as error:
        raise work_item.GiveUp(_("%(why)s Nothing has changed. Try again.") % {"why": error.sentence}) from error


def _set_up(task: BackgroundTask, progress: TaskProgress) -> None:
    connection = connection_of(task)
    _set_up_and_check(connection, progress)
    if connection.problem:
        raise work_item.GiveUp(connection.problem)
    done(task)


def _set_up_and_check(
    connection: Connection, progress: TaskProgress, *, jobs_at_most: int = checks.JOBS_AT_MOST
) -> None:
    connect.set_up(connection, progress=progress)
    checks.read(connection, jobs_at_most=jobs_at_most, progress=progress)
    progress.step(_("Finishing"))
    for act in extensions.after_set_up:
        act(connection)


def _check(task: BackgroundTask, progress: TaskProgress) -> None:
    snapshot = checks.read(connection_of(task), progress=progress)
    if not snapshot.works:
        raise work_item.GiveUp(snapshot.unanswered["me"])
    done(task)


def _disconnect(task: BackgroundTask, progress: TaskProgress) -> None:
    progress.step(_("Ending the subscription"))
    connection, actor = connection_of(task), asker_of(task)
    unsubscribed = connect.disconnect(connection=connection, actor=actor)
    with tenant(task.organization):
        for act in extensions.after_disconnect:
            act(connection, actor)
        done(task, unsubscribed=unsubscribed)


STEPS_AFTER_SIGN_IN = 2 + checks.STEPS + 1
CONNECT = register(
    TaskKind(
        "connect",
        _connect,
        Role.ADMIN,
        title=gettext_lazy("Connecting…"),
        failed=gettext_lazy("The sign-in failed"),
        steps=1 + STEPS_AFTER_SIGN_IN,
        can_repeat=False,
    )
)
SET_UP = register(
    TaskKind(
        "set_up",
        _set_up,
        Role.ADMIN,
        title=gettext_lazy("Setting up…"),
        failed=gettext_lazy("Not set up"),
        steps=STEPS_AFTER_SIGN_IN,
    )
)
CHECK = register(
    TaskKind(
        "check",
        _check,
        Role.ADMIN,
        title=gettext_lazy("Checking…"),
        failed=gettext_lazy("The check failed"),
        steps=checks.STEPS,
    )
)
DISCONNECT = register(
    TaskKind(
        "disconnect",
        _disconnect,
        Role.ADMIN,
        title=gettext_lazy("Disconnecting…"),
        failed=gettext_lazy("Not disconnected"),
    )
)
ALL = (CONNECT, SET_UP, CHECK, DISCONNECT)
