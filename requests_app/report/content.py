"""What a report consists of. The pages and the PDF show these objects, and compute nothing themselves."""

from dataclasses import dataclass
from datetime import datetime

from requests_app.models import ReferenceRequest, ReportVersion
from requests_app.report.text import RULES, RULES_OF_SUGGESTIONS


@dataclass(frozen=True)
class ReferenceSummary:
    """A reference in the report.

    `key` identifies them in all versions. `letter` marks their ratings in the figures; empty if they didn't answer.
    `relation` is what the candidate said (a member, if `relation_from_staff`), `objection` what the reference said
    about it. `job` is the candidate's job as the candidate gave it, `stated_job` as the reference did. `facts_only`:
    they stated the job and answered no questions, as their employer asks. `same_network`: they answered from a
    network that the candidate used too.
    """

    key: int
    letter: str
    name: str
    role: str
    relation: str
    relation_from_staff: bool
    email: str
    is_manager: bool
    answered_at: datetime | None
    confirmed: bool | None
    objection: str
    years: str
    stated_years: str
    job: str
    stated_job: str
    facts_only: bool
    same_network: bool


@dataclass(frozen=True)
class GivenRating:
    """What one reference chose for a rated question. `rating` is None if they didn't see this, or weren't asked."""

    letter: str
    name: str
    is_manager: bool
    rating: int | None
    not_seen: bool
    label: str


@dataclass(frozen=True)
class RatingRow:
    """One rated question. `count` is the number of ratings; "I did not see this" is counted separately.

    `managers` and `peers` are the means of these two groups.
    """

    label: str
    mean: float | None
    low: int | None
    high: int | None
    self_rating: int | None
    self_label: str
    count: int
    unseen: int
    managers: float | None
    peers: float | None
    note: str
    given: tuple[GivenRating, ...]

    @property
    def spread(self) -> int | None:
        """The points between the lowest and the highest rating; None with fewer than two ratings."""
        if self.low is None or self.high is None or self.count < 2:
            return None
        return self.high - self.low

    @property
    def self_gap(self) -> float | None:
        """How far the self-rating is above the mean of the references; negative if it is below."""
        return None if self.mean is None or self.self_rating is None else self.self_rating - self.mean


@dataclass(frozen=True)
class Quote:
    """What one person wrote. `rating` is the answer they chose with it, if the question has choices."""

    author: str
    role: str
    rating: str
    text: str
    is_self: bool


@dataclass(frozen=True)
class WrittenAnswers:
    """The written answers to one question, with the candidate's own last."""

    question: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class TallyLine:
    """One possible answer: the references who chose it, and whether the candidate did too."""

    label: str
    names: tuple[str, ...]
    is_own: bool

    @property
    def count(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Tally:
    """A question with choices, or with yes and no. `answered` is how many references answered it."""

    key: str
    question: str
    lines: tuple[TallyLine, ...]
    answered: int
    note: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class PersonAnswer:
    """One person's answer to one question: what they chose, and what they wrote. `key` identifies the question."""

    key: int
    question: str
    chosen: str
    text: str


@dataclass(frozen=True)
class PersonAnswers:
    """Everything one person answered, in the order of the survey. `key` is the summary's, or 0 for the candidate."""

    key: int
    letter: str
    name: str
    role: str
    is_self: bool
    answers: tuple[PersonAnswer, ...]


@dataclass(frozen=True)
class Suggestion:
    """A question to raise in the next conversation, and the figures that it comes from."""

    question: str
    reason: str


@dataclass(frozen=True)
class Fact:
    """Something about a reference that is worth a look, with an innocent explanation. Never a verdict."""

    name: str
    sentence: str
    explanation: str


@dataclass(frozen=True)
class Glance:
    """What the figures show most clearly, by fixed rules. glance.py has them."""

    agreement: tuple[RatingRow, ...]
    difference: tuple[RatingRow, ...]
    self_gaps: tuple[RatingRow, ...]
    work_again: Tally | None
    suggestions: tuple[Suggestion, ...]
    is_comparable: bool

    rules = RULES
    rules_of_suggestions = RULES_OF_SUGGESTIONS


@dataclass(frozen=True)
class Report:
    """A version of the report; without one, the answers so far."""

    reference_request: ReferenceRequest
    version: ReportVersion | None
    people: tuple[ReferenceSummary, ...]
    not_completed: tuple[ReferenceSummary, ...]
    ratings: tuple[RatingRow, ...]
    tallies: tuple[Tally, ...]
    words: tuple[WrittenAnswers, ...]
    by_person: tuple[PersonAnswers, ...]
    glance: Glance
    facts: tuple[Fact, ...]
    has_self: bool

    @property
    def finished_at(self) -> datetime | None:
        """When the request had finished then."""
        return self.version.finished_at if self.version else self.reference_request.finished_at

    @property
    def answered(self) -> int:
        return len(self.people)

    @property
    def raters(self) -> tuple[ReferenceSummary, ...]:
        """Who answered questions, in the order of each row's `given`."""
        letters = {each.letter for row in self.ratings for each in row.given}
        return tuple(person for person in self.people if person.letter in letters)

    @property
    def requested(self) -> int:
        return self.reference_request.version.references_requested

    @property
    def has_groups(self) -> bool:
        """Whether both managers and peers rated something, so that their means can be compared."""
        return any(row.managers is not None for row in self.ratings) and any(
            row.peers is not None for row in self.ratings
        )
