"""What the list shows of a request: its current state in words, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.attention import facts as known
from requests_app.attention.facts import Facts
from requests_app.attention.problems import FoundProblem, found
from requests_app.models import Problem, ReferenceRequest, ReferenceState, RequestState
from requests_app.staff.badges import REQUEST_KINDS, Badge
from requests_app.text import references_in

URGENT = (
    Problem.CANDIDATE_BOUNCED,
    Problem.REFERENCE_BOUNCED,
    Problem.ALL_DECLINED,
    Problem.NOTE_FAILED,
    Problem.FILE_FAILED,
)


@dataclass(frozen=True)
class RequestRow:
    """One line of the list. `detail` explains the badge; `problem` comes with the action that solves it."""

    reference_request: ReferenceRequest
    badge: Badge
    detail: str
    problem: FoundProblem | None = None

    @property
    def act_url(self) -> str:
        return self.problem.act.url(self.reference_request) if self.problem else ""


def rows(requests: Sequence[ReferenceRequest], now: datetime) -> list[RequestRow]:
    """The rows of these requests, read in two to five queries no matter how many there are."""
    return [_row(facts, now) for facts in known.read(requests, as_stored=True)]


def _row(facts: Facts, now: datetime) -> RequestRow:
    problems = found(facts, now)
    if problems:
        problem = problems[0]
        kind = "err" if problem.problem in URGENT else "warn"
        return RequestRow(facts.reference_request, Badge(kind, str(problem.problem.label)), problem.sentence, problem)
    badge, detail = _progress(facts)
    return RequestRow(facts.reference_request, badge, detail)


def _progress(facts: Facts) -> tuple[Badge, str]:
    """How far the request is, and who it waits for."""
    reference_request = facts.reference_request
    answered = len(facts.in_state(ReferenceState.ANSWERED))
    requested = reference_request.version.references_requested
    state = RequestState(reference_request.state)
    if state != RequestState.WAITING_FOR_REFERENCES:
        detail = references_in(answered, requested) if reference_request.has_report else ""
        return Badge(REQUEST_KINDS.get(state, "info"), str(state.label)), detail
    waiting = [person.name for person in facts.people if person.is_reachable]
    missing = max(requested - answered - len(waiting), 0)
    unnamed = ngettext("%(count)d more to be named", "%(count)d more to be named", missing) % {"count": missing}
    if not waiting:
        return Badge("info", _("Waiting for the candidate")), unnamed if missing else ""
    counts = {"missing": len(waiting), "requested": requested}
    badge = Badge("info", _("Waiting for %(missing)d of %(requested)d") % counts)
    return badge, ", ".join([*waiting, unnamed] if missing else waiting)
