"""The most urgent problem of a connection, shown at the top of its page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import extensions
from connectors.models import Connection, ConnectionState
from connectors.setup import setup_changes
from connectors.setup.checklist import DONE, NEEDED, PROBLEM, Checklist, refused
from connectors.setup.checklist_items import PageAction
from connectors.setup.checks import SetupSnapshot


@dataclass(frozen=True)
class ConnectionProblem:
    """`kind`: the kind of banner. `how`: as in a checklist item. `about`: the checklist item with the same problem.

    `is_total`: no request can start.
    """

    kind: str
    title: str
    sentences: tuple[str, ...]
    action: PageAction | None = None
    other_action: PageAction | None = None
    how: str = ""
    about: str = ""
    is_total: bool = False


def most_urgent(connection: Connection, checklist: Checklist) -> ConnectionProblem | None:
    """Return the problem to show first; None if there is none. Call inside `tenant()`."""
    context, ats = checklist.context, {"ats": connection.ats_name}
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        return ConnectionProblem(
            "problem",
            _("%(ats)s no longer accepts our sign-in") % ats,
            (_waiting(connection), _("They continue automatically after a new sign-in.")),
            PageAction(_("Reconnect"), context.url("connect"), post=True),
            about="sign_in",
        )
    lacks = refused(context.snapshot) if context.snapshot else []
    # Trying again doesn't help if a permission is missing.
    if connection.problem and not lacks:
        return ConnectionProblem(
            "problem",
            _("The connection isn't finished"),
            (connection.problem, _reached(checklist)),
            PageAction(_("Try again"), context.url("set_up"), post=True),
            about="webhook",
        )
    webhook = checklist.item("webhook")
    if webhook.state == PROBLEM:
        title = _("%(ats)s doesn't notify Crosschq of moves") % ats
        return ConnectionProblem("problem", title, tuple(webhook.evidence), webhook.action, about="webhook")
    if lacks:
        return ConnectionProblem(
            "problem",
            _("%(ats)s doesn't let us read what requests need") % ats,
            (*lacks, _("Moves wait, and continue automatically once that is fixed.")),
            PageAction(_("Reconnect"), context.url("connect"), post=True),
            how="permissions",
            about="sign_in",
        )
    if uncertain := _uncertain(connection, checklist):
        return uncertain
    if connection.paused_at:
        return ConnectionProblem(
            "warn",
            _("The connector is paused"),
            (_("Candidates you move won't get a request. They'll be listed in the event log."),),
            PageAction(_("Resume"), context.url("resume"), post=True),
        )
    return _setup_lost(connection, checklist) or _nothing_starts(connection, checklist)


def _uncertain(connection: Connection, checklist: Checklist) -> ConnectionProblem | None:
    """Some candidates wait for a permission, or the last check didn't learn whether requests can start."""
    context, ats = checklist.context, {"ats": connection.ats_name}
    held = _held(connection)
    if held:
        waits = ngettext("%(count)s move is waiting.", "%(count)s moves are waiting.", held)
        return ConnectionProblem(
            "warn",
            _("%(ats)s denied us permission for some candidates") % ats,
            (waits % {"count": held}, _("The event log says which permission is missing.")),
            PageAction(_("Reconnect"), context.url("connect"), post=True),
            how="permissions",
            about="sign_in",
        )
    unread = _unread(context.snapshot) if context.snapshot else []
    if unread:
        return ConnectionProblem(
            "warn",
            _("The last check is incomplete"),
            (*unread, _("We won't know whether requests can start until the next check.")),
            PageAction(_("Check again"), context.url("check"), post=True),
            about="sign_in",
        )
    return None


def _reached(checklist: Checklist) -> str:
    """A sentence about what already works before setup is finished."""
    if checklist.item("webhook").state == DONE:
        return _("Sign-in works, and Crosschq is notified of moves.")
    return _("Sign-in works, but Crosschq isn't notified of moves yet.")


def _unread(snapshot: SetupSnapshot) -> list[str]:
    """Why the last check didn't learn what requests need, each reason once."""
    asked = ("me", *NEEDED)
    return list(dict.fromkeys(snapshot.unanswered[each] for each in asked if each in snapshot.unanswered))


