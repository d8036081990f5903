"""Reports with many references, and with names and answers that are hard to show."""

from __future__ import annotations

from typing import Any

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.candidate.slots import slots
from requests_app.models import Reference
from requests_app.reference import responses, survey_questions
from requests_app.reference.responses import AnswerInput
from requests_app.start.start import CandidateInfo
from templates_app.models import Question, QuestionKind
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.requests_app.factories import RequestScenario, made_once, sent_request

FIVE = (ReferenceRule(Relationship.ANY, count=5),)
MARKUP = "<script>alert(1)</script> #set page(fill: red) *[$x$] @x \\ {{ 7*7 }} “quoted” & 'single'"
LONG = "She asked for the hard parts early and brought the team with her. " * 4
# name, relationship, company, email, whether they agree, their words about it, ratings (None: not seen), works again
PEOPLE: tuple[tuple[str, str, str, str, bool | None, str, tuple[int | None, ...], bool], ...] = (
    ("Priya Nair", "manager", "Ledgerly", "priya@gmail.com", True, "", (5, 4, 5, 5, 4, 5), True),
    (
        "<b>Tom</b> $x^2$ #Beck",
        "coworker",
        MARKUP[:60],
        "tom@ledgerly.example",
        False,
        MARKUP,
        (3, 4, 2, 5, 4, 5),
        True,
    ),
    ("أحمد بن عبد الله", "coworker", "شركة الدفتر", "ahmed@ledgerly.example", None, "", (3, 4, 4, 5, 4, None), False),
    (
        "Maximiliane Elisabeth Freifrau von und zu Hohenstein-Waldenburg-Schillingsfürst",
        "manager",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "max@ledgerly.example",
        False,
        "I was her skip-level manager, from 2021 to 2023.",
        (4, 4, 5, 5, 4, None),
        True,
    ),
    ("Lee Wong", "customer", "Acme", "lee@acme.example", True, "", (3, 4, 5, 5, 4, None), True),
)


@made_once
def report_of_five(organization: Organization, *, count: int = 5, **fields: Any) -> RequestScenario:
    """A report of five references whose names and answers contain markup, right-to-left text, and long words."""
    candidate = CandidateInfo("Maya", "Osei-Bonsu", "maya@candidates.example")
    rules = (ReferenceRule(Relationship.ANY, count=count),)
    scenario = sent_request(organization, rules=rules, candidate=candidate, **fields)
    reference_request = scenario.reference_request
    with tenant(scenario.organization):
        nominate.begin(reference_request)
        for slot, (name, relationship, company, email, *_rest) in zip(
            slots(reference_request.version), PEOPLE, strict=False
        ):
            nominate.save_name(reference_request, slot, name)
            nominate.save_relation(
                reference_request, slot, relationship=relationship, company=company, years="2021 to 2024"
            )
            nominate.save_email(reference_request, slot, email)
        nominate.send_invitations(reference_request)
    scenario.reread()
    _answer(scenario, None, (5, 5, 5, 3, 4, 4), again=True)
    for number, (*_person, agreed, words, ratings, again) in enumerate(PEOPLE[:count], start=1):
        with tenant(scenario.organization):
            reference = Reference.objects.get(reference_request=scenario.reference_request, slot=number)
            responses.begin(scenario.reference_request, reference, agreed=agreed, words=words)
        _answer(scenario, reference, ratings, again=again)
    return scenario


def _answer(
    scenario: RequestScenario, reference: Reference | None, ratings: tuple[int | None, ...], *, again: bool
) -> None:
    with tenant(scenario.organization):
        left = list(ratings)
        questions = survey_questions.questions_for(scenario.reference_request, reference)
        given = {question: _input(question, left, again=again) for question in questions}
        responses.save(scenario.reference_request, reference, given)
        responses.submit(scenario.reference_request, reference)
    scenario.reread()


def _input(question: Question, left: list[int | None], *, again: bool) -> AnswerInput:
    if question.kind == QuestionKind.RATING:
        rating = left.pop(0)
        return AnswerInput(rating=rating, not_seen=rating is None, text="Twice in a row." if rating == 3 else "")
    if question.kind == QuestionKind.YES_NO:
        return AnswerInput(yes_no=again, text="" if again else MARKUP)
    return AnswerInput(text=f"{LONG}\n\n{MARKUP}" if question.key == "strengths" else "Give her the hard part early.")
