"""Drafts and versions of surveys, and the templates that use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import RequestState
from templates_app.models import DraftQuestion, Question, QuestionKind, Survey, SurveyItem, SurveyVersion
from templates_app.request_templates.edit import delete_template, edit_template
from templates_app.request_templates.template_input import as_input
from templates_app.surveys import draft_questions, edit, queries
from templates_app.surveys.audience import SELF, max_minutes, minutes_of, pages_for
from templates_app.surveys.builtin import GENERAL
from tests.factories import make_organization
from tests.patience import SECONDS
from tests.templates_app.factories import make_request, make_template
from tests.templates_app.survey_factories import make_survey, values

pytestmark = pytest.mark.django_db


def texts(survey: Survey) -> list[str]:
    return [question.text for question in draft_questions.list_for(survey)]


def item(**fields: Any) -> DraftQuestion:
    return DraftQuestion(**values(**fields))


def test_a_section_is_shown_with_the_first_question_after_it_that_a_person_gets() -> None:
    items = [
        item(kind="section", text="Work"),
        item(text="Managers only", relationships=["manager"], in_self_reference=False),
        item(text="All"),
        item(kind="section", text="Nothing in it for a mentor"),
        item(text="Peers only", relationships=["coworker"], in_self_reference=False),
        item(kind="section", text="End"),
        item(text="Last"),
    ]

    def seen(who: str) -> list[tuple[str, str]]:
        return [(page.section.text if page.section else "", page.question.text) for page in pages_for(items, who)]

    assert seen("manager") == [("Work", "Managers only"), ("", "All"), ("End", "Last")]
    assert seen("coworker") == [("Work", "All"), ("Nothing in it for a mentor", "Peers only"), ("End", "Last")]
    assert seen("mentor") == seen(SELF) == [("Work", "All"), ("End", "Last")]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"kind": "rating"}, 7),
        ({"kind": "rating", "comment_allowed": True}, 52),
        ({"kind": "multiple_choice"}, 7),
        ({"kind": "yes_no", "comment_allowed": True}, 52),
        ({"kind": "short_text"}, 45),
        ({"kind": "long_text"}, 45),
    ],
)
def test_minutes_count_7_seconds_per_choice_and_45_per_text(fields: dict[str, Any], seconds: int) -> None:
    sixty = [item(**fields) for _ in range(60)]
    assert minutes_of(sixty) == seconds


def test_the_minutes_of_a_survey_are_those_of_its_longest_audience() -> None:
    items = [item(kind="long_text")] * 2 + [
        item(kind="long_text", relationships=["mentor"], in_self_reference=False)
    ] * 4
    assert max_minutes(items) == minutes_of(items) == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "rating", "labels": ["1", "2", "3", "4"]},
        {"kind": "single_choice", "labels": ["only one"]},
        {"kind": "multiple_choice", "labels": [str(number) for number in range(13)]},
        {"kind": "yes_no", "labels": ["maybe"]},
        {"kind": "long_text", "comment_allowed": True},
        {"kind": "section", "required": True},
        {"kind": "slider"},
        {"text": ""},
        {"self_text": "", "in_self_reference": True},
    ],
)
@pytest.mark.parametrize("published", [False, True])
def test_the_database_refuses_invalid_questions(acme: Organization, fields: dict[str, Any], published: bool) -> None:
    survey = make_survey(acme)
    with tenant(acme):
        row: SurveyItem
        if published:
            version = SurveyVersion.objects.create(organization=acme, survey=survey, number=1, minutes=1)
            row = Question(organization=acme, version=version, **values(**fields))
        else:
            row = DraftQuestion(organization=acme, survey=survey, **values(**fields, position=9))
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_later_edits_do_not_change_a_published_version(acme: Organization) -> None:
    survey = make_survey(acme, values(text="First?"), values(text="Second?"))
    with tenant(acme):
        first = edit.publish(survey=survey, actor=None).version
        question = draft_questions.list_for(survey)[0]
        draft_questions.change(question=question, actor=None, values={"text": "Other?"})
        second = edit.publish(survey=survey, actor=None).version
        asked = [[each.text for each in Question.objects.filter(version=version)] for version in (first, second)]
        keys = [[each.key for each in Question.objects.filter(version=version)] for version in (first, second)]
        assert asked == [["First?", "Second?"], ["Other?", "Second?"]]
        assert keys[0] == keys[1]
        assert (first.number, second.number) == (1, 2)
        assert AuditEntry.objects.filter(action="survey.publish").count() == 2


def test_publishing_without_changes_writes_nothing(acme: Organization) -> None:
    survey = make_survey(acme, values(), published=True)
    with tenant(acme):
        again = edit.publish(survey=survey, actor=None)
        assert (again.is_new, again.version.number) == (False, 1)
        assert SurveyVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("questions", "problem"),
    [
        ([], "There are no questions yet"),
        ([values(kind="section")], "There are no questions yet"),
        ([values(), values(kind="section")], "ends with a section text"),
        ([values(relationships=["manager", "mentor"])], "no questions: Direct report, Coworker or peer, Customer"),
    ],
)
def test_an_incomplete_survey_is_not_published(
    acme: Organization, questions: list[dict[str, Any]], problem: str
) -> None:
    survey = make_survey(acme, *questions)
    with tenant(acme):
        with pytest.raises(edit.NotReady) as refused:
            edit.publish(survey=survey, actor=None)
        assert problem in refused.value.problems[0]
        assert not SurveyVersion.objects.exists()


def test_templates_use_the_new_version_and_open_requests_keep_theirs(acme: Organization) -> None:
    survey = make_survey(acme, values(text="Old?"), published=True)
    template = make_template(acme, survey=survey.key, position="Engineer")
    other = make_template(acme)
    reference_request = make_request(template, state=RequestState.SENT)
    with tenant(acme):
        draft_questions.add(survey=survey, actor=None, values=values(text="New?", position=None))
        published = edit.publish(survey=survey, actor=None)
        assert published.templates == (template,)
        current = template.current
        assert (current.number, current.survey_version, current.position) == (2, published.version, "Engineer")
        assert as_input(current).survey == survey.key
        reference_request.refresh_from_db()
        assert reference_request.version.survey_version.number == 1
        assert other.current.number == 1


def test_saving_a_template_uses_the_newest_version_of_a_built_in_survey(acme: Organization) -> None:
    template = make_template(acme)
    with tenant(acme):
        SurveyVersion.objects.filter(survey__key=GENERAL.key).update(number=7)
        version = edit_template(template=template, actor=None, template_input=as_input(template.current))
        assert (version.number, version.survey_version.number) == (2, GENERAL.number)


def test_discarding_changes_resets_the_draft_to_the_published_version(acme: Organization) -> None:
    survey = make_survey(acme, values(text="Kept?"), published=True)
    with tenant(acme):
        draft_questions.add(survey=survey, actor=None, values=values(text="Dropped?", position=None))
        edit.discard_changes(survey=survey, actor=None)
        assert texts(survey) == ["Kept?"]
        assert edit.publish(survey=survey, actor=None).is_new is False


def test_questions_are_moved_copied_and_removed(acme: Organization) -> None:
    survey = make_survey(acme, *(values(text=text) for text in "abc"))
    with tenant(acme):
        a, b, c = draft_questions.list_for(survey)
        draft_questions.move(question=c, by=-1)
        draft_questions.move(question=a, by=-1)
        assert texts(survey) == ["a", "c", "b"]
        twin = draft_questions.duplicate(question=a)
        assert texts(survey) == ["a", "a", "c", "b"]
        assert twin.key != a.key
        draft_questions.remove(question=b)
        draft_questions.move(question=c, by=1)
        assert [(each.position, each.text) for each in draft_questions.list_for(survey)] == [
            (1, "a"),
            (2, "a"),
            (3, "c"),
        ]


def test_a_survey_has_at_most_sixty_questions(acme: Organization) -> None:
    survey = make_survey(acme, *[values()] * draft_questions.MAX_ITEMS)
    with tenant(acme), pytest.raises(draft_questions.TooManyQuestions):
        draft_questions.add(survey=survey, actor=None, values=values(position=None))


def test_a_survey_in_use_is_not_deleted(acme: Organization) -> None:
    survey = make_survey(acme, values(), published=True)
    template = make_template(acme, survey=survey.key)
    with tenant(acme):
        with pytest.raises(edit.InUse) as refused:
            edit.delete_survey(survey=survey, actor=None)
        assert refused.value.templates == (template,)
        delete_template(template=template, actor=None)
        with pytest.raises(edit.InUse):  # it can still be restored
            edit.delete_survey(survey=survey, actor=None)


def test_a_deleted_survey_cannot_be_chosen_and_frees_its_name(acme: Organization) -> None:
    survey = make_survey(acme, values(), name="Sales", published=True)
    with tenant(acme):
        assert survey.key in dict(queries.choices())
        edit.delete_survey(survey=survey, actor=None)
        edit.delete_survey(survey=survey, actor=None)
        assert survey.key not in dict(queries.choices())
        with pytest.raises(queries.NoSuchSurvey):
            queries.current_version(acme, survey.key)
        assert AuditEntry.objects.filter(action="survey.delete").count() == 1
    make_survey(acme, name="Sales")


@pytest.mark.parametrize("name", ["sales", "General survey", "LEADERSHIP survey"])
def test_two_surveys_cannot_have_the_same_name(acme: Organization, name: str) -> None:
    make_survey(acme, values(), name="Sales")
    with tenant(acme), pytest.raises(edit.NameTaken):
        edit.create_survey(organization=acme, actor=None, name=name)


def test_a_double_click_creates_one_survey(acme: Organization) -> None:
    one, two = (make_survey(acme, name="Sales") for _ in range(2))
    assert one == two


def test_copies_get_a_free_name(acme: Organization) -> None:
    with tenant(acme):
        copies = [
            edit.duplicate_survey(organization=acme, actor=None, name="General survey", start=GENERAL.rows())
            for _ in range(2)
        ]
        assert [copy.name for copy in copies] == ["General survey, copy", "General survey, copy 2"]
        assert texts(copies[1]) == [question.text for question in GENERAL.questions]


def test_only_published_surveys_can_be_chosen_and_sections_take_no_time(acme: Organization) -> None:
    make_survey(acme, values(), name="Draft")
    make_survey(acme, values(kind="section"), values(kind=QuestionKind.LONG_TEXT), name="Sales", published=True)
    with tenant(acme):
        assert [text for _, text in queries.choices()[3:]] == ["Sales, 1 minute"]


@pytest.mark.django_db(transaction=True)
def test_concurrent_publishing_and_saving_of_templates_succeeds() -> None:
    acme = make_organization()
    survey = make_survey(acme, values(), published=True)
    template = make_template(acme, survey=survey.key)
    with tenant(acme):
        draft_questions.add(survey=survey, actor=None, values=values(position=None))
    together = Barrier(6)

    def act(number: int) -> None:
        try:
            together.wait(SECONDS)
            with tenant(acme):
                if number % 2:
                    wanted = replace(as_input(template.current), description=f"By {number}")
                    edit_template(template=template, actor=None, template_input=wanted)
                else:
                    edit.publish(survey=survey, actor=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(6)))
    with tenant(acme):
        assert SurveyVersion.objects.filter(survey=survey).count() == 2
        assert template.current.survey_version.number == 2
        assert template.current.number == template.versions.count() >= 4
