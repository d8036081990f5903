"""From the invitation to the report, through the pages, without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from connectors.models import Writeback
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import RequestState
from requests_app.start.start import ReportReader
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, link_in, sent_request
from tests.requests_app.pages import follow, heading, text
from tests.templates_app.browsing import buttons, press

pytestmark = pytest.mark.django_db(transaction=True)


def name_reference(client: Client, page: Any, name: str, email: str, **work: str) -> Any:
    page = follow(client, press(client, page, "Save and continue", name=name))
    page = follow(client, press(client, page, "Save and continue", **work))
    return follow(client, press(client, page, "Save and continue", email=email))


def answer_all(client: Client, page: Any, rating: str) -> Any:
    """Answer question by question up to the page that shows all answers."""
    for number in range(1, 10):
        assert f"Question {number} of 9" in text(page)
        typed = {"text": f"Words {number}"}
        if number <= 7:
            typed = {"rating": rating, "text": f"Example {number}"} if number < 7 else {"yes_no": "yes"}
        page = follow(client, press(client, page, "Save and continue", **typed))
    assert heading(page) == "Check your answers"
    return page


def give_reference(scenario: RequestScenario, number: int, rating: str) -> None:
    phone = Client()
    page = follow(phone, press(phone, phone.get(scenario.reference_path(number)), "Start", agreed="yes"))
    page = answer_all(phone, page, rating)
    page = follow(phone, press(phone, page, "Send reference", own_words="on"))
    assert heading(page).startswith("Thank you")


def test_a_request_goes_from_the_invitation_to_the_report() -> None:
    organization = make_organization()
    connection = make_connection(organization)
    scenario = sent_request(
        organization,
        connection=connection,
        readers=(ReportReader("Hal Manager", "hal@acme.example", "hiring_manager"),),
    )
    assert scenario.emails("candidate_invitation")[0].subject == "Acme GmbH asks you to name 2 references"

    phone = Client()
    page = phone.get(scenario.candidate_path)
    assert heading(page) == "Name 2 references for Backend Engineer"
    page = follow(phone, press(phone, page, "Start", agreed="on"))
    page = name_reference(phone, page, "Priya Nair", "priya@ledgerly.example", company="Ledgerly", years="2021 to 2024")
    page = name_reference(phone, page, "Tom Beck", "tom@ledgerly.example", relationship="coworker", company="Ledgerly")
    assert "Send requests to my 2 references" in buttons(page)
    assert scenario.emails("reference_invitation") == []
    page = follow(phone, press(phone, page, "Send requests to my 2 references"))
    assert [email.subject for email in scenario.emails("reference_invitation")] == [
        "Maya Osei asks you for a reference"
    ] * 2
    page = answer_all(phone, page, "5")
    page = follow(phone, press(phone, page, "Send my self-reference"))
    assert heading(page) == "Your references for Backend Engineer"

    give_reference(scenario, 1, "3")
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES
    give_reference(scenario, 2, "4")
    assert scenario.reread().state == RequestState.READY

    ready = scenario.emails("report_ready")
    assert [email.to_email for email in ready] == ["dana@acme.example"]
    with tenant(organization):
        note = Writeback.objects.get()
    assert note.text.splitlines()[1] == f"http://localhost:8000/reports/{scenario.reference_request.uid}/"
    assert note.text.splitlines()[0].startswith("Reference report ready: 2 of 2 references, ")

    staff = signed_in(Client(), make_member(organization, Role.VIEWER))
    page = staff.get(f"/reports/{scenario.reference_request.uid}/", follow=True)
    assert heading(page) == "Maya Osei"
    assert "3.5" in text(page)

    for email in ("dana@acme.example", "hal@acme.example"):
        browser = Client()
        page = browser.get(link_in(ready[0]))
        page = press(browser, page, "Send code", email=email)
        code = re.search(r"\b\d{6}\b", scenario.emails("report_code")[-1].text)
        assert code
        page = follow(browser, press(browser, page, "Open report", code=code[0]))
        assert heading(page) == "Maya Osei"
    assert "Hal Manager (Hiring manager) opened the report" in scenario.timeline()
