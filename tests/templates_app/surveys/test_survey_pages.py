"""The survey pages, used without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Answer, RequestState, Response
from templates_app.models import Survey
from templates_app.surveys import draft_questions, edit
from tests.factories import make_member, signed_in
from tests.templates_app.browsing import controls, errors, parsed, press, tables, words
from tests.templates_app.factories import make_request, make_template
from tests.templates_app.survey_factories import make_survey, values

pytestmark = pytest.mark.django_db
DASH = "\N{EN DASH}"


def url(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"surveys:{name}", args=[organization.slug, *args])


def text(response: Any) -> str:
    return words(next(parsed(response).iter("main")))


def test_the_list_shows_built_in_and_own_surveys(acme: Organization, browser: Client) -> None:
    assert "No surveys of your own yet" in text(browser.get(url(acme, "list")))
    survey = make_survey(acme, values(), values(kind="section"), values(kind="long_text"), name="Sales", published=True)
    make_survey(acme, name="Empty")
    make_template(acme, survey=survey.key, name="Engineering")
    with tenant(acme):
        draft_questions.move(question=draft_questions.list_for(survey)[0], by=1)
    own, built_in = tables(browser.get(url(acme, "list")))
    assert [row[:5] for row in own[1:]] == [
        ["Empty Draft, not published yet", "0", "0", DASH, DASH],
        ["Sales Version 1, with unpublished changes", "2", "1", "Engineering", DASH],
    ]
    assert [row[0].partition(" survey")[0] for row in built_in[1:]] == ["General", "Leadership", "Early career"]
    assert [row[1:3] for row in built_in[1:]] == [["9", "8"], ["9", "7"], ["9", "8"]]


def test_drop_off_is_shown_once_there_are_twenty_responses(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), published=True)
    template = make_template(acme, survey=survey.key)

    def answered(count: int, *, state: RequestState, sent: bool) -> None:
        for _ in range(count):
            reference_request = make_request(template, state=state)
            with tenant(acme):
                version = reference_request.version.survey_version
                sent_at = clock.now() if sent else None
                Response.objects.create(
                    organization=acme, reference_request=reference_request, survey_version=version, submitted_at=sent_at
                )

    answered(15, state=RequestState.READY, sent=True)
    answered(4, state=RequestState.EXPIRED, sent=False)
    answered(9, state=RequestState.WAITING_FOR_REFERENCES, sent=False)
    assert tables(browser.get(url(acme, "list")))[0][1][4] == DASH
    answered(1, state=RequestState.CLOSED_EARLY, sent=False)
    assert tables(browser.get(url(acme, "list")))[0][1][4] == "25 %"


def test_question_statistics_are_shown_once_there_are_twenty_responses(acme: Organization, browser: Client) -> None:
    texts = ("First?", "Second?", "Third?")
    survey = make_survey(acme, *(values(kind="short_text", text=text) for text in texts), published=True)
    template = make_template(acme, survey=survey.key)
    begun = clock.now()

    def sit(count: int, *answers_after: int, state: RequestState = RequestState.READY, sent: bool = True) -> None:
        """Answer the questions in order, each after this many seconds."""
        for _ in range(count):
            reference_request = make_request(template, state=state)
            with tenant(acme):
                response = Response.objects.create(
                    organization=acme,
                    reference_request=reference_request,
                    survey_version=reference_request.version.survey_version,
                    submitted_at=begun if sent else None,
                )
                at = begun
                for question, seconds in zip(response.survey_version.questions.all(), answers_after, strict=False):
                    at += timedelta(seconds=seconds)
                    Answer.objects.create(
                        organization=acme, response=response, question=question, text="Yes", saved_at=at
                    )

    page = url(acme, "read", survey.key)
    sit(10, 0, 30, 50)
    sit(5, 0, 40, 7200)  # away for two hours
    sit(4, 0, state=RequestState.EXPIRED, sent=False)
    assert tables(browser.get(page)) == []
    sit(3, 0, state=RequestState.WAITING_FOR_REFERENCES, sent=False)
    (rows,) = tables(browser.get(page))
    assert rows[0] == ["Question", "Answered", "Left after", "Median", "Estimate"]
    assert rows[1:] == [
        ["1. First?", "22", "4", DASH, "45 s"],
        ["2. Second?", "15", "0", "30 s", "45 s"],
        ["3. Third?", "15", "0", "50 s", "45 s"],
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RECRUITER])
def test_members_who_cannot_change_surveys_can_read_them(acme: Organization, client: Client, role: Role) -> None:
    survey = make_survey(acme, values(text="How is {name}?"), published=True)
    reader = signed_in(client, make_member(acme, role))
    listed = reader.get(url(acme, "list")).content.decode()
    assert "/edit/" not in listed
    assert "/duplicate/" not in listed
    page = reader.get(url(acme, "read", survey.key))
    assert "How is the candidate?" in text(page)
    assert "Duplicate" not in text(page)
    assert "For most roles" in text(reader.get(url(acme, "read", "core")))


def test_only_admins_can_preview_a_draft(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(text="Secret?"))
    path = reverse("survey_preview:page", args=[acme.slug, survey.key, 1])
    page = browser.get(path, {"of": "draft"})
    assert "Secret?" in text(page)
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self';" in page["Content-Security-Policy"] + ";"
    viewer = signed_in(Client(), make_member(acme, Role.VIEWER))
    assert viewer.get(path, {"of": "draft"}).status_code == 404


def test_a_preview_can_be_completed_and_saves_nothing(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(relationships=["mentor"]), values(kind="yes_no", comment_allowed=True))
    path = reverse("survey_preview:page", args=[acme.slug, survey.key, 1])
    assert "Question 1 of 1" in text(browser.get(path, {"of": "draft"}))
    page = browser.get(path, {"of": "draft", "as": "mentor"})
    assert "How is Alex?" in text(page)
    assert errors(browser.post(path + "?of=draft&as=mentor")) != []
    onward = browser.post(path + "?of=draft&as=mentor", {"rating": "3"})
    assert onward["Location"].endswith("/preview/2/?as=mentor&of=draft")
    end = browser.get(onward["Location"].replace("/2/", "/3/"))
    assert "End of the preview" in text(end)
    with tenant(acme):
        assert not Response.objects.exists()
    not_for_candidates = make_survey(acme, values(in_self_reference=False), name="Not for the candidate")
    path = reverse("survey_preview:page", args=[acme.slug, not_for_candidates.key, 1])
    assert "No questions for this person" in text(browser.get(path, {"of": "draft", "as": "self"}))


def test_a_survey_starts_as_a_copy_or_empty(acme: Organization, browser: Client) -> None:
    page = browser.get(url(acme, "new"))
    assert errors(press(browser, page, "Create survey")) == ["Enter a name for the survey."]
    assert press(browser, page, "Create survey", name="Empty").status_code == 302
    assert press(browser, page, "Create survey", name="Leaders", start="leadership").status_code == 302
    assert errors(press(browser, page, "Create survey", name="leaders")) == [
        "A survey with this name already exists. Choose another name."
    ]
    with tenant(acme):
        counts = {survey.name: survey.draft.count() for survey in Survey.objects.filter(built_in=False)}
    assert counts == {"Empty": 0, "Leaders": 9}


def test_built_in_surveys_can_be_copied_but_not_edited(acme: Organization, browser: Client) -> None:
    make_template(acme)
    with tenant(acme):
        kept = Survey.objects.get(key="core")
    for name in ("edit", "rename", "delete"):
        assert browser.get(url(acme, name, kept.uid)).status_code == 404
    assert browser.post(url(acme, "duplicate", "core")).status_code == 302
    with tenant(acme):
        assert Survey.objects.get(built_in=False).name == "General survey, copy"


def test_a_survey_of_more_than_nine_minutes_gets_a_warning(acme: Organization, browser: Client) -> None:
    twelve, thirteen = ([values(kind="long_text")] * count for count in (12, 13))
    fine, long = make_survey(acme, *twelve, name="Fine"), make_survey(acme, *thirteen, name="Long")
    assert "more than 9 minutes" not in text(browser.get(url(acme, "edit", fine.uid)))
    assert "It takes more than 9 minutes" in text(browser.get(url(acme, "edit", long.uid)))


def test_publishing_reports_problems_and_then_the_templates_that_use_the_survey(
    acme: Organization, browser: Client
) -> None:
    survey = make_survey(acme, values(relationships=["manager"]))
    answer = browser.post(url(acme, "publish", survey.uid))
    assert "Some references would get no question" in text(answer)
    with tenant(acme):
        draft_questions.add(survey=survey, actor=None, values=values(position=None))
    page = browser.post(url(acme, "publish", survey.uid), follow=True)
    assert "Version 1 was published. Choose the survey in a template to use it." in text(page)
    template = make_template(acme, survey=survey.key, name="Engineering")
    make_request(template)
    with tenant(acme):
        draft_questions.duplicate(question=draft_questions.list_for(survey)[0])
    page = browser.get(url(acme, "edit", survey.uid))
    assert "Used by: Engineering. 1 open request keeps the version it started with." in text(page)
    page = browser.post(url(acme, "publish", survey.uid), follow=True)
    assert "Version 2 was published. 1 template now uses it" in text(page)
    old = browser.get(url(acme, "read", survey.key), {"version": "1"})
    assert "This is version 1" in text(old)
    page = browser.post(url(acme, "publish", survey.uid), follow=True)
    assert "Nothing has changed since version 2." in text(page)


def test_changes_can_be_discarded(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(text="Kept?"), published=True)
    with tenant(acme):
        draft_questions.duplicate(question=draft_questions.list_for(survey)[0])
    assert "Unpublished changes" in text(browser.get(url(acme, "edit", survey.uid)))
    page = browser.post(url(acme, "discard", survey.uid), follow=True)
    assert "Everything is published." in text(page)


def test_deleting_a_survey_in_use_lists_its_templates(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), name="Sales", published=True)
    make_template(acme, survey=survey.key, name="Engineering")
    for answer in (browser.get(url(acme, "delete", survey.uid)), browser.post(url(acme, "delete", survey.uid))):
        assert "This survey is in use" in text(answer)
        assert "Engineering" in text(answer)
    with tenant(acme):
        assert Survey.objects.get(key=survey.key).deleted_at is None


def test_an_unused_survey_can_be_deleted(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), name="Sales")
    page = browser.get(url(acme, "delete", survey.uid))
    answer = press(browser, page, "Delete survey")
    assert "Sales was deleted." in text(browser.get(answer["Location"]))
    assert browser.post(url(acme, "delete", survey.uid)).status_code == 302
    assert browser.get(url(acme, "edit", survey.uid)).status_code == 404
    assert browser.get(url(acme, "read", survey.key)).status_code == 404


def test_a_survey_can_be_renamed(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, name="Sales")
    make_survey(acme, name="Taken")
    page = browser.get(url(acme, "rename", survey.uid))
    assert errors(press(browser, page, "Save name", name="TAKEN")) == [
        "A survey with this name already exists. Choose another name."
    ]
    assert press(browser, page, "Save name", name="Field sales").status_code == 302
    assert "Field sales" in text(browser.get(url(acme, "edit", survey.uid)))


def test_the_input_is_kept_if_the_survey_is_deleted_meanwhile(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), published=True)
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    with tenant(acme):
        edit.delete_survey(survey=survey, actor=None)
    answer = press(browser, page, "Create Template", name="Engineering", ats_tag="eng", survey=survey.key)
    assert errors(answer) == ["Choose a survey."]
    assert controls(answer)["name"] == "Engineering"


def test_the_number_of_queries_does_not_depend_on_the_number_of_surveys(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), published=True)
    template = make_template(acme, survey=survey.key)
    make_request(template)
    names = [("list",), ("read", survey.key), ("edit", survey.uid), ("delete", survey.uid), ("new",)]
    browser.get(url(acme, "list"))  # the first page after signing in renews the session

    def costs() -> list[int]:
        counts = []
        for name, *args in names:
            with CaptureQueriesContext(connection) as counted:
                assert browser.get(url(acme, str(name), *args)).status_code == 200
            counts.append(len(counted))
        return counts

    few = costs()
    for number in range(6):
        other = make_survey(acme, *[values()] * 3, name=f"Survey {number}", published=True)
        make_request(make_template(acme, survey=other.key))
        make_template(acme, survey=survey.key)
        with tenant(acme):
            draft_questions.duplicate(question=draft_questions.list_for(survey)[0])
    assert costs() == few
    assert max(few) <= 12, few
