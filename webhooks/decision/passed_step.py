"""Recognize a candidate who was at our step and left it before we decided: moved there and away within seconds, say.

The status history shows the stay. If an event of it was decided, it isn't told again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from connectors import ats
from crosschq.core.text.dates import datetime_text
from crosschq.tenancy.scope import tenant
from templates_app.tags import tag_key
from webhooks.decision.evaluation import OLD, Evaluation, RequestNotStarted, readable_status
from webhooks.decision.identity import read_names
from webhooks.decision.outcomes import OTHER
from webhooks.models import InboundEvent


@dataclass(frozen=True)
class PassedStay:
    """A stay at our step that is over. `next_step`: where the candidate was moved to."""

    arrived: datetime
    left: datetime
    next_step: str


def last_stay(changes: Sequence[ats.StatusChange], our_step: str) -> PassedStay | None:
    """Return the last stay at the step with this name, if it is over. `changes`: the status history, oldest first."""
    ours = [n for n, change in enumerate(changes) if change.under_review and tag_key(change.step) == tag_key(our_step)]
    if not ours or ours[-1] == len(changes) - 1:
        return None
    first, after = ours[-1], changes[ours[-1] + 1]
    while first > 0 and (changes[first - 1].step, changes[first - 1].status) == (
        changes[first].step,
        changes[first].status,
    ):
        first -= 1
    next_step = after.step if after.step and after.under_review else readable_status(after.status)
    return PassedStay(changes[first].at, after.at, next_step)


def moved_on(evaluation: Evaluation, stay: PassedStay, *, candidate: str) -> RequestNotStarted:
    """Return the outcome. It adds the stay to the checks, before the check of the step, where the evaluation ended."""
    our_step = evaluation.connection.step_name
    when, left = datetime_text(stay.arrived), datetime_text(stay.left)
    detail = _("Reached “%(our_step)s” on %(when)s, left it on %(left)s") % {
        "our_step": our_step,
        "when": when,
        "left": left,
    }
    evaluation.checks.insert(-1, {"name": _("History"), "result": "ok", "detail": detail})
    values = {"our_step": our_step, "when": when, "left": left, "step": stay.next_step, "candidate": candidate}
    return RequestNotStarted("no.moved_on", ats=evaluation.connection.ats_name, **values)


def explained(event: InboundEvent, evaluation: Evaluation, elsewhere: RequestNotStarted) -> RequestNotStarted:
    """Return why an event about a candidate who isn't at our step starts no request, and read who they are.

    A move that was never to our step stays as it is, unnamed: reading the candidates of all of them isn't worth a call.
    """
    if elsewhere.outcome == "no.step_renamed":
        return read_names(evaluation) or elsewhere
    if evaluation.changes is None:
        try:
            evaluation.changes = evaluation.opened.history(
                candidate_id=evaluation.candidate_id, job_id=evaluation.job_id
            )
        except ats.NotVisible:
            return elsewhere
    stay = last_stay(evaluation.changes, evaluation.connection.step_name)
    if stay is None or not _is_of(event, evaluation, stay):
        return elsewhere
    erased = read_names(evaluation)
    if erased:
        return erased
    evaluation.known["stay_began_at"] = stay.arrived
    return moved_on(evaluation, stay, candidate=evaluation.known.get("candidate_name") or _("The candidate"))


def _is_of(event: InboundEvent, evaluation: Evaluation, stay: PassedStay) -> bool:
    """Return whether the event is about this stay, and no other event has been decided because of it."""
    if event.confirmed_at or event.asked_by:
        return True  # a member asked for this candidate
    since = evaluation.connection.requests_on_since
    if since is None or stay.arrived < since or stay.left < event.happened_at - OLD:
        return False
    with tenant(event.organization):
        others = InboundEvent.objects.filter(
            connection_id=event.connection_id, candidate_id=event.candidate_id, job_id=event.job_id
        )
        decided = others.exclude(pk=event.pk).exclude(Q(outcome="") | Q(family=OTHER))
        return not decided.filter(Q(stay_began_at=stay.arrived) | Q(outcome_at__gte=stay.arrived)).exists()
