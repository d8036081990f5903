"""Requests at the stages that tests start from, brought there by the product's own actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db import connection

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.models import SecretLink
from crosschq.core.security.secret_links import hash_token
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.attention import facts
from requests_app.attention.problems import FoundProblem, found
from requests_app.candidate import nominate
from requests_app.candidate.slots import slots
from requests_app.models import Reference, ReferenceRequest, ReportVersion
from requests_app.reference import responses, survey_questions
from requests_app.reference.responses import AnswerInput
from requests_app.report.versions.record import versions_of
from requests_app.start.start import CandidateInfo, Origin, Owner, ReportReader, start_request
from templates_app.models import Question, QuestionKind
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.factories import make_organization
from tests.requests_app.copies import copied
from tests.templates_app.factories import make_template

TWO_REFERENCES = (
    ReferenceRule(Relationship.MANAGER, count=1, note="From your present or last job"),
    ReferenceRule(Relationship.ANY, count=1),
)
T = TypeVar("T")
NAMES = ("Priya Nair", "Tom Beck", "Ana Ruiz", "Lee Wong")


@dataclass
class RequestScenario:
    """A request and its organization. Reads rows by opening `tenant()` itself."""

    organization: Organization
    reference_request: ReferenceRequest
    paths: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.paths or self.candidate_path

    def reread(self) -> ReferenceRequest:
        with tenant(self.organization):
            rows = ReferenceRequest.objects.select_related("organization", "connection", "version__survey_version")
            self.reference_request = rows.get(pk=self.reference_request.pk)
        return self.reference_request

    def problems(self) -> list[FoundProblem]:
        """All problems of the request now, the most urgent first."""
        with tenant(self.organization):
            return found(facts.read([self.reread()])[0], clock.now())

    def reference(self, number: int = 1) -> Reference:
        """The latest reference in a slot."""
        with tenant(self.organization):
            found: Reference = Reference.objects.filter(reference_request=self.reference_request, slot=number).order_by(
                "id"
            )[::-1][0]
            return found

    def emails(self, kind: str = "") -> list[Message]:
        with tenant(self.organization):
            rows = Message.objects.order_by("id")
            return list(rows.filter(kind=kind) if kind else rows)

    def timeline(self) -> list[str]:
        with tenant(self.organization):
            return list(self.reference_request.timeline.order_by("id").values_list("sentence", flat=True))

    @property
    def candidate_path(self) -> str:
        return self._path(self.reference_request.uid)

    def reference_path(self, number: int = 1) -> str:
        return self._path(self.reference(number).uid)

    def _path(self, uid: UUID) -> str:
        """The newest link sent to a person, even after the email's text is deleted."""
        for email in self.emails():
            if email.to_email and email.about_kind != "report" and email.about_uid and email.text:
                self.paths[email.about_uid] = link_in(email)
        return self.paths[uid]


def version_of(scenario: RequestScenario, number: int = 0) -> ReportVersion:
    """The report's latest version, or the one with this number."""
    with tenant(scenario.organization):
        versions = versions_of(scenario.reread())
        return versions[-number]


def link_in(email: Message) -> str:
    """The path of the secret link in an email."""
    lines = [line for line in email.text.splitlines() if line.startswith("http")]
    return "/" + lines[0].split("/", 3)[3]


def token_in(path: str) -> str:
    return path.split("/")[2]


def link_row(path: str) -> SecretLink:
    return SecretLink.objects.get(token_hash=hash_token(token_in(path)))


class Maker(Protocol):
    def __call__(self, organization: Organization | None = None, **fields: Any) -> RequestScenario: ...


def made_once(make: Callable[..., RequestScenario]) -> Maker:
    """Decorates a function that makes a request in an organization: where possible, later requests are copies."""

    @wraps(make)
    def maker(organization: Organization | None = None, **fields: Any) -> RequestScenario:
        own = organization or make_organization()
        made: list[RequestScenario] = []

        def make_it() -> tuple[int, dict[UUID, str]]:
            made.append(make(own, **fields))
            return made[0].reference_request.pk, made[0].paths

        pk, paths = copied(f"{make.__module__}.{make.__qualname__}", own, fields, make_it, is_new=organization is None)
        if made:
            return made[0]
        scenario = RequestScenario(own, ReferenceRequest(pk=pk), dict(paths))
        scenario.reread()
        return scenario

    return maker


