"""Back saves what was typed, or asks. No refusal loses it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.tenancy.scope import tenant
from requests_app.models import Answer
from tests.requests_app.factories import RequestScenario, sent_request, waiting_request
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, press

pytestmark = pytest.mark.django_db
WORDS = "Once, in May, when the whole pipeline was down"


@pytest.fixture
def phone() -> Client:
    return Client()


@pytest.fixture
def scenario() -> RequestScenario:
    return waiting_request()


def questions(scenario: RequestScenario, phone: Client) -> str:
    path = scenario.reference_path()
    phone.post(path + "start/")
    return f"{path}questions/"


def saved(scenario: RequestScenario) -> list[str]:
    with tenant(scenario.organization):
        return list(Answer.objects.order_by("pk").values_list("text", flat=True))


def test_back_saves_the_answer_without_scripts(scenario: RequestScenario, phone: Client) -> None:
    path = questions(scenario, phone)
    page = press_and_follow(phone, phone.get(f"{path}2/"), "Back", rating="4", text=WORDS)
    assert "Question 1 of 9" in text(page)
    assert saved(scenario) == [WORDS]
    assert controls(phone.get(f"{path}2/")) == {"rating": "4", "text": WORDS}


def test_back_from_an_untouched_question_saves_nothing(scenario: RequestScenario, phone: Client) -> None:
    path = questions(scenario, phone)
    assert "Question 1 of 9" in text(press_and_follow(phone, phone.get(f"{path}2/"), "Back"))
    assert saved(scenario) == []


def test_back_asks_before_it_drops_what_cannot_be_saved(scenario: RequestScenario, phone: Client) -> None:
    path = questions(scenario, phone)
    page = press(phone, phone.get(f"{path}2/"), "Back", text=WORDS)
    assert errors(page) == ["Choose an answer, or the last option if you can't tell"]
    assert controls(page)["text"] == WORDS
    assert links(page)["Go back without saving"] == f"{path}1/"


def test_the_first_button_of_a_form_goes_on_so_that_enter_does_not_go_back(
    scenario: RequestScenario, phone: Client
) -> None:
    page = phone.get(f"{questions(scenario, phone)}2/").content.decode()
    assert page.index("Save and continue") < page.index('value="back"')


@pytest.mark.parametrize(
    ("step", "typed", "before"),
    [
        ("relation", {"relationship": "mentor", "years": "2019 to 2021"}, "Who can speak about your work?"),
        ("email", {"email": "priya@ledgerly.example"}, "How did you work with Priya Nair?"),
    ],
)
def test_back_saves_each_step_of_naming_a_reference(
    phone: Client, step: str, typed: dict[str, str], before: str
) -> None:
    scenario = sent_request()
    page = press_and_follow(phone, phone.get(scenario.candidate_path), "Start", agreed="on")
    page = press_and_follow(phone, page, "Save and continue", name="Priya Nair")
    if step == "email":
        page = press_and_follow(phone, page, "Save and continue", company="Ledgerly")
    page = follow(
        phone,
        phone.post(f"{scenario.candidate_path}references/1/{step}/", {**typed, "then": "back", "company": "Ledgerly"}),
    )
    assert heading(page) in (before, "Who is your manager?")
    again = controls(phone.get(f"{scenario.candidate_path}references/1/{step}/"))
    assert again.items() >= {name: value for name, value in typed.items() if name in again}.items()


@pytest.mark.parametrize(
    "headers", [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://x.example"}]
)
def test_an_answer_from_an_unclear_origin_is_shown_and_sent_again(
    scenario: RequestScenario, phone: Client, headers: dict[str, str]
) -> None:
    path = f"{questions(scenario, phone)}1/"
    refused = phone.post(path, {"rating": "4", "text": f"<b>{WORDS}"}, headers=headers)
    assert refused.status_code == 403
    assert f"<b>{WORDS}" in text(refused)
    assert saved(scenario) == []
    again = controls(refused)
    assert again.items() >= {"rating": "4", "text": f"<b>{WORDS}"}.items()
    assert phone.post(path, again, headers=headers).status_code == 303
    assert saved(scenario) == [f"<b>{WORDS}"]


@pytest.mark.parametrize("proof", ["", "x", "/c/other/:1:2"])
def test_a_made_up_proof_opens_nothing(scenario: RequestScenario, phone: Client, proof: str) -> None:
    path = f"{questions(scenario, phone)}1/"
    fields = {"rating": "4", "proof": proof}
    assert phone.post(path, fields, headers={"Origin": "null"}).status_code == 403
    other = controls(phone.post(f"{path[:-2]}2/", {"rating": "4"}, headers={"Origin": "null"}))["proof"]
    assert phone.post(path, {**fields, "proof": other}, headers={"Origin": "null"}).status_code == 403
    assert saved(scenario) == []


def test_a_proof_is_good_for_a_day(scenario: RequestScenario, phone: Client) -> None:
    path = f"{questions(scenario, phone)}1/"
    again = controls(phone.post(path, {"rating": "4"}, headers={"Origin": "null"}))
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert phone.post(path, again, headers={"Origin": "null"}).status_code == 403
    assert phone.post(path, again, headers={"Origin": "null"}).status_code == 303


def test_a_link_that_ended_meanwhile_still_shows_what_was_typed(scenario: RequestScenario, phone: Client) -> None:
    path = f"{questions(scenario, phone)}1/"
    secret_links.revoke(subject=scenario.reference().uid)
    page = phone.post(path, {"rating": "4", "text": WORDS})
    assert (page.status_code, WORDS in text(page)) == (404, True)


def test_a_step_that_is_over_still_shows_what_was_typed(scenario: RequestScenario, phone: Client) -> None:
    path = scenario.reference_path()
    page = phone.post(f"{path}questions/1/", {"rating": "4", "text": WORDS})
    assert (page.status_code, WORDS in text(page)) == (409, True)
    assert links(page)["Continue"] == path
    assert phone.post(f"{path}questions/1/", {"rating": "4"}).status_code == 303


def test_back_asks_before_it_drops_another_address_of_a_reference(scenario: RequestScenario, phone: Client) -> None:
    page = f"{scenario.candidate_path}address/{scenario.reference().uid}/"
    left = press(phone, phone.get(page), "Back", email="priya@elsewhere.example")
    assert controls(left)["email"] == "priya@elsewhere.example"
    assert links(left)["Go back without sending"] == scenario.candidate_path
    assert scenario.reference().email == "priya@ledgerly.example"
    assert press(phone, phone.get(page), "Back").status_code == 303
