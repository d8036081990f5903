"""Answers that arrive after the request was finished without them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Answer, Problem, ReferenceState
from requests_app.report.build import build
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, answer, waiting_request
from tests.requests_app.pages import heading, press_and_follow, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> RequestScenario:
    """Finished with the answers of the first reference; the second was asked."""
    scenario = waiting_request(make_organization())
    assert scenario.reference_path(2)  # remembered: the email is deleted
    answer(scenario, 1)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    scenario.reread()
    return scenario


def test_a_late_answer_is_kept_and_the_report_does_not_change(scenario: RequestScenario) -> None:
    path, phone = scenario.reference_path(2), Client()
    page = phone.get(path)
    assert "Acme GmbH has finished this request, and decides whether to add any answers" in text(page)
    page = press_and_follow(phone, page, "Start")
    while heading(page) != "Check your answers":
        page = press_and_follow(phone, page, "Save and continue", rating="2", yes_no="yes", text="Words")
    page = press_and_follow(phone, page, "Send reference", own_words="on")
    assert heading(page) == "Thank you, Tom"
    assert "decides whether to add them" in text(page)
    assert scenario.reference(2).state == ReferenceState.LATE
    with tenant(scenario.organization):
        report = build(scenario.reread())
        assert Answer.objects.filter(response__reference=scenario.reference(2)).exists()
    assert (report.answered, report.ratings[0].count) == (1, 1)
    assert [found.problem for found in scenario.problems()] == [Problem.LATE_ANSWER]
    assert scenario.reread().problem == Problem.LATE_ANSWER
    assert [email.to_email for email in scenario.emails("late_answer")] == ["dana@acme.example"]


def test_nothing_is_kept_after_the_day_on_which_the_request_closes(scenario: RequestScenario) -> None:
    too_late = scenario.reread().closes_at + timedelta(seconds=1)
    with time_machine.travel(too_late), pytest.raises(RequestMovedOn):
        answer(scenario, 2)
    assert scenario.reference(2).state == ReferenceState.NOT_COMPLETED


def test_the_owner_adds_a_late_answer_with_one_press(scenario: RequestScenario) -> None:
    answer(scenario, 2)
    assert scenario.reference(2).state == ReferenceState.LATE
    desk = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))
    uid, reference = scenario.reference_request.uid, scenario.reference(2).uid
    url = f"/o/{scenario.organization.slug}/requests/{uid}/references/{reference}/accept/"
    for _ in range(2):
        assert desk.post(url).status_code == 303
    with tenant(scenario.organization):
        report = build(scenario.reread())
    assert (report.answered, report.ratings[0].count) == (2, 2)
    assert sum("added the late reference of Tom Beck" in line for line in scenario.timeline()) == 1
    assert scenario.reread().problem == ""


def test_what_was_begun_before_the_finish_can_be_sent_afterwards() -> None:
    scenario = waiting_request()
    phone, path = Client(), scenario.reference_path(2)
    answer(scenario, 1)
    answer(scenario, 2, send=False)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    assert heading(phone.get(path, follow=True)) == "Check your answers"
    assert phone.post(f"{path}check/", {"own_words": "on"}).status_code == 303
    assert scenario.reference(2).state == ReferenceState.LATE


def test_answers_count_until_the_last_day_and_no_longer(scenario: RequestScenario) -> None:
    path = scenario.reference_path(2)
    with time_machine.travel(scenario.reference_request.closes_at - timedelta(minutes=1), tick=False):
        assert "You can still answer" in text(Client().get(path))


def test_a_canceled_request_takes_no_late_answers() -> None:
    scenario = waiting_request()
    path = scenario.reference_path(2)
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    assert heading(Client().get(path)) == "This request has ended"
    assert Client().post(f"{path}start/").status_code == 303
    assert scenario.reference(2).started_at is None