@made_once
def sent_request(
    organization: Organization,
    *,
    connection: Connection | None = None,
    rules: tuple[ReferenceRule, ...] = TWO_REFERENCES,
    candidate: CandidateInfo | None = None,
    readers: tuple[ReportReader, ...] = (),
    ats_job: str = "job-1",
    **template: Any,
) -> RequestScenario:
    """A request that was just sent."""
    version = make_template(organization, rules=rules, **template)
    with tenant(organization):
        reference_request = start_request(
            organization=organization,
            version=version.current,
            candidate=candidate or CandidateInfo("Maya", "Osei", "maya@candidates.example"),
            job_title="Backend Engineer",
            owner=Owner("Dana Ruiz", "dana@acme.example", "The recruiter of the hiring team"),
            origin=Origin(
                connection=connection,
                candidate_id="candidate-1",
                job_id=ats_job,
                sentence="Moved to Crosschq by D. Ruiz, tag “eng”",
            ),
            readers=readers,
        )
    return RequestScenario(organization, reference_request)


@made_once
def waiting_request(organization: Organization, **fields: Any) -> RequestScenario:
    """A request whose references are named and asked."""
    scenario = sent_request(organization, **fields)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        for slot in slots(scenario.reference_request.version):
            name_reference(scenario, slot.number, NAMES[slot.number - 1])
        nominate.send_invitations(scenario.reference_request)
    scenario.reread()
    return scenario


@made_once
def ready_request(organization: Organization, **fields: Any) -> RequestScenario:
    """A request with its report."""
    scenario = waiting_request(organization, **fields)
    for slot in slot_numbers(scenario):
        answer(scenario, slot)
    return scenario


def name_reference(scenario: RequestScenario, number: int, name: str, email: str = "") -> None:
    """Name a reference in a slot. Call inside `tenant()`."""
    slot = slots(scenario.reference_request.version)[number - 1]
    nominate.save_name(scenario.reference_request, slot, name)
    nominate.save_relation(
        scenario.reference_request, slot, relationship="coworker", company="Ledgerly", years="2021 to 2024"
    )
    nominate.save_email(
        scenario.reference_request, slot, email or f"{name.split(maxsplit=1)[0].lower()}@ledgerly.example"
    )


def answer(
    scenario: RequestScenario,
    number: int | None,
    *,
    rating: int | None = 4,
    send: bool = True,
    words: str = "Very good.",
) -> None:
    """Answer all questions as the reference in a slot, or as the candidate (None)."""
    with tenant(scenario.organization):
        reference = None
        if number is not None:
            reference = Reference.objects.filter(reference_request=scenario.reference_request, slot=number).order_by(
                "id"
            )[::-1][0]
            responses.begin(scenario.reference_request, reference, agreed=True, words="")
        questions = survey_questions.questions_for(scenario.reference_request, reference)
        given = {question: answer_input_for(question, rating=rating, words=words) for question in questions}
        responses.save(scenario.reference_request, reference, given)
        if send:
            responses.submit(scenario.reference_request, reference)
    scenario.reread()


def answer_input_for(question: Question, *, rating: int | None = 4, words: str = "Very good.") -> AnswerInput:
    """A valid answer to the question: the first choice, or yes."""
    if question.kind == QuestionKind.RATING:
        return AnswerInput(rating=rating, not_seen=rating is None)
    if question.has_choices:
        return AnswerInput(choices=(1,))
    if question.kind == QuestionKind.YES_NO:
        return AnswerInput(yes_no=True, text=words)
    return AnswerInput(text=words)


def slot_numbers(scenario: RequestScenario) -> list[int]:
    with tenant(scenario.organization):
        return [slot.number for slot in slots(scenario.reference_request.version)]


def in_thread(act: Callable[[], T]) -> T:
    """Run this on the thread's own database connection, and close it."""
    try:
        return act()
    finally:
        connection.close()
