import hashlib
import threading
from dataclasses import replace
from string import Formatter

import pytest
from django.db import connection

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import POINTS, Question, QuestionKind, SurveyVersion
from templates_app.surveys import prohibited_topics, queries
from templates_app.surveys.audience import LONG_SURVEY_MINUTES
from templates_app.surveys.builtin import BUILTIN_SURVEYS, GENERAL, BuiltinSurvey
from templates_app.surveys.queries import choices, current_version, publish_builtin
from tests.factories import make_organization
from tests.patience import SECONDS

# Changed questions need a new number, so that reports show old answers with the questions as they were asked.
PUBLISHED = {
    ("core", 1): "3dbcbbc3711d46e7d213397b0c9a83ce9249c588e44862a6be3d48b58adcc89d",
    ("core", 2): "e510bf6d38fa1ef0b0d7e3c62131f27f17662e12496cc14a53e3b739f6350aaf",
    ("leadership", 1): "7566a131ccbbe9f1addbf5e31a3796abebb9719054ab7195b5d45109c5547525",
    ("leadership", 2): "261075e6b6b9e288d2c88baf166173ea3de0fc7873d9890cd7e9f122d901f02d",
    ("early-career", 1): "a7be255259205ef75a6aadab48c61f9eccf00bab6133e5bac656157af9820d37",
    ("early-career", 2): "a4ade906cb8a1dc97040ea85cdbfb795a56b3b06b7ad8d19c58195aaf26ff2d6",
}
of_each = pytest.mark.parametrize("survey", BUILTIN_SURVEYS.values(), ids=BUILTIN_SURVEYS.keys())


@of_each
def test_the_texts_of_a_version_never_change(survey: BuiltinSurvey) -> None:
    digest = hashlib.sha256(repr(survey.questions).encode()).hexdigest()
    assert PUBLISHED[survey.key, survey.number] == digest


@of_each
def test_each_survey_has_nine_questions_in_nine_minutes_with_open_questions_last(survey: BuiltinSurvey) -> None:
    kinds = [question.kind for question in survey.questions]
    assert len(kinds) == 9
    assert kinds.count(QuestionKind.RATING) >= 5
    assert kinds[-2:] == [QuestionKind.LONG_TEXT] * 2
    assert queries.minutes(survey) <= LONG_SURVEY_MINUTES


@of_each
def test_each_rating_has_five_different_labels(survey: BuiltinSurvey) -> None:
    for question in survey.questions:
        if question.kind == QuestionKind.RATING:
            assert len(set(question.labels)) == POINTS, question.key


@of_each
def test_keys_are_unique_and_each_question_has_its_purpose(survey: BuiltinSurvey) -> None:
    assert len({question.key for question in survey.questions}) == 9
    assert all(question.purpose.endswith(".") for question in survey.questions)


@of_each
def test_no_question_touches_a_prohibited_topic(survey: BuiltinSurvey) -> None:
    for question in survey.questions:
        assert prohibited_topics.topics_in([question.text, question.self_text, *question.labels]) == [], question.key


@of_each
def test_only_questions_for_references_contain_the_name(survey: BuiltinSurvey) -> None:
    for question in survey.questions:
        assert [field for _, field, _, _ in Formatter().parse(question.text) if field is not None] == ["name"]
        assert "{" not in question.self_text
        assert "you" in question.self_text.lower()
        assert "{" not in "".join((question.purpose, *question.labels))


@pytest.mark.django_db
def test_the_select_shows_questions_and_minutes() -> None:
    with tenant(make_organization()):
        assert choices() == [
            ("core", "General survey, 8 minutes"),
            ("leadership", "Leadership survey, 7 minutes"),
            ("early-career", "Early career survey, 8 minutes"),
        ]


@pytest.mark.django_db
def test_publishing_copies_every_question_in_order() -> None:
    organization = make_organization()
    with tenant(organization):
        version = publish_builtin(organization, GENERAL)
        stored = list(Question.objects.filter(version=version))
    assert [question.key for question in stored] == [question.key for question in GENERAL.questions]
    assert [question.position for question in stored] == list(range(1, 10))
    kinds = [*[QuestionKind.RATING] * 6, QuestionKind.YES_NO, *[QuestionKind.LONG_TEXT] * 2]
    assert [question.kind for question in stored] == kinds
    assert [question.comment_allowed for question in stored] == [True] * 7 + [False] * 2
    assert [question.required for question in stored] == [True] * 8 + [False]
    assert stored[0].labels == list(GENERAL.questions[0].labels)
    assert (version.minutes, version.survey.built_in) == (8, True)


@pytest.mark.django_db
def test_a_built_in_survey_is_written_once() -> None:
    organization = make_organization()
    with tenant(organization):
        assert publish_builtin(organization, GENERAL) == current_version(organization, "core")
        assert SurveyVersion.objects.count() == 1
        assert Question.objects.count() == 9


@pytest.mark.django_db
def test_new_texts_create_a_new_version_and_keep_the_old_one() -> None:
    organization = make_organization()
    newer = replace(GENERAL, number=GENERAL.number + 1, questions=GENERAL.questions[:3])
    with tenant(organization):
        old = publish_builtin(organization, GENERAL)
        new = publish_builtin(organization, newer)
        assert (new.survey, new.number) == (old.survey, old.number + 1)
        assert [version.questions.count() for version in (old, new)] == [9, 3]


@pytest.mark.django_db
def test_an_unknown_survey_is_refused() -> None:
    organization = make_organization()
    with tenant(organization), pytest.raises(LookupError):
        current_version(organization, "other")


@pytest.mark.django_db(transaction=True)
def test_concurrent_first_templates_create_one_survey() -> None:
    organization = make_organization()
    together = threading.Barrier(2)

    def first_template(organization: Organization) -> None:
        try:
            with tenant(organization):
                together.wait(SECONDS)
                publish_builtin(organization, GENERAL)
        finally:
            connection.close()

    threads = [threading.Thread(target=first_template, args=[organization]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant(organization):
        assert SurveyVersion.objects.count() == 1
        assert Question.objects.count() == 9


@pytest.mark.parametrize("name", ["Maya", "{name}", "{0}", "Ma{ya", "%s", "O'Neill {x!r}"])
def test_a_name_is_inserted_as_plain_text(name: str) -> None:
    question = Question(text="How did {name} do?", self_text="How did you do?")
    assert question.wording(name) == f"How did {name} do?"
    assert question.wording(name, about_self=True) == "How did you do?"
