"""What would happen to a candidate if a member confirmed: the evaluation continued after it stopped."""

from dataclasses import dataclass

from connectors import ats
from webhooks.decision.evaluation import Evaluation, RequestNotStarted, check_candidate, match_template


@dataclass(frozen=True)
class Forecast:
    """What would be sent if a member confirms: the template's name, or everything else that is missing."""

    template: str
    missing: list[RequestNotStarted]
    checks: list[dict[str, str]]


def forecast(evaluation: Evaluation, candidate: ats.Candidate | None = None, *, refresh: bool = False) -> Forecast:
    """Continue after the evaluation stopped, and collect everything that is missing, not just the first thing."""
    beyond = Evaluation(evaluation.connection, evaluation.opened, evaluation.candidate_id, evaluation.job_id)
    missing, template = [], ""
    try:
        check_candidate(beyond, candidate)
    except RequestNotStarted as not_started:
        missing.append(not_started)
    try:
        template = match_template(beyond, refresh=refresh)[1].version.name
    except RequestNotStarted as not_started:
        missing.append(not_started)
    evaluation.known |= beyond.known
    return Forecast("" if missing else template, missing, beyond.checks)
