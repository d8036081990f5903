"""After a reference has sent their answers: change them, keep a copy; or send dates and title only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from crosschq.messaging.sending.caps import CAPS
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.models import Agreement, Answer, ReferenceState, RequestState, Response
from requests_app.report.build import build
from tests.requests_app.factories import RequestScenario, answer, waiting_request
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    return Client()


@pytest.fixture
def scenario() -> RequestScenario:
    scenario = waiting_request()
    answer(scenario, 1, rating=3)
    return scenario


def change(phone: Client, path: str) -> Any:
    return follow(phone, phone.post(f"{path}change/"))


def ratings(scenario: RequestScenario) -> list[float | None]:
    with tenant(scenario.organization):
        return [row.mean for row in build(scenario.reread()).ratings]


def test_answers_can_be_changed_until_the_request_is_finished(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    thanks = phone.get(path, follow=True)
    assert "You can change your answers until Acme GmbH finishes the request." in text(thanks)
    page = change(phone, path)
    assert heading(page) == "Check your answers"
    page = press_and_follow(phone, phone.get(links(page)["Change answer 1"]), "Save and continue", rating="5")
    assert ratings(scenario)[0] == 3  # not sent yet
    page = press_and_follow(phone, page, "Send changed answers", own_words="on")
    assert heading(page) == "Thank you, Priya"
    assert ratings(scenario)[0] == 5
    assert scenario.timeline()[-1] == "Priya Nair changed their answers"
    with tenant(scenario.organization):
        first, second = Response.objects.order_by("pk")
        assert (first.replaced_at is None, second.replaced_at is None) == (False, True)
        assert Answer.objects.get(response=first, question__position=1).rating == 3
        assert Answer.objects.filter(response=second).count() == 9


def test_changes_that_are_not_sent_do_not_count(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    page = change(phone, path)
    press(phone, phone.get(links(page)["Change answer 1"]), "Save and continue", rating="1")
    assert controls(phone.get(f"{path}questions/1/"))["rating"] == "1"
    answer(scenario, 2, rating=3)
    assert scenario.reread().state == RequestState.READY
    assert ratings(scenario)[0] == 3
    assert phone.post(f"{path}check/", {"own_words": "on"}, follow=True).status_code == 200
    assert ratings(scenario)[0] == 3


def test_finished_answers_cannot_be_changed(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    page = change(phone, path)
    assert heading(page) == "Thank you, Priya"
    assert "Change my answers" not in text(page)
    with tenant(scenario.organization):
        assert Response.objects.count() == 1


def test_changing_twice_continues_the_same_changes(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    for _ in range(2):
        change(phone, path)
    with tenant(scenario.organization):
        assert Response.objects.count() == 2


def test_a_reference_keeps_a_copy_by_print_or_email(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    page = phone.get(links(phone.get(path, follow=True))["View or keep a copy"])
    assert "Very good." in text(page)
    page = press_and_follow(phone, page, "Email me a copy")
    assert "A copy is on its way" in text(page)
    (copy,) = scenario.emails("reference_copy")
    assert copy.to_email == "priya@ledgerly.example"
    assert "Very good." in copy.text
    assert "How good was the work Maya delivered?" in copy.text
    most = CAPS["fresh_links"].to_address
    for _ in range(most):
        page = press_and_follow(phone, page, "Email me a copy")
    assert "Not sent" in text(page)
    assert len(scenario.emails("reference_copy")) == most


def test_nothing_is_copied_before_it_is_sent(phone: Client) -> None:
    scenario = waiting_request()
    assert phone.post(f"{scenario.reference_path()}copy/").status_code == 303
    assert scenario.emails("reference_copy") == []


def test_a_reference_limited_to_dates_and_title_sends_one_form(phone: Client) -> None:
    scenario = waiting_request()
    path = scenario.reference_path()
    page = phone.get(links(phone.get(path))["Our policy allows dates and title only"])
    assert controls(page)["years"] == "2021 to 2024"
    assert errors(press(phone, page, "Send dates and title", title="", years="", own_words="on")) == [
        "Enter a job title or dates"
    ]
    page = press_and_follow(
        phone, page, "Send dates and title", title="Engineer", years="2021 to 2023", still_there="no", own_words="on"
    )
    assert heading(page) == "Thank you, Priya"
    found = scenario.reference()
    assert (found.state, found.facts_only, found.stated_title) == (ReferenceState.ANSWERED, True, "Engineer")
    assert (found.stated_years, found.still_there) == ("2021 to 2023", False)
    assert "confirmed title and dates only" in scenario.timeline()[-1]
    copy = text(phone.get(f"{path}copy/"))
    assert "Engineer" in copy
    assert "2021 to 2023" in copy
    answer(scenario, 2)
    assert scenario.reread().state == RequestState.READY


def test_facts_are_corrected_at_the_start_only_if_something_is_not_right(phone: Client) -> None:
    scenario = waiting_request()
    press(phone, phone.get(scenario.reference_path()), "Start")
    assert scenario.reference().stated_years == ""
    other = waiting_request()
    press(phone, phone.get(other.reference_path()), "Start", agreed="no", title="Lead", years="2022", still_there="yes")
    found = other.reference()
    assert (found.stated_title, found.stated_years, found.still_there) == ("Lead", "2022", True)
    right = waiting_request()
    press(phone, phone.get(right.reference_path()), "Start", agreed="yes")
    assert (right.reference().stated_years, right.reference().relationship_confirmed) == ("2021 to 2024", True)


def test_own_words_are_stored_with_wording_version_and_time(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        given = Agreement.objects.get(reference=scenario.reference())
    assert (given.text, given.version) == ("These are my own words", 1)
