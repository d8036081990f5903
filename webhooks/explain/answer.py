"""What Explain answers: an explanation, matches to choose from, or why it has neither."""

import uuid
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from webhooks.decision.outcomes import OUTCOMES
from webhooks.models import InboundEvent

CLEAR = "clear"  # nothing prevents a request
NEEDS_CONFIRMATION = {"no.stood_there", "hold.old"}
MAY_SEND = {CLEAR, *NEEDS_CONFIRMATION}


@dataclass(frozen=True)
class CandidateOnJob:
    """A candidate on one job."""

    candidate_id: str
    job_id: str
    name: str
    email: str
    job_title: str = ""


@dataclass(frozen=True)
class Explanation:
    """The explanation for one candidate on one job. `outcome`: a slug in outcomes.py, or `clear`."""

    match: CandidateOnJob
    outcome: str
    sentence: str
    fix: str = ""
    checks: list[dict[str, str]] = field(default_factory=list)
    reference_request_uid: uuid.UUID | None = None
    is_in_progress: bool = False
    missing: bool = False  # a member may confirm it, but something else is missing too
    repeat_event_uid: uuid.UUID | None = None  # the event that allows sending another request
    at_connection: bool = False  # the fix is on the connection page

    @property
    def tag(self) -> str:
        return OUTCOMES[self.outcome].tag if self.outcome in OUTCOMES else "ok"

    @property
    def words(self) -> str:
        if self.outcome in ("no.already_open", "no.already_done", "no.open_without_ats"):
            return _("Request sent earlier")
        return OUTCOMES[self.outcome].words if self.outcome in OUTCOMES else _("Ready to send")

    @property
    def may_send(self) -> bool:
        return self.outcome in MAY_SEND and not (self.is_in_progress or self.missing)


@dataclass(frozen=True)
class ExplainAnswer:
    """An explanation, several matches to choose from, or a sentence that says why there is neither."""

    explanation: Explanation | None = None
    matches: tuple[CandidateOnJob, ...] = ()
    more: bool = False
    sentence: str = ""
    fix: str = ""
    events: tuple[InboundEvent, ...] = ()
    at_connection: bool = False  # the fix is on the connection page
