"""Each type of question: asked, saved, checked, and shown in the report."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, Response
from requests_app.reference import responses, survey_questions
from requests_app.reference.responses import AnswerInput
from requests_app.report import build
from templates_app.models import Question
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.factories import make_organization
from tests.requests_app.factories import RequestScenario, answer, made_once, sent_request, waiting_request
from tests.requests_app.pages import heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, parsed, press, words
from tests.templates_app.survey_factories import make_survey, values

pytestmark = pytest.mark.django_db
EACH_KIND = (
    values(kind="section", text="About {name} at work", self_text="About you at work"),
    values(kind="rating", text="How was {name}?", comment_allowed=True),
    values(kind="single_choice", text="Which color for {name}?", self_text="Which color?", comment_allowed=True),
    values(kind="multiple_choice", text="Which colors?"),
    values(kind="yes_no", text="Again?", comment_allowed=True),
    values(kind="short_text", text="In a word?"),
    values(kind="long_text", text="In many words?", required=False),
)
FIVE = [values(kind="short_text", text=f"Question {letter}?") for letter in "abcde"]


def job_with(*questions: dict[str, Any], organization: Organization | None = None, **fields: Any) -> RequestScenario:
    return _job_with(organization, questions=questions, **fields)


@made_once
def _job_with(organization: Organization, *, questions: tuple[dict[str, Any], ...], **fields: Any) -> RequestScenario:
    survey = make_survey(organization, *questions, published=True)
    return waiting_request(organization, survey=survey.key, **fields)


def begun(scenario: RequestScenario, phone: Client, number: int = 1) -> str:
    path = scenario.reference_path(number)
    phone.post(path + "start/")
    return path


def saved(scenario: RequestScenario) -> list[Answer]:
    with tenant(scenario.organization):
        return list(Answer.objects.order_by("question__position"))


def save(scenario: RequestScenario, question_text: str, number: int | None, given: AnswerInput) -> None:
    with tenant(scenario.organization):
        reference = scenario.reference(number) if number else None
        if reference:
            responses.begin(scenario.reference_request, reference, agreed=None, words="")
        question = Question.objects.get(text=question_text)
        responses.save(scenario.reference_request, reference, {question: given})


def test_all_types_can_be_answered_on_a_phone_without_scripts() -> None:
    scenario, phone = job_with(*EACH_KIND), Client()
    page = phone.get(begun(scenario, phone) + "questions/1/")
    assert "Question 1 of 6" in text(page)
    assert "About Maya at work" in text(page)
    steps: list[dict[str, Any]] = [
        {"rating": "5", "text": "Yes"},
        {"choice": "2", "text": "Deep"},
        {"choices": "3"},
        {"yes_no": "no", "text": "I moved on"},
        {"text": "Steady"},
        {},
    ]
    for step in steps:
        page = press_and_follow(phone, page, "Save and continue", **step)
        assert "About Maya at work" not in text(page)
    assert heading(page) == "Check your answers"
    for said in ("5, Always", "Green", "Deep", "Blue", "No", "I moved on", "Steady", "Not answered"):
        assert said in text(page)
    kept = [(each.rating, each.choices, each.yes_no, each.text) for each in saved(scenario)]
    assert kept == [
        (5, [], None, "Yes"),
        (None, [2], None, "Deep"),
        (None, [3], None, ""),
        (None, [], False, "I moved on"),
        (None, [], None, "Steady"),
        (None, [], None, ""),
    ]
    press_and_follow(phone, page, "Send reference", own_words="on")
    assert scenario.reference().state == "answered"


def test_multiple_choices_are_kept_in_order_and_shown_again() -> None:
    scenario, phone = job_with(*EACH_KIND), Client()
    path = begun(scenario, phone)
    phone.post(path + "questions/3/", {"choices": ["3", "1"]})
    assert saved(scenario)[0].choices == [1, 3]
    ticked = [
        box.get("value")
        for box in parsed(phone.get(path + "questions/3/")).iter("input")
        if box.get("checked") is not None
    ]
    assert ticked == ["1", "3"]


@pytest.mark.parametrize(
    ("number", "sent", "error"),
    [
        (2, {}, "Choose one of the answers"),
        (2, {"choice": "4"}, "Choose an option from the list for “Which color for Maya?”"),
        (3, {}, "Choose one answer or more"),
        (4, {"text": "It depends"}, "Choose yes or no"),
        (5, {"text": " "}, "Write a few words"),
    ],
)
def test_a_missing_or_invalid_answer_gets_an_error(number: int, sent: dict[str, str], error: str) -> None:
    scenario, phone = job_with(*EACH_KIND), Client()
    page = phone.post(begun(scenario, phone) + f"questions/{number}/", sent)
    assert errors(page) == [error]
    assert saved(scenario) == []


def test_any_input_gets_a_page() -> None:
    scenario, phone = job_with(*EACH_KIND), Client()
    path = begun(scenario, phone)
    for value in ("\x00", "99999999999999999999", "x" * 30_000, "-1", "not_seen", "yes"):
        sent = dict.fromkeys(("rating", "choice", "choices", "yes_no", "text"), value)
        for number in range(1, 8):
            status = phone.post(f"{path}questions/{number}/", sent).status_code
            assert status in (200, 303, 409), (value, number)


@pytest.mark.parametrize(
    "fields",
    [
        {"rating": 3, "choices": [1]},
        {"rating": 3, "yes_no": True},
        {"choices": [1], "yes_no": False},
        {"not_seen": True, "yes_no": True},
        {"not_seen": True, "choices": [2]},
        {"rating": 6},
    ],
)
def test_the_database_refuses_an_answer_of_two_types(fields: dict[str, Any]) -> None:
    scenario = job_with(*EACH_KIND)
    save(scenario, "In a word?", 1, AnswerInput(text="Steady"))
    with tenant(scenario.organization), pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.update(**fields)


def test_an_answer_that_does_not_fit_the_question_is_not_stored() -> None:
    scenario = job_with(*EACH_KIND)
    everything = AnswerInput(rating=2, choices=(2, 9), yes_no=True, text="Words")
    for question in ("Which colors?", "Again?", "In a word?"):
        save(scenario, question, 1, everything)
    kept = [(each.rating, each.choices, each.yes_no, each.text) for each in saved(scenario)]
    assert kept == [(None, [2], None, "Words"), (None, [], True, "Words"), (None, [], None, "Words")]


def test_each_person_gets_only_their_own_questions_and_count() -> None:
    questions = (
        values(kind="short_text", text="For managers?", relationships=["manager"], in_self_reference=False),
        values(
            kind="short_text", text="For peers?", relationships=["coworker", "direct_report"], in_self_reference=False
        ),
        *[values(kind="short_text", text=f"All {letter}?", self_text=f"You {letter}?") for letter in "ab"],
        values(kind="short_text", text="Not for the candidate?", in_self_reference=False),
    )
    manager_and_peer = (ReferenceRule(Relationship.MANAGER, 1), ReferenceRule(Relationship.ANY, 1))
    scenario = job_with(*questions, rules=manager_and_peer)
    with tenant(scenario.organization):
        asked_of = [
            [each.text for each in survey_questions.questions_for(scenario.reference_request, scenario.reference(slot))]
            for slot in (1, 2)
        ]
        of_self = [each.text for each in survey_questions.questions_for(scenario.reference_request, None)]
    assert asked_of[0] == ["For managers?", "All a?", "All b?", "Not for the candidate?"]
    assert asked_of[1] == ["For peers?", "All a?", "All b?", "Not for the candidate?"]
    assert of_self == ["All a?", "All b?"]
    phone = Client()
    assert "There are 4 questions, and they take about 3 minutes" in text(phone.get(scenario.reference_path(1)))
    page = phone.get(begun(scenario, phone, 2) + "questions/1/")
    assert (heading(page), "Question 1 of 4" in text(page)) == ("For peers?", True)
    own = phone.get(scenario.candidate_path + "own-view/1/")
    assert (heading(own), "Question 1 of 2" in text(own)) == ("You a?", True)


def test_without_a_question_for_it_there_is_no_self_reference() -> None:
    scenario = job_with(values(kind="short_text", in_self_reference=False))
    page = text(Client().get(scenario.candidate_path))
    assert "Your self-reference" not in page
    assert Client().get(scenario.candidate_path + "own-view/1/").status_code == 303


def test_an_email_counts_the_questions_of_its_recipient() -> None:
    organization = make_organization()
    only = values(kind="short_text", text="Managers?", relationships=["manager"])
    scenario = job_with(only, values(kind="section"), values(kind="short_text"), organization=organization)
    emails = scenario.emails("reference_invitation")
    assert ["It takes about 2 minutes for 2 questions" in email.text for email in emails] == [True, False]


def test_up_to_five_answers_are_submitted_without_a_review_page() -> None:
    scenario, phone = job_with(*FIVE), Client()
    path = begun(scenario, phone)
    for number in range(1, 5):
        phone.post(path + f"questions/{number}/", {"text": "Fine"})
    page = phone.get(path + "check/")
    assert heading(page) == "Send your answers"
    assert "Fine" not in text(page)
    page = press(phone, page, "Send reference", own_words="on")
    page = phone.get(links(page)["Question 5"])
    page = press_and_follow(phone, page, "Save and continue", text="Fine")
    assert heading(press_and_follow(phone, page, "Send reference", own_words="on")) == "Thank you, Priya"


def test_the_report_counts_choices_with_names_and_separates_the_self_reference() -> None:
    scenario = job_with(*EACH_KIND)
    for number in (1, 2):
        answer(scenario, number, send=False, words="Because")
    save(scenario, "Which colors?", 2, AnswerInput(choices=(1, 3)))
    save(scenario, "Again?", 2, AnswerInput(yes_no=False, text="She moved on"))
    answer(scenario, None, words="My own")
    with tenant(scenario.organization):
        for number in (1, 2):
            responses.submit(scenario.reference_request, scenario.reference(number))
        built = build.build(scenario.reread())
    single, several, again = built.tallies
    assert next((line.label, line.names, line.is_own) for line in single.lines) == (
        "Red",
        ("Priya Nair", "Tom Beck"),
        True,
    )
    assert [(line.label, line.count) for line in several.lines] == [("Red", 2), ("Green", 0), ("Blue", 1)]
    assert [(line.label, line.names) for line in again.lines] == [("Yes", ("Priya Nair",)), ("No", ("Tom Beck",))]
    assert [(each.author, each.rating, each.text, each.is_self) for each in again.quotes] == [
        ("Priya Nair", "Yes", "Because", False),
        ("Tom Beck", "No", "She moved on", False),
        ("Maya Osei", "Yes", "My own", True),
    ]
    assert [each.question for each in built.words] == ["In a word?", "In many words?"]
    assert len(built.ratings) == 1


def test_the_report_says_who_was_asked() -> None:
    questions = (values(text="Managers?", relationships=["manager", "mentor"]), values(text="All?"))
    scenario = job_with(*questions)
    for number in (1, 2):
        answer(scenario, number)
    with tenant(scenario.organization):
        ratings = build.build(scenario.reread()).ratings
    assert [(row.count, "asked only of" in row.note) for row in ratings] == [(1, True), (2, False)]
    assert ratings[0].note.endswith("asked only of: Manager, Mentor")


def test_answers_stay_with_their_survey_version() -> None:
    scenario = job_with(values(kind="single_choice", text="Old?"))
    answer(scenario, 1)
    with tenant(scenario.organization):
        response = Response.objects.get()
        assert response.survey_version == scenario.reference_request.version.survey_version
        assert [each.question.version for each in Answer.objects.all()] == [response.survey_version]


def test_a_survey_of_all_types_takes_no_extra_queries_in_a_report() -> None:
    counts = []
    for questions in (EACH_KIND[1:2], EACH_KIND):
        scenario = job_with(*questions)
        for number in (1, 2):
            answer(scenario, number)
        scenario.reread()
        with tenant(scenario.organization), CaptureQueriesContext(connection) as queries:
            build.build(scenario.reference_request)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_a_new_request_uses_the_newest_version() -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        names = {each.version.survey.name for each in survey_questions.items_of(scenario.reference_request)}
    assert names == {"General survey"}


def test_a_section_is_text_above_its_question_and_not_markup() -> None:
    scenario, phone = (
        job_with(values(kind="section", text="<b>{name}</b>\n\nSecond"), values(kind="short_text")),
        Client(),
    )
    page = phone.get(begun(scenario, phone) + "questions/1/")
    section = next(part for part in parsed(page).iter("div") if part.get("class") == "section-text prose")
    assert words(section) == "<b>Maya</b> Second"
    assert controls(page) == {"text": ""}
