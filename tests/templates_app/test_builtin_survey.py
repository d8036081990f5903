import hashlib
import threading
from string import Formatter

import pytest
from django.db import connection

from crosschq.organizations.models import Organization
from crosschq.organizations.tenancy import tenant
from templates_app import builtin_survey
from templates_app.models import Question, QuestionKind, SurveyVersion
from templates_app.surveys import choices, publish, publish_builtin
from tests.factories import make_organization

# Changed texts need a new NUMBER, or old answers would stand under words that nobody was asked.
PUBLISHED = {1: "781ed50edb0066e812b08e90d21a079b3a457acd69b9d1015daf2f6c34fb1f2a"}


def test_the_texts_of_a_number_never_change() -> None:
    digest = hashlib.sha256(repr(builtin_survey.QUESTIONS).encode()).hexdigest()
    assert PUBLISHED[builtin_survey.NUMBER] == digest


def test_there_are_nine_questions_and_the_two_open_ones_come_last() -> None:
    rated = [bool(question.labels) for question in builtin_survey.QUESTIONS]
    assert rated == [True] * 7 + [False] * 2


def test_each_rating_has_five_points_with_words_of_their_own() -> None:
    for question in builtin_survey.QUESTIONS[:7]:
        assert len(set(question.labels)) == 5, question.key


def test_keys_are_unique() -> None:
    assert len({question.key for question in builtin_survey.QUESTIONS}) == 9


def test_a_reference_reads_the_name_and_the_candidate_does_not() -> None:
    for question in builtin_survey.QUESTIONS:
        assert [field for _, field, _, _ in Formatter().parse(question.text) if field is not None] == ["name"]
        assert "{" not in question.self_text
        assert "you" in question.self_text.lower()
        assert "{" not in "".join((question.purpose, *question.labels))


def test_the_select_says_what_it_costs_a_reference() -> None:
    assert choices() == [("core", "Core survey: 9 questions, about 8 minutes")]


@pytest.mark.django_db
def test_publishing_copies_every_question_in_order() -> None:
    organization = make_organization()
    with tenant(organization):
        version = publish_builtin(organization)
        stored = list(Question.objects.filter(version=version))
    assert [question.key for question in stored] == [question.key for question in builtin_survey.QUESTIONS]
    assert [question.position for question in stored] == list(range(1, 10))
    assert [question.kind for question in stored] == [QuestionKind.RATING] * 7 + [QuestionKind.LONG_TEXT] * 2
    assert [question.comment_allowed for question in stored] == [True] * 7 + [False] * 2
    assert [question.required for question in stored] == [True] * 8 + [False]
    assert stored[0].labels == list(builtin_survey.QUESTIONS[0].labels)
    assert (version.minutes, version.survey.built_in) == (8, True)


@pytest.mark.django_db
def test_publishing_twice_writes_once() -> None:
    organization = make_organization()
    with tenant(organization):
        assert publish_builtin(organization) == publish(organization, "core")
        assert SurveyVersion.objects.count() == 1
        assert Question.objects.count() == 9


@pytest.mark.django_db
def test_new_texts_are_a_new_version_and_leave_the_old_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization()
    with tenant(organization):
        old = publish_builtin(organization)
        monkeypatch.setattr(builtin_survey, "NUMBER", old.number + 1)
        monkeypatch.setattr(builtin_survey, "QUESTIONS", builtin_survey.QUESTIONS[:3])
        new = publish_builtin(organization)
        assert (new.survey, new.number) == (old.survey, old.number + 1)
        assert [version.questions.count() for version in (old, new)] == [9, 3]


@pytest.mark.django_db
def test_an_unknown_survey_is_refused() -> None:
    organization = make_organization()
    with tenant(organization), pytest.raises(LookupError):
        publish(organization, "other")


@pytest.mark.django_db(transaction=True)
def test_two_first_templates_at_once_publish_one_survey() -> None:
    organization = make_organization()
    together = threading.Barrier(2)

    def first_template(organization: Organization) -> None:
        try:
            with tenant(organization):
                together.wait(timeout=10)
                publish_builtin(organization)
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
def test_a_name_is_put_in_as_text_whatever_it_holds(name: str) -> None:
    question = Question(text="How did {name} do?", self_text="How did you do?")
    assert question.wording(name) == f"How did {name} do?"
    assert question.wording(name, about_self=True) == "How did you do?"
