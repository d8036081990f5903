"""The one problem that the connection page names first: the most urgent."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Connection, ConnectionState
from crosschq.core import work
from webhooks.models import InboundEvent

from .checklist import PROBLEM, Action, Checklist, refused


@dataclass(frozen=True)
class Problem:
    """kind: a banner's."""

    kind: str
    title: str
    sentences: tuple[str, ...]
    action: Action | None = None


def most_urgent(connection: Connection, checklist: Checklist) -> Problem | None:
    """Call inside `tenant()`."""
    known = checklist.known
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        return Problem(
            "problem",
            _("SmartRecruiters no longer accepts our sign-in"),
            (_waiting(connection), _("They are kept, and go on by themselves after a new sign-in.")),
            Action(_("Reconnect"), known.url("connect"), post=True),
        )
    lacks = refused(known.seen) if known.seen else []
    # What the connecting user may not do is refused as often as it is tried.
    if connection.problem and not lacks:
        return Problem(
            "problem",
            _("The connection is not finished"),
            (connection.problem, _("Signing in worked; hearing of moves does not yet.")),
            Action(_("Try again"), known.url("set_up"), post=True),
        )
    webhook = checklist.item("webhook")
    if webhook.state == PROBLEM:
        return Problem(
            "problem", _("SmartRecruiters does not tell us of moves"), tuple(webhook.evidence), webhook.action
        )
    if lacks:
        return Problem(
            "problem",
            _("SmartRecruiters does not let us read what requests need"),
            (*lacks, _("Moves are kept, and go on by themselves afterwards.")),
            Action(_("Reconnect"), known.url("connect"), post=True),
        )
    if connection.paused_at:
        return Problem(
            "warn",
            _("The connector is paused"),
            (_("Candidates who are moved get no request. They are listed in the event log."),),
            Action(_("Resume"), known.url("resume"), post=True),
        )
    return _nothing_starts(connection, checklist)


def _nothing_starts(connection: Connection, checklist: Checklist) -> Problem | None:
    """The switch is on, and something in SmartRecruiters keeps every request from starting."""
    if not connection.requests_on:
        return None
    seen = checklist.known.seen
    for key in ("field", "step"):
        item = checklist.item(key)
        if seen and item.state in ("todo", PROBLEM):
            title = _("No request can start now")
            return Problem("warn", title, tuple(item.evidence[:1]), Action(_("See what to do"), "#setup"))
    default = checklist.known.default
    if default and default.deleted_at:
        sentence = _("Jobs with an empty tag started requests with %(template)s. They start none now.")
        why = (sentence % {"template": default.name},)
        return Problem("warn", _("The default template was deleted"), why, Action(_("Choose another"), "#empty-tag"))
    return _step_lacks(connection, checklist)


def _step_lacks(connection: Connection, checklist: Checklist) -> Problem | None:
    """Some processes may lack the step on purpose, so it is said only until the first request shows that they do."""
    known = checklist.known
    lacking = known.seen is not None and any(not process.has_step for process in known.seen.processes)
    if not lacking or known.first_request:
        return None
    title = _("Some hiring processes lack the step “%(name)s”") % {"name": connection.step_name}
    return Problem("info", title, tuple(checklist.item("step").evidence), Action(_("See what to do"), "#setup"))


def _waiting(connection: Connection) -> str:
    held = InboundEvent.objects.filter(
        connection=connection, state=work.State.HELD, held_for=connection.waits_for_sign_in
    ).count()
    if not held:
        return _("Nobody waits yet; candidates who are moved meanwhile will.")
    return ngettext("%(count)s candidate waits.", "%(count)s candidates wait.", held) % {"count": held}
