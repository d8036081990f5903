"""Usage and response statistics of surveys. `requests_app` registers the providers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from typing import NamedTuple

from crosschq.core.provided import Provided
from crosschq.tenancy.models import Organization
from templates_app.models import Survey, SurveyItem, SurveyVersion, TemplateVersion
from templates_app.request_templates.queries import live_versions
from templates_app.surveys.audience import seconds_of
from templates_app.surveys.display import display_text

ENOUGH = 20  # fewer responses say more about the people than about the survey
LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True)
class DropOff:
    """How many people started and can no longer continue, whether they submitted or gave up."""

    started: int
    abandoned: int

    @property
    def is_enough(self) -> bool:
        return self.started >= ENOUGH

    @property
    def percent(self) -> int:
        return round(100 * self.abandoned / self.started) if self.started else 0


@dataclass(frozen=True)
class QuestionStatistics:
    """How a question was answered. left_after: how many people stopped after it. Times are in seconds."""

    text: str
    answered: int
    left_after: int
    median: int | None
    estimate: int


class AnswerRow(NamedTuple):
    response: int
    question: str
    saved_at: datetime
    submitted_at: datetime | None
    is_open: bool  # whether the request is open
    started_at: datetime | None  # only for references: candidates have no Start button


# By the key of the survey, from the newest responses to each of its versions. Two queries.
drop_offs: Provided[[Iterable[Survey]], dict[int, DropOff]] = Provided("drop_offs")
# The answers of the newest responses to this version, each response in the order saved. One query.
newest_answers: Provided[[SurveyVersion], Iterator[AnswerRow]] = Provided("newest_answers")
# The number of open requests with a version of the survey.
open_requests: Provided[[Survey], int] = Provided("survey_open_requests")


@dataclass(frozen=True)
class _ResponseTimes:
    answered: list[str]
    seconds: list[tuple[str, float]]
    abandoned: bool


def templates_by_survey(organization: Organization) -> dict[int, list[TemplateVersion]]:
    """The current versions of the live templates, by survey. One query."""
    found: dict[int, list[TemplateVersion]] = {}
    for version in live_versions(organization):
        found.setdefault(version.survey_version.survey_id, []).append(version)
    return found


def question_statistics(version: SurveyVersion, questions: Sequence[SurveyItem]) -> list[QuestionStatistics]:
    """Statistics by question from the newest responses, or an empty list if there are too few. One query."""
    responses = [_response_times(rows) for _, rows in groupby(newest_answers(version), key=lambda row: row.response)]
    if len(responses) < ENOUGH:
        return []
    seconds: dict[str, list[float]] = {}
    for times in responses:
        for question, took in times.seconds:
            seconds.setdefault(question, []).append(took)
    answered = Counter(question for times in responses for question in times.answered)
    left = Counter(times.answered[-1] for times in responses if times.abandoned)
    return [
        QuestionStatistics(
            text=display_text(question),
            answered=answered[question.key],
            left_after=left[question.key],
            median=round(median(seconds[question.key])) if question.key in seconds else None,
            estimate=seconds_of(question),
        )
        for question in questions
        if not question.is_section
    ]


def _response_times(rows: Iterable[AnswerRow]) -> _ResponseTimes:
    """One response, in the order answered. Times with a long break are left out."""
    all_rows = list(rows)
    first = all_rows[0]
    before = [first.started_at, *(row.saved_at for row in all_rows)]
    took = [
        (row.question, (row.saved_at - earlier).total_seconds())
        for row, earlier in zip(all_rows, before, strict=False)
        if earlier is not None and row.saved_at - earlier <= LONGEST_PAUSE
    ]
    abandoned = first.submitted_at is None and not first.is_open
    return _ResponseTimes([row.question for row in all_rows], took, abandoned)