def _setup_lost(connection: Connection, checklist: Checklist) -> ConnectionProblem | None:
    """The step or the field existed and is gone."""
    context, gone = checklist.context, setup_changes.lost(connection)
    ats = {"ats": connection.ats_name}
    check_again = PageAction(_("Check again"), context.url("check"), post=True)
    if gone.job_field:
        field_title = _("The job field “%(name)s” can't be used anymore")
        title = _("No request can start now") if connection.requests_on else field_title % {"name": gone.field_name}
        todo = _("Restore it in %(ats)s under Settings > Configuration > Job Fields, then click Check again.") % ats
        if gone.job_field.change == setup_changes.FieldChange.RENAMED:
            todo = _("Rename it back in %(ats)s, or enter the new name in Settings here.") % ats
        sentences = (*setup_changes.sentences(gone), todo)
        settings = PageAction(_("Open settings"), context.url("settings"))
        on = connection.requests_on
        return ConnectionProblem("warn", title, sentences, check_again, settings, about="field", is_total=on)
    if not gone.processes:
        return None
    some = _("Some hiring processes lack the step “%(name)s”") % {"name": gone.step_name}
    nowhere = connection.requests_on and not gone.has_step_elsewhere
    title = _("No request can start now") if nowhere else some
    sentences = (*setup_changes.step_sentences(gone), _("Candidates in these processes won't get a request."))
    intended = PageAction(_("This is intentional"), context.url("accept_steps"), post=True)
    if gone.new_step_name:
        use = PageAction(
            _("Use “%(name)s”") % {"name": gone.new_step_name},
            context.url("use_step_name"),
            post=True,
            name="step_name",
            value=gone.new_step_name,
        )
        todo = _("Use the new name here, or rename the step back in %(ats)s.") % ats
        return ConnectionProblem("warn", title, (*sentences, todo), use, check_again, about="step", is_total=nowhere)
    todo = _("Restore the step in %(ats)s under Settings > Configuration > Hiring Process.") % ats
    other = intended if gone.has_step_elsewhere else None
    return ConnectionProblem("warn", title, (*sentences, todo), check_again, other, about="step", is_total=nowhere)


def _nothing_starts(connection: Connection, checklist: Checklist) -> ConnectionProblem | None:
    """The switch is on, but something in the ATS keeps every request from starting."""
    if not connection.requests_on:
        return None
    snapshot = checklist.context.snapshot
    for key in ("field", "step"):
        item = checklist.item(key)
        if snapshot and item.state in ("todo", PROBLEM):
            title = _("No request can start now")
            check = PageAction(_("Check again"), checklist.context.url("check"), post=True)
            return ConnectionProblem("warn", title, tuple(item.evidence), check, how=item.how, about=key, is_total=True)
    default = checklist.context.default
    if default and default.deleted_at:
        sentence = _("Jobs with an empty tag used %(template)s. They no longer start requests.")
        why = (sentence % {"template": default.name},)
        choose = PageAction(_("Choose another"), checklist.context.url("settings") + "#empty-tag")
        return ConnectionProblem("warn", _("The default template was deleted"), why, choose)
    return _step_lacks(connection, checklist)


def _step_lacks(connection: Connection, checklist: Checklist) -> ConnectionProblem | None:
    """Some processes may lack the step on purpose, so mention it only until the first request."""
    context = checklist.context
    lacking = context.snapshot is not None and any(not process.has_step for process in context.snapshot.processes)
    if not lacking or context.first_request:
        return None
    title = _("Some hiring processes lack the step “%(name)s”") % {"name": connection.step_name}
    item = checklist.item("step")
    check = PageAction(_("Check again"), context.url("check"), post=True)
    return ConnectionProblem("info", title, tuple(item.evidence), check, how=item.how, about="step")


def _held(connection: Connection) -> int:
    """How many moves wait for another sign-in or permission. A page has counted them with the connection."""
    counted: int | None = vars(connection).get("held_for_sign_in")
    return extensions.waiting_for_sign_in(connection) if counted is None else counted


def _waiting(connection: Connection) -> str:
    held = _held(connection)
    if not held:
        return _("No moves are waiting yet. Moves from now on will wait.")
    return ngettext("%(count)s move is waiting.", "%(count)s moves are waiting.", held) % {"count": held}
