"""What would happen to a candidate if a member confirmed: the evaluation continued after it stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors import ats
from webhooks.decision.evaluation import Evaluation, RequestNotStarted, check_candidate, match_template


def as_values(
    template: str, template_uid: str, missing: Iterable[RequestNotStarted], *, at: datetime
) -> dict[str, Any]:
    """What an event stores about a forecast, among the values of its outcome. See webhooks.log.outlook."""
    reasons = [{"outcome": each.outcome, "values": each.values} for each in missing]
    return {"template": template, "template_uid": template_uid, "missing": reasons, "judged_at": at.isoformat()}


@dataclass(frozen=True)
class Forecast:
    """What would be sent if a member confirms: the template's name and uid, or everything else that is missing."""

    template: str
    template_uid: str
    missing: list[RequestNotStarted]
    checks: list[dict[str, str]]


def forecast(evaluation: Evaluation, candidate: ats.Candidate | None = None, *, refresh: bool = False) -> Forecast:
    """Continue after the evaluation stopped, and collect everything that is missing, not just the first thing."""
    beyond = Evaluation(evaluation.connection, evaluation.opened, evaluation.candidate_id, evaluation.job_id)
    missing, template, uid = [], "", ""
    try:
        check_candidate(beyond, candidate)
    except RequestNotStarted as not_started:
        missing.append(not_started)
    try:
        version = match_template(beyond, refresh=refresh)[1].version
        template, uid = version.name, str(version.template.uid)
    except RequestNotStarted as not_started:
        missing.append(not_started)
    evaluation.known |= beyond.known
    return Forecast("" if missing else template, "" if missing else uid, missing, beyond.checks)
