"""Text messages besides emails: only if the template sends them, outside quiet hours, to numbers provided for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content import text_segments
from crosschq.messaging.models import Channel, Message
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.notifications import send
from requests_app.start.start import CandidateInfo
from tests.factories import make_organization
from tests.messaging.text_gateway import MONDAY_NOON, use_text_gateway
from tests.requests_app.factories import RequestScenario, name_reference, sent_request, waiting_request
from tests.requests_app.pages import press_and_follow, text
from tests.templates_app.browsing import errors, press

pytestmark = pytest.mark.django_db
MAYA = CandidateInfo("Maya", "Osei", "maya@candidates.example", "+1 202 555 0143")
SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _with_a_carrier(settings: Settings) -> None:
    use_text_gateway(settings, "http://localhost:9")


def texts_of(scenario: RequestScenario) -> list[Message]:
    return [message for message in scenario.emails() if message.channel == Channel.TEXT]


def test_the_candidate_gets_a_text_with_its_own_link() -> None:
    with time_machine.travel(MONDAY_NOON, tick=False):
        scenario = sent_request(candidate=MAYA, text_messages_enabled=True)
        (message,) = texts_of(scenario)
        assert (message.to_phone, message.kind) == ("+12025550143", "candidate_invitation")
        assert message.available_at == clock.now()
    words = message.text
    assert words.startswith("Acme GmbH: Maya, name 2 references for Backend Engineer: http://localhost:8000/c/")
    assert words.endswith("/ Reply STOP to end texts")
    assert text_segments.count(words).parts == 1
    path = words[words.index("/c/") : words.index(" Reply")]
    assert path != scenario.candidate_path
    with time_machine.travel(MONDAY_NOON, tick=False):
        assert Client().get(path).status_code == 200


@pytest.mark.parametrize(
    ("phone", "text_messages_enabled"),
    [("+1 202 555 0143", False), ("", True), ("0170 1234567", True), ("+7 912 345 67 89", True)],
)
def test_no_text_is_sent_without_consent_or_a_number(phone: str, text_messages_enabled: bool) -> None:
    scenario = sent_request(
        candidate=CandidateInfo("Maya", "Osei", "maya@candidates.example", phone),
        text_messages_enabled=text_messages_enabled,
    )
    assert (len(scenario.emails()), texts_of(scenario)) == (1, [])


def test_no_text_is_sent_without_a_carrier(settings: Settings) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "account": ""}
    assert texts_of(sent_request(candidate=MAYA, text_messages_enabled=True)) == []


@time_machine.travel(SUNDAY, tick=False)
def test_a_text_waits_for_monday_in_the_recipients_time_zone_and_the_email_does_not() -> None:
    organization = make_organization(time_zone="America/New_York")
    scenario = sent_request(organization, candidate=MAYA, text_messages_enabled=True)
    (message,) = texts_of(scenario)
    assert message.available_at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert scenario.emails("candidate_invitation")[0].available_at == clock.now()
    berlin = CandidateInfo("Maya", "Osei", "maya@candidates.example", "+49 170 1234567")
    (message,) = texts_of(sent_request(organization, candidate=berlin, text_messages_enabled=True))[-1:]
    assert message.available_at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@time_machine.travel(SUNDAY, tick=False)
def test_a_waiting_text_is_withdrawn_once_the_candidate_has_started() -> None:
    scenario = sent_request(candidate=MAYA, text_messages_enabled=True)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
    assert texts_of(scenario)[0].state == WorkState.CANCELLED
    assert scenario.emails("candidate_invitation")[0].state == WorkState.PENDING


def test_the_candidate_can_enter_a_references_number_if_texts_are_on(client: Client) -> None:
    scenario = sent_request(candidate=MAYA, text_messages_enabled=True)
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    page = client.get(f"{scenario.candidate_path}references/1/email/")
    assert "Used only for text reminders" in text(page)
    wrong = press(client, page, "Save and continue", email="priya@ledgerly.example", phone="12")
    assert "Include the country code" in errors(wrong)[0]
    own = press(client, page, "Save and continue", email="priya@ledgerly.example", phone="+1 (202) 555-0143")
    assert errors(own) == ["This is your own number. Enter Priya Nair's number, or leave it empty."]
    press_and_follow(client, page, "Save and continue", email="priya@ledgerly.example", phone="+49 170 1234567")
    assert scenario.reference().phone == "+491701234567"


def test_nobody_is_asked_for_a_number_if_texts_are_off(client: Client) -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    assert "Mobile number" not in text(client.get(f"{scenario.candidate_path}references/1/email/"))


@time_machine.travel(MONDAY_NOON, tick=False)
def test_a_reference_gets_texts_only_as_reminders() -> None:
    scenario = waiting_request(text_messages_enabled=True)
    with tenant(scenario.organization):
        reference = scenario.reference()
        reference.phone = "+12025550144"
        reference.save()
        assert texts_of(scenario) == []
        send.remind_reference(scenario.reread(), reference)
    (message,) = texts_of(scenario)
    assert message.text.startswith("Acme GmbH: reference for Maya Osei is due ")
    assert (message.about_kind, message.about_uid) == ("reference", reference.uid)
