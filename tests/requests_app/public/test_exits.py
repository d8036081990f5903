"""Every page of a candidate or a reference leads out: decline, privacy, contact, the due date."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request, waiting_request
from tests.requests_app.pages import heading, links, text

pytestmark = pytest.mark.django_db
WHO = "About this request and your data"
NAMING = ("", *(f"references/1/{step}/" for step in ("name", "relation", "email")), "stop/")


def begun() -> RequestScenario:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    return scenario


@pytest.mark.parametrize("page", NAMING)
def test_every_page_of_a_candidate_leads_out(page: str) -> None:
    path = begun().candidate_path
    shown = Client().get(path + page, follow=True)
    found = links(shown)
    assert found[WHO] == f"{path}about/"
    assert found["I don't want to take part"] == f"{path}decline/"
    assert found["dana@acme.example"] == "mailto:dana@acme.example"
    assert "Due: " in text(shown)


@pytest.mark.parametrize("page", ["", "questions/1/", "questions/9/", "check/", "stop/"])
def test_every_page_of_a_reference_leads_out_after_the_start_too(page: str) -> None:
    scenario = waiting_request()
    answer(scenario, 1, send=False)
    path = scenario.reference_path()
    shown = Client().get(path + page, follow=True)
    found = links(shown)
    assert found[WHO] == f"{path}about/"
    assert found["I can't give a reference"] == f"{path}cannot/"
    assert found["I'm not the right person"] == f"{path}wrong-person/"
    assert found["dana@acme.example"] == "mailto:dana@acme.example"
    assert "Due: " in text(shown)


def test_the_privacy_notice_is_one_of_the_exits() -> None:
    scenario = waiting_request()
    Organization.objects.update(privacy_url="https://acme.example/privacy")
    for path in (scenario.candidate_path, scenario.reference_path()):
        assert links(Client().get(path))["Privacy notice of Acme GmbH"] == "https://acme.example/privacy"


def test_a_reference_who_is_done_gets_no_link_to_decline() -> None:
    scenario = waiting_request()
    answer(scenario, 1)
    shown = links(Client().get(scenario.reference_path(), follow=True))
    assert "I can't give a reference" not in shown
    assert WHO in shown


def test_a_candidate_can_read_the_questions_and_who_reads_the_answers_before_naming_anyone() -> None:
    path = sent_request().candidate_path
    start = Client().get(path)
    assert "The people hiring at Acme GmbH get their answers" in text(start)
    shown = Client().get(links(start)["Read the questions your references get"])
    assert heading(shown) == "About this request"
    for part in (
        "Dana Ruiz at Acme GmbH is asking for references",
        "The people hiring at Acme GmbH get their answers",
        "after the request ends",
    ):
        assert part in text(shown)
    assert shown.content.decode().count("<li>") >= 9


def test_a_reference_can_read_their_questions_before_the_start() -> None:
    shown = Client().get(waiting_request().reference_path() + "about/")
    for part in (
        "you were named as a reference",
        "the people hiring at Acme GmbH, and anyone they share the report with",
        "Your questions",
    ):
        assert part in text(shown)


def test_after_the_due_date_pages_say_until_when_answers_count() -> None:
    scenario = waiting_request()
    paths = (scenario.candidate_path, scenario.reference_path())
    with time_machine.travel(scenario.reference_request.due_at + timedelta(hours=1), tick=False):
        for path in paths:
            assert "It was due on" in text(Client().get(path))
            assert "Answers still count until Acme GmbH finishes the request, but not after" in text(Client().get(path))
