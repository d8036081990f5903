"""The event log: each event with what came of it, and another try."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection
from crosschq.core import clock
from crosschq.organizations.models import Organization, Role
from crosschq.organizations.tenancy import tenant
from tests.factories import make_connection, make_member, make_organization, signed_in
from webhooks.models import InboundEvent, RefusedDeliveries
from webhooks.outcomes import OUTCOMES, Family

VALUES = {
    "tag": "eng", "template": "Engineering", "step": "Onsite", "wanted": "Crosschq", "event": "job.created",
    "job": "Sales", "field": "Crosschq tag", "closest": "", "candidate": "Maya Osei", "date": "1 May 2026",
    "why": "it is empty", "count": "3", "attempts": "9", "when": "1 May 2026, 09:14",
}  # fmt: skip


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(make_organization())


def make_event(connection: Connection, number: int = 1, **fields: object) -> InboundEvent:
    values = {"outcome": "sent.matched", "values": VALUES, "state": "done", "body": b'{"candidate_id": "c"}', **fields}
    with tenant(connection.organization):
        event: InboundEvent = InboundEvent.objects.create(
            organization=connection.organization,
            connection=connection,
            event_id=f"e-{number}",
            event_name="application.status.updated",
            **values,
        )
    return event


def log_url(organization: Organization, query: str = "") -> str:
    return reverse("events:list", args=[organization.slug, "smartrecruiters"]) + query


def event_url(event: InboundEvent, name: str = "detail") -> str:
    return reverse(f"events:{name}", args=[event.organization.slug, "smartrecruiters", event.uid])


@pytest.fixture
def browser(connection: Connection, client: Client) -> Client:
    return signed_in(client, make_member(connection.organization, Role.RECRUITER))


def test_an_empty_log_says_where_to_look(connection: Connection, browser: Client) -> None:
    text = browser.get(log_url(connection.organization)).content.decode()
    assert "No events yet" in text
    assert "Crosschq" in text


@pytest.mark.parametrize("slug", OUTCOMES)
def test_every_outcome_has_a_sentence_that_the_page_shows(connection: Connection, browser: Client, slug: str) -> None:
    event = make_event(connection, outcome=slug)
    assert event.sentence
    assert "%(" not in event.sentence
    text = browser.get(event_url(event)).content.decode()
    assert OUTCOMES[slug].words in text
    assert OUTCOMES[slug].family in (Family.SENT, Family.NOT_SENT) or OUTCOMES[slug].fix


def test_moves_that_are_not_for_us_are_left_out_unless_asked_for(connection: Connection, browser: Client) -> None:
    make_event(connection, outcome="no.other_step")
    assert "Moved to Onsite" not in browser.get(log_url(connection.organization)).content.decode()
    assert "Moved to Onsite" in browser.get(log_url(connection.organization, "?outcome=all")).content.decode()


def test_the_log_is_filtered_by_outcome(connection: Connection, browser: Client) -> None:
    make_event(connection, 1, outcome="sent.matched")
    make_event(connection, 2, outcome="no.tag_empty")
    text = browser.get(log_url(connection.organization, "?outcome=no")).content.decode()
    assert "empty Crosschq tag" in text
    assert "matched the template" not in text
    assert "No events match" in browser.get(log_url(connection.organization, "?outcome=fail")).content.decode()


def test_forged_messages_are_shown_by_their_count(connection: Connection, browser: Client) -> None:
    with tenant(connection.organization):
        RefusedDeliveries.objects.create(
            organization=connection.organization, connection=connection, hour=clock.now(), count=7
        )
    assert "7 in the hour" in browser.get(log_url(connection.organization)).content.decode()


@pytest.mark.parametrize(
    "body", [b"\xff\x00", b"[" * 60_000, b'"text"', b"{}", b'{"a_id": {"b": 1}, "name": "Maya Osei"}']
)
def test_whatever_was_sent_is_shown_without_names(connection: Connection, browser: Client, body: bytes) -> None:
    answer = browser.get(event_url(make_event(connection, body=body)))
    assert answer.status_code == 200
    assert "Maya Osei" not in answer.content.decode()


def test_a_stopped_event_can_be_tried_again_and_a_sent_one_cannot(connection: Connection, browser: Client) -> None:
    stopped, sent = make_event(connection, 1, outcome="no.tag_empty"), make_event(connection, 2)
    assert "Try again" in browser.get(event_url(stopped)).content.decode()
    assert "Try again" not in browser.get(event_url(sent)).content.decode()
    for event in (stopped, sent):
        browser.post(event_url(event, "try_again"))
    with tenant(connection.organization):
        assert InboundEvent.objects.get(pk=stopped.pk).state == "pending"
        assert InboundEvent.objects.get(pk=sent.pk).state == "done"


@pytest.mark.parametrize("query", ["?page=2", "?page=zero", "?page=99999999999", "?outcome=%00", "?outcome=no'--"])
def test_odd_addresses_show_the_log(connection: Connection, browser: Client, query: str) -> None:
    assert browser.get(log_url(connection.organization, query)).status_code == 200


def test_the_log_costs_the_same_queries_for_one_event_and_for_fifty(
    connection: Connection, browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        make_event(connection, number)
    with django_assert_max_num_queries(12):
        text = browser.get(log_url(connection.organization)).content.decode()
    assert text.count("<tr>") > 50
