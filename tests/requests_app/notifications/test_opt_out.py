"""The links at the end of each email: not me, and no more emails about this request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.notifications import corrections, send
from tests.messaging.inbox import Inbox, run_inbox
from tests.messaging.rows import deliver
from tests.messaging.text_gateway import MONDAY_NOON
from tests.requests_app.factories import RequestScenario, ready_request, sent_request, waiting_request
from tests.requests_app.pages import heading, links, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    """Reminders are only sent in waking hours."""
    with time_machine.travel(MONDAY_NOON):
        yield


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    with run_inbox(settings) as link_holder:
        yield link_holder


def remind(scenario: RequestScenario) -> Message:
    """A reminder to the candidate, after an attempt to send it."""
    with tenant(scenario.organization):
        message = send.remind_candidate(scenario.reread(), answered=0)
    return deliver(message)


def way_out(email: Message, label: str) -> str:
    """The path of one of the links at the end of an email."""
    line = next(line for line in email.text.splitlines() if line.startswith(label))
    return "/" + line.split("/", 3)[3]


@pytest.mark.parametrize("kind", ["candidate_invitation", "reference_invitation"])
def test_every_email_has_both_opt_out_links(kind: str) -> None:
    email = waiting_request().emails(kind)[0]
    for label in ("Not you? Tell us", "Stop emails about this request"):
        path = way_out(email, label)
        assert f'href="http://localhost:8000{path}"' in email.html
        assert Client().get(path).status_code == 200


def test_someone_else_at_the_candidates_address_can_end_its_links_and_emails(inbox: Inbox) -> None:
    scenario = sent_request()
    path = way_out(scenario.emails("candidate_invitation")[0], "Not you? Tell us")
    client = Client()
    page = client.get(path)
    assert heading(page) == "Did we reach the wrong person?"
    page = press(client, page, "This email wasn't for me")
    assert client.get(scenario.candidate_path).status_code == 200  # an email scanner presses one button
    assert heading(press(client, page, "Yes, it's the wrong address")) == "Thank you for telling us"
    assert client.get(path).status_code == client.get(scenario.candidate_path).status_code == 404
    assert [email.to_email for email in scenario.emails("wrong_address")] == ["dana@acme.example"]
    assert "is theirs" in scenario.timeline()[-1]
    assert scenario.emails("candidate_invitation")[0].state == WorkState.CANCELLED
    reminder = remind(scenario)
    assert (reminder.state, "a different person" in reminder.reason) == (WorkState.DEAD, True)
    with tenant(scenario.organization):
        corrections.correct_candidate_address(scenario.reference_request, "maya@right.example", actor="Dana")
    assert remind(scenario).state == WorkState.DONE


def test_a_request_that_has_ended_does_not_ask_whether_it_reached_the_right_person() -> None:
    scenario = ready_request()
    answer = Client().get(f"{scenario.candidate_path}not-me/")
    assert (answer.status_code, answer["Location"]) == (303, scenario.candidate_path)


@pytest.mark.parametrize("who", ["candidate", "reference"])
def test_emails_about_a_request_can_be_stopped_and_allowed_again(who: str) -> None:
    scenario, client = waiting_request(), Client()
    path = scenario.candidate_path if who == "candidate" else scenario.reference_path()
    page = client.get(f"{path}stop/")
    assert heading(page) == "Stop emails about this request?"
    stopped = client.get(press(client, page, "Stop emails")["Location"])
    assert heading(stopped) == "You won't get any more emails"
    assert client.get(path).status_code == 200
    assert scenario.timeline()[-1].endswith("stopped emails about this request")
    press(client, page, "Stop emails")
    allowed = client.get(press(client, stopped, "Send me emails again")["Location"])
    assert heading(allowed) == "Stop emails about this request?"
    assert [line for line in scenario.timeline() if "emails about" in line] == scenario.timeline()[-2:]


def test_stopped_emails_are_canceled_and_no_other_address_is_asked_for(inbox: Inbox) -> None:
    scenario, other = sent_request(), sent_request()
    client = Client()
    press(client, client.get(f"{scenario.candidate_path}stop/"), "Stop emails")
    reminder = remind(scenario)
    assert (reminder.state, reminder.has_failed) == (WorkState.CANCELLED, False)
    # Another request for the same person.
    assert remind(other).state == WorkState.DONE


def test_a_reference_who_stops_emails_learns_how_to_decline() -> None:
    scenario = waiting_request()
    page = Client().get(f"{scenario.reference_path()}stop/")
    assert links(page)["I can't give a reference"] == f"{scenario.reference_path()}cannot/"
    assert "Backend Engineer" in text(page)


def test_a_wrong_person_named_as_reference_is_not_emailed_again() -> None:
    scenario, client = waiting_request(), Client()
    page = press(client, client.get(f"{scenario.reference_path()}wrong-person/"), "I'm not the right person")
    press(client, page, "Yes, ask someone else")
    with tenant(scenario.organization):
        message = send.remind_reference(scenario.reread(), scenario.reference())
    assert deliver(message).reason == "The recipient told us that they are a different person."
