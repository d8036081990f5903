"""Adding, editing and arranging questions without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import DraftQuestion, QuestionKind, Survey
from templates_app.surveys import draft_questions
from tests.extent import in_full
from tests.templates_app.browsing import controls, errors, parsed, press, words
from tests.templates_app.survey_factories import drafted, make_survey, values

pytestmark = pytest.mark.django_db


def url(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"surveys:{name}", args=[organization.slug, *args])


def text(response: Any) -> str:
    return words(next(parsed(response).iter("main")))


def save_new(browser: Client, survey: Survey, kind: str, **typed: str) -> Any:
    page = browser.get(url(survey.organization, "add_question", survey.uid, kind))
    return press(browser, page, saving(kind), **typed)


def saving(kind: str) -> str:
    return "Save text" if kind == QuestionKind.SECTION else "Save question"


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("rating", {"point_1": "Bad", "point_5": "Good"}, {"comment_allowed": True, "required": True}),
        (
            "single_choice",
            {"choices": "Red\r\n\r\n Green \r\nBlue", "comment_allowed": ""},
            {"labels": ["Red", "Green", "Blue"]},
        ),
        ("multiple_choice", {"choices": "A\nB", "required": ""}, {"labels": ["A", "B"], "required": False}),
        ("yes_no", {"purpose": "Why"}, {"comment_allowed": True, "purpose": "Why"}),
        ("short_text", {"relationships": "mentor"}, {"relationships": ["mentor"]}),
        ("long_text", {"in_self_reference": "", "self_text": ""}, {"in_self_reference": False, "self_text": ""}),
        ("section", {}, {"required": False, "comment_allowed": False}),
    ],
)
def test_a_question_of_each_type_can_be_added_and_edited(
    acme: Organization, browser: Client, kind: str, typed: dict[str, str], stored: dict[str, Any]
) -> None:
    survey = make_survey(acme)
    sent = {"text": "How was {name}?", "self_text": "How were you?", **typed}
    answer = save_new(browser, survey, kind, **sent)
    assert answer.status_code == 302, errors(answer)
    (question,) = drafted(survey)
    assert (question.kind, question.text) == (kind, "How was {name}?")
    assert {name: getattr(question, name) for name in stored} == stored
    page = browser.get(url(acme, "question", survey.uid, question.uid))
    again = press(browser, page, saving(kind), text="Once more?")
    assert again.status_code == 302, errors(again)
    (changed,) = drafted(survey)
    assert draft_questions.values_of(changed, text="") == draft_questions.values_of(question, text="")


@pytest.mark.parametrize(
    ("kind", "typed", "error"),
    [
        ("long_text", {"text": " "}, "Enter the question."),
        ("section", {"text": ""}, "Enter the text."),
        ("long_text", {"self_text": ""}, "Enter the question for the candidate, or uncheck “Also ask the candidate”."),
        ("long_text", {"text": "How is {candidate}?"}, "Only {name} can be in braces"),
        ("long_text", {"text": "How is {name?"}, "Only {name} can be in braces"),
        ("long_text", {"self_text": "How is {name}?"}, "Address the candidate as “you”"),
        ("long_text", {"text": "x" * 1001}, "Use 1000 characters or fewer. There are 1001 now."),
        ("rating", {"point_2": ""}, "Enter a label for point 2."),
        ("single_choice", {"choices": "One"}, "Enter 2 to 12 choices, one per line. There are 1 now."),
        ("single_choice", {"choices": "\n".join("abcdefghijklm")}, "There are 13 now."),
        ("single_choice", {"choices": "One\none"}, "Two of the choices are the same."),
        ("single_choice", {"choices": f"{'x' * 121}\nb"}, "Use 120 characters or fewer"),
        ("short_text", {"relationships": "cousin"}, "cousin"),
    ],
)
def test_invalid_questions_get_an_error_and_keep_the_input(
    acme: Organization, browser: Client, kind: str, typed: dict[str, str], error: str
) -> None:
    survey = make_survey(acme)
    sent = {"text": "How was it?", "self_text": "How is it?", "choices": "A\nB", **typed}
    if kind not in ("single_choice", "multiple_choice"):
        del sent["choices"]
    answer = save_new(browser, survey, kind, **sent)
    assert error in errors(answer)[0]
    assert controls(answer)["text"] == sent["text"]
    assert drafted(survey) == []


FIELDS = (
    "text",
    "self_text",
    "choices",
    "point_1",
    "point_5",
    "relationships",
    "in_self_reference",
    "acknowledged",
    "kept_reason",
    "purpose",
    "name",
    "start",
    "act",
)
HARD = ("", "\0", "x" * 30_000)
ODD = ("\u202e{name}", "{{ 7 * 7 }}", "{", "}", "{}", "<b>", "ill,\n" * 20, "é" * 2_000)


@pytest.mark.in_full
@pytest.mark.parametrize("kind", QuestionKind.values)
def test_any_input_for_a_question_gets_a_page(acme: Organization, browser: Client, kind: str) -> None:
    survey = make_survey(acme, values(kind))
    (question,) = drafted(survey)
    for value in (*HARD, *ODD) if in_full() else HARD:
        sent = dict.fromkeys(FIELDS, value)
        for page in (url(acme, "add_question", survey.uid, kind), url(acme, "question", survey.uid, question.uid)):
            assert browser.post(page, sent).status_code in (200, 302), (page, value)


@pytest.mark.in_full
def test_any_input_for_a_survey_gets_a_page(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values())
    (question,) = drafted(survey)
    pages = [url(acme, name, survey.uid) for name in ("guard", "rename")]
    pages += [url(acme, "arrange", survey.uid, question.uid), url(acme, "new")]
    for value in (*HARD, *ODD) if in_full() else HARD:
        sent = dict.fromkeys(FIELDS, value)
        for page in pages:
            assert browser.post(page, sent).status_code in (200, 302), (page, value)


def test_a_prohibited_topic_needs_a_reason(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme)
    answer = save_new(browser, survey, "long_text", text="Was {name} ill?", self_text="How are you?")
    assert errors(answer) == ["Reword the question, or enter a reason to ask it anyway."]
    assert "Illness and sick leave are protected" in text(answer)
    assert "Ask how often they delivered what was agreed, on time." in text(answer)
    # A reason for one topic doesn't cover another topic.
    other = press(browser, answer, "Save question", text="Is {name} married or ill?", kept_reason="Required by law")
    assert "Marriage, children" in text(other)
    assert press(browser, other, "Save question").status_code == 302
    (question,) = drafted(survey)
    assert question.kept_reason == "Required by law"
    with tenant(acme):
        entry = AuditEntry.objects.get(action="survey.keep_question")
    assert entry.after == {
        "survey": "Own survey",
        "question": "Is {name} married or ill?",
        "topics": ["Health", "Family and private life"],
        "reason": "Required by law",
    }
    assert "kept because “Required by law”" in text(browser.get(url(acme, "edit", survey.uid)))
    page = browser.get(url(acme, "question", survey.uid, question.uid))
    press(browser, page, "Save question", text="How was it?")
    assert drafted(survey)[0].kept_reason == ""


def test_a_reason_counts_only_after_the_warning_was_shown(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme)
    sent = {"text": "Ill?", "self_text": "Ill?", "kept_reason": "Because"}
    answer = browser.post(url(acme, "add_question", survey.uid, "long_text"), sent)
    assert "Illness and sick leave are protected" in text(answer)
    assert drafted(survey) == []


def test_the_warning_appears_while_typing(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme)
    path = url(acme, "guard", survey.uid)
    note = browser.post(path, {"text": "Fine?", "point_3": "Often ill", "kept_reason": "By law"}).content.decode()
    assert "Illness and sick leave are protected" in note
    assert "By law</textarea>" in note
    assert browser.post(path, {"text": "How was the work?\0"}).content.decode().strip() == ""
    assert drafted(survey) == []


def test_questions_are_arranged_by_buttons(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, *(values(text=letter) for letter in "abc"))
    for letter, act in (("c", "up"), ("a", "down"), ("b", "remove"), ("c", "duplicate"), ("c", "nonsense")):
        question = next(each for each in drafted(survey) if each.text == letter)
        answer = browser.post(url(acme, "arrange", survey.uid, question.uid), {"act": act})
        assert answer.status_code == 302
    assert [question.text for question in drafted(survey)] == ["c", "c", "a"]


def test_a_removed_question_is_not_found(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values())
    (question,) = drafted(survey)
    with tenant(acme):
        draft_questions.remove(question=DraftQuestion.objects.get(pk=question.pk))
    assert browser.get(url(acme, "question", survey.uid, question.uid)).status_code == 404
    assert browser.post(url(acme, "arrange", survey.uid, question.uid), {"act": "up"}).status_code == 404
