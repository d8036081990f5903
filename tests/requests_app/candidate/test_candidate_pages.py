"""The candidate's pages: start, name, check, send, and then the status page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.candidate.slots import slots
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import DeclineReason, Reference, ReferenceState, RequestState
from requests_app.reference.decline import decline
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    made_once,
    name_reference,
    ready_request,
    sent_request,
    waiting_request,
)
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import buttons, controls, errors, parsed, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    return Client()


@made_once
def named_job(organization: Organization, **fields: Any) -> RequestScenario:
    """Both references are named, and nothing has been sent."""
    scenario = sent_request(organization, **fields)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
        name_reference(scenario, 2, "Tom Beck")
    scenario.reread()
    return scenario


def test_the_start_page_says_who_asks_for_which_job_what_and_by_when(phone: Client) -> None:
    page = text(phone.get(sent_request().candidate_path))
    for part in (
        "Acme GmbH",
        "Backend Engineer",
        "1 manager",
        "From your present or last job",
        "1 person you choose",
    ):
        assert part in page
    assert "about 4 minutes" in page
    assert "Due: " in page


def test_starting_counts_once(phone: Client) -> None:
    scenario = sent_request()
    for _ in range(2):
        assert phone.post(scenario.candidate_path + "start/", {"agreed": "on", "version": "1"}).status_code == 303
    assert scenario.reread().state == RequestState.STARTED
    assert scenario.timeline().count("Maya Osei started") == 1


def test_the_link_returns_to_where_the_candidate_stopped(phone: Client) -> None:
    scenario = sent_request()
    page = press_and_follow(phone, phone.get(scenario.candidate_path), "Start", agreed="on")
    press(phone, page, "Save and continue", name="Priya Nair")
    later = Client().get(scenario.candidate_path, follow=True)
    assert heading(later) == "How did you work with Priya Nair?"
    assert scenario.reread().state == RequestState.NAMING_REFERENCES


def test_the_relationship_is_asked_only_if_the_template_leaves_it_open(phone: Client) -> None:
    scenario = named_job()
    assert "relationship" not in controls(phone.get(scenario.candidate_path + "references/1/relation/"))
    assert "They were my manager" in text(phone.get(scenario.candidate_path + "references/2/relation/"))
    phone.post(scenario.candidate_path + "references/1/relation/", {"relationship": "mentor", "company": "X"})
    assert scenario.reference(1).relationship == Relationship.MANAGER


@pytest.mark.parametrize(("relationship", "asked"), [("manager", True), ("customer", True), ("mentor", False)])
def test_the_company_is_asked_only_where_it_is_relevant(phone: Client, relationship: str, *, asked: bool) -> None:
    scenario = named_job()
    response = phone.post(scenario.candidate_path + "references/2/relation/", {"relationship": relationship})
    assert (response.status_code == 200) == asked
    if asked:
        assert errors(response) == ["Enter the company"]


def test_a_slot_for_a_mentor_asks_for_no_company(phone: Client) -> None:
    scenario = sent_request(rules=(ReferenceRule(Relationship.MENTOR, count=1),))
    page = press_and_follow(phone, phone.get(scenario.candidate_path), "Start", agreed="on")
    page = press_and_follow(phone, page, "Save and continue", name="Priya Nair")
    assert set(controls(page)) == {"years", "title"}


REFUSED = (
    ("maya@candidates.example", "This is your own address"),
    ("MAYA+x@Candidates.example", "This is your own address"),
    ("priya@ledgerly.example", "You already used this address for Priya Nair"),
    ("Priya+2@LEDGERLY.example", "You already used this address for Priya Nair"),
    ("tom", "Enter an email address like"),
    ("tom beck@ledgerly.example", "There is a space after “tom”"),
    ("tom\u00adbeck@ledgerly.example", "There is an invisible character (soft hyphen) after “tom”"),
    ("töm@ledgerly.example", "We can't send to an address with “ö” before the @"),
    ("tom@\u2603.example", "“\u2603.example” can't be the domain of an email address"),
    ("", "Enter an email address"),
)


def test_an_address_that_cannot_be_theirs_is_refused_with_a_reason(phone: Client) -> None:
    scenario = named_job()
    for email, said in REFUSED:
        response = phone.post(scenario.candidate_path + "references/2/email/", {"email": email})
        assert response.status_code == 200
        assert errors(response)[0].startswith(said), email
        assert controls(response)["email"] == email
    assert scenario.reference(2).email == "tom@ledgerly.example"


def test_browsers_do_not_autofill_other_peoples_data(phone: Client) -> None:
    scenario = named_job()
    for step in ("name", "relation", "email"):
        page = parsed(phone.get(scenario.candidate_path + f"references/2/{step}/"))
        typed = [one for one in page.iter("input") if one.get("type") in ("text", "email")]
        assert typed
        assert all(one.get("autocomplete") == "off" for one in typed)


def test_nobody_is_emailed_before_everything_is_checked(phone: Client) -> None:
    scenario = named_job()
    assert scenario.emails("reference_invitation") == []
    page = phone.get(scenario.candidate_path, follow=True)
    assert heading(page) == "Check and send"
    assert buttons(page) == ["Send requests to my 2 references"]
    page = press_and_follow(
        phone, phone.get(links(page)["Change name of reference 2"]), "Save and continue", name="Thomas"
    )
    assert heading(page) == "Check and send"
    assert "Thomas" in text(page)


def test_check_and_send_returns_to_what_is_missing(phone: Client) -> None:
    scenario = sent_request()
    phone.post(scenario.candidate_path + "start/", {"agreed": "on", "version": "1"})
    for method in (phone.get, phone.post):
        assert method(scenario.candidate_path + "check/")["Location"] == scenario.candidate_path + "references/1/name/"
    with tenant(scenario.organization), pytest.raises(RequestMovedOn):
        nominate.send_invitations(scenario.reference_request)


def test_sending_twice_emails_nobody_twice(phone: Client) -> None:
    scenario = named_job()
    for _ in range(3):
        assert phone.post(scenario.candidate_path + "check/").status_code == 303
    assert len(scenario.emails("reference_invitation")) == 2
    assert {scenario.reference(1).state, scenario.reference(2).state} == {ReferenceState.INVITED}


def test_the_self_reference_comes_next_and_says_that_the_requests_were_sent(phone: Client) -> None:
    scenario = named_job()
    page = follow(phone, phone.post(scenario.candidate_path + "check/"))
    assert "Question 1 of 9" in text(page)
    assert "Your requests were sent" in text(page)
    assert "the work you deliver" in text(page)
    assert heading(press_and_follow(phone, page, "Back")) == "Your references for Backend Engineer"
    page = press_and_follow(phone, page, "Save and continue", rating="3")
    assert "Your requests were sent" not in text(page)
    assert links(phone.get(scenario.candidate_path))["Continue my self-reference"].endswith("own-view/2/")


def test_without_a_self_reference_the_status_page_comes_next(phone: Client) -> None:
    scenario = named_job(self_reference=False)
    page = follow(phone, phone.post(scenario.candidate_path + "check/"))
    assert heading(page) == "Your references for Backend Engineer"
    assert "self-reference" not in text(page)
    assert phone.get(scenario.candidate_path + "own-view/1/")["Location"] == scenario.candidate_path


def test_the_status_page_shows_who_has_answered_and_not_what(phone: Client) -> None:
    scenario = waiting_request()
    answer(scenario, 1, words="Secret praise")
    page = text(phone.get(scenario.candidate_path))
    assert "Priya Nair Answered" in page
    assert "Tom Beck Asked" in page
    assert "Secret praise" not in page


def test_a_reference_who_declined_can_be_replaced(phone: Client) -> None:
    scenario = waiting_request()
    with tenant(scenario.organization):
        decline(scenario.reference_request, scenario.reference(2), DeclineReason.RATHER_NOT)
    email = scenario.emails("reference_declined")[0]
    assert email.subject == "Tom Beck can't give a reference"
    assert "rather" not in email.text
    page = phone.get(scenario.candidate_path)
    page = phone.get(links(page)["Name someone else"])
    page = press_and_follow(phone, page, "Save and continue", name="Ana Ruiz")
    page = press_and_follow(phone, page, "Save and continue", relationship="mentor")
    refused = press(phone, page, "Save and continue", email="tom@ledgerly.example")
    assert errors(refused) == [
        "We already asked Tom Beck at this address, and they can't give a reference. Name someone else."
    ]
    page = press_and_follow(phone, page, "Save and continue", email="ana@x.example")
    page = press_and_follow(phone, page, "Send request to Ana Ruiz")
    assert [email.to_email for email in scenario.emails("reference_invitation")][2:] == ["ana@x.example"]
    assert [r.name for r in [scenario.reference(1), scenario.reference(2)]] == ["Priya Nair", "Ana Ruiz"]


def test_an_unreachable_reference_can_be_corrected_or_replaced(phone: Client) -> None:
    scenario = waiting_request()
    old = scenario.reference_path(2)
    with tenant(scenario.organization):
        Message.objects.filter(to_email="tom@ledgerly.example").update(state=WorkState.DEAD, reason="Refused.")
    page = phone.get(scenario.candidate_path)
    assert "Our email to tom@ledgerly.example didn't arrive" in text(page)
    page = phone.get(links(page)["Name someone else"])
    press(phone, page, "Save and continue", name="Ana Ruiz")
    with tenant(scenario.organization):
        assert set(Reference.objects.filter(slot=2).values_list("name", "state")) == {
            ("Tom Beck", "replaced"),
            ("Ana Ruiz", "named"),
        }
    assert Client().get(old).status_code == 404


def test_a_reference_who_was_already_asked_cannot_be_renamed(phone: Client) -> None:
    scenario = waiting_request()
    for step in ("name", "relation", "email"):
        data = {"name": "X", "company": "X", "email": "x@x.example"}
        assert (
            phone.post(scenario.candidate_path + f"references/1/{step}/", data)["Location"] == scenario.candidate_path
        )
    assert scenario.reference(1).name == "Priya Nair"


def test_correcting_an_address_ends_the_old_link_immediately(phone: Client) -> None:
    scenario = waiting_request()
    old = scenario.reference_path(1)
    page = phone.get(links(phone.get(scenario.candidate_path))["Correct the address of Priya Nair"])
    page = press_and_follow(phone, page, "Save and send", email="priya.nair@new.example")
    assert "priya.nair@new.example" in text(page)
    assert Client().get(old).status_code == 404
    assert heading(Client().get(scenario.reference_path(1))) == "Maya Osei asks you for a reference"
    with tenant(scenario.organization):
        first = Message.objects.get(to_email="priya@ledgerly.example")
    assert (first.state, first.text) == (WorkState.CANCELLED, "")


def test_withdrawing_takes_two_steps_cancels_the_request_and_notifies_the_owner(phone: Client) -> None:
    scenario = sent_request()
    page = phone.get(links(phone.get(scenario.candidate_path))["I don't want to take part"])
    assert scenario.reread().state == RequestState.SENT
    page = press_and_follow(phone, page, "Cancel my request")
    assert heading(page) == "This request has ended"
    assert scenario.reread().state == RequestState.CANCELLED
    assert [m.to_email for m in scenario.emails("candidate_declined")] == ["dana@acme.example"]
    phone.post(scenario.candidate_path + "decline/")
    assert len(scenario.emails("candidate_declined")) == 1


def test_withdrawing_later_stops_the_references_too(phone: Client) -> None:
    scenario = waiting_request()
    path = scenario.reference_path(1)
    phone.post(scenario.candidate_path + "decline/")
    assert heading(Client().get(path)) == "This request has ended"
    with tenant(scenario.organization):
        assert set(Message.objects.filter(about_kind="reference").values_list("state", flat=True)) == {
            WorkState.CANCELLED
        }


def test_the_self_reference_is_optional_and_ends_with_the_request(phone: Client) -> None:
    scenario = ready_request()
    assert scenario.reference_request.state == RequestState.READY
    assert heading(phone.get(scenario.candidate_path + "own-view/1/", follow=True)) == "This request has ended"


def test_nothing_is_accepted_after_the_end(phone: Client) -> None:
    scenario = waiting_request()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        answer(scenario, 1)
        answer(scenario, 2)
        for page in ("start/", "check/", "references/1/name/", "own-view/1/", "own-view/check/", "decline/"):
            response = phone.post(scenario.candidate_path + page, {"name": "X", "rating": "1"})
            assert response["Location"] == scenario.candidate_path
    with tenant(scenario.organization):
        assert len(slots(scenario.reference_request.version)) == Reference.objects.count()
