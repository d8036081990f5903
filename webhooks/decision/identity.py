"""Read the candidate and the job of an outcome that was decided before either was read."""

from connectors import ats
from connectors.company import job_cache
from webhooks.decision.evaluation import Evaluation, RequestNotStarted, check_candidate


def read_names(evaluation: Evaluation) -> RequestNotStarted | None:
    """Add the names to `evaluation.known`, as far as we may see them. Returns the outcome if the person was erased.

    Raises AtsError if the ATS can't be asked.
    """
    beyond = Evaluation(evaluation.connection, evaluation.opened, evaluation.candidate_id, evaluation.job_id)
    try:
        check_candidate(beyond)
    except RequestNotStarted as not_started:
        if not_started.outcome == "no.erased":
            return not_started
    except (ats.Forbidden, ats.NotVisible):
        pass  # the outcome is true without a name
    try:
        job, _remembered = job_cache.job(evaluation.connection, evaluation.opened, evaluation.job_id)
        beyond.known["job_title"] = job.title
    except (ats.Forbidden, ats.NotVisible):
        pass
    evaluation.known |= beyond.known
    return None
