"""The event log shows each event with its outcome and offers another attempt."""

import html
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.models import Connection
from crosschq.core import clock
from crosschq.privacy.retention import nightly
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.factories import make_template
from webhooks.decision.outcomes import OUTCOMES, Family
from webhooks.models import InboundEvent, RefusedDeliveries

VALUES = {
    "tag": "eng", "template": "Engineering", "step": "Onsite", "our_step": "Crosschq", "event": "job.created",
    "job": "Sales", "field": "Crosschq tag", "closest": "", "candidate": "Maya Osei", "date": "May 1, 2026",
    "why": "it is empty", "count": "3", "attempts": "9", "when": "May 1, 2026, 9:14 AM",
    "who": "Dana Ruiz", "limit": "50", "left": "May 1, 2026, 9:15 AM",
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


def test_the_log_leads_a_recruiter_back_to_the_connection(connection: Connection, browser: Client) -> None:
    manage = reverse("connectors:manage", args=[connection.organization.slug, "smartrecruiters"])
    text = browser.get(log_url(connection.organization)).content.decode()
    assert text.count(f'href="{manage}"') == 2, "above the heading, and where the log is empty"
    assert browser.get(manage).status_code == 200


def test_every_outcome_has_a_sentence_that_the_page_shows(connection: Connection, browser: Client) -> None:
    for number, (slug, outcome) in enumerate(OUTCOMES.items()):
        event = make_event(connection, number, outcome=slug)
        assert event.sentence, slug
        assert "%(" not in event.sentence, slug
        text = browser.get(event_url(event)).content.decode()
        assert outcome.words in text, slug
        assert outcome.family in (Family.SENT, Family.NOT_SENT) or outcome.fix, slug


def test_moves_to_other_steps_are_hidden_by_default(connection: Connection, browser: Client) -> None:
    make_event(connection, outcome="no.other_step")
    assert "Moved to “Onsite" not in browser.get(log_url(connection.organization)).content.decode()
    assert "Moved to “Onsite" in browser.get(log_url(connection.organization, "?outcome=all")).content.decode()


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
    assert "rejected 7 messages in the hour" in browser.get(log_url(connection.organization)).content.decode()


PAYLOADS = [b"\xff\x00", b"[" * 60_000, b'"text"', b"{}", b'{"a_id": {"b": 1}, "name": "Maya Osei"}']


def test_any_payload_is_shown_without_names(connection: Connection, browser: Client) -> None:
    for number, body in enumerate(PAYLOADS):
        answer = browser.get(event_url(make_event(connection, number, body=body)))
        assert answer.status_code == 200, body[:20]
        assert "Maya Osei" not in answer.content.decode(), body[:20]


def test_a_stopped_event_can_be_tried_again_and_a_sent_one_cannot(connection: Connection, browser: Client) -> None:
    stopped, sent = make_event(connection, 1, outcome="no.tag_empty"), make_event(connection, 2)
    assert "Try again" in browser.get(event_url(stopped)).content.decode()
    assert "Try again" not in browser.get(event_url(sent)).content.decode()
    for event in (stopped, sent):
        browser.post(event_url(event, "try_again"))
    with tenant(connection.organization):
        assert InboundEvent.objects.get(pk=stopped.pk).state == "pending"
        assert InboundEvent.objects.get(pk=sent.pk).state == "done"


INVALID_QUERIES = [
    "?before=2", "?before=99999999999999999-1", "?after=0-0", "?before=0-999999999999999999", "?after=%00",
    "?outcome=%00", "?outcome=no'--", "?text=%00", "?since=0001-01-01", "?until=9999-12-31", "?since=x&until=y",
    "?since=2026-02-02&until=2026-02-01", "?template=no", "?template=00000000-0000-0000-0000-000000000000",
    "?times=mars", "?since=0001-01-01&times=utc",
]  # fmt: skip


def test_invalid_query_strings_show_the_log(connection: Connection, browser: Client) -> None:
    for query in INVALID_QUERIES:
        assert browser.get(log_url(connection.organization, query)).status_code == 200, query


def test_the_log_costs_the_same_queries_for_one_event_and_for_fifty(
    connection: Connection, browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        make_event(connection, number)
    for query in ("", "?outcome=sent", "?outcome=all&text=x"):
        with django_assert_max_num_queries(12):
            browser.get(log_url(connection.organization, query))
    assert browser.get(log_url(connection.organization)).content.decode().count("<tr>") == 51


def shown(text: str) -> list[str]:
    """The candidates of the rows, in their order."""
    return re.findall(r'data-label="Candidate and job">([^<]*)', text)


def test_pages_follow_one_another_without_a_gap_and_lead_back(connection: Connection, browser: Client) -> None:
    moment = clock.now()
    for number in range(120):  # many in one moment: the key tells them apart
        make_event(connection, number, candidate_name=f"C{number}", created_at=moment - timedelta(number // 40))
    seen, address, text = [], log_url(connection.organization), ""
    for _ in range(3):
        text = browser.get(address).content.decode()
        seen.append(shown(text))
        make_event(connection, 1000 + len(seen), candidate_name="New")  # new events don't shift anything
        link = re.search(r'rel="next" href="([^"]*)"', text)
        address = log_url(connection.organization, html.unescape(link[1]) if link else "?end")
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert sorted(itertools.chain(*seen)) == sorted(f"C{number}" for number in range(120))
    back = re.search(r'rel="prev" href="([^"]*)"', text)
    assert back
    text = browser.get(log_url(connection.organization, html.unescape(back[1]))).content.decode()
    assert shown(text) == seen[1]


def test_the_log_is_filtered_by_candidate_job_day_and_template(connection: Connection, browser: Client) -> None:
    template = make_template(connection.organization)
    now = clock.now()
    old = now - timedelta(days=10)
    make_event(connection, 1, candidate_name="Maya Osei", job_title="Analyst", template_uid=template.uid)
    make_event(connection, 2, candidate_name="Li Wei", job_title="Sales Lead", created_at=old)
    for query, expected in (
        ("?text=osei", ["Maya Osei"]),
        ("?text=sales", ["Li Wei"]),
        (f"?since={now:%Y-%m-%d}", ["Maya Osei"]),
        (f"?until={old:%Y-%m-%d}", ["Li Wei"]),
        (f"?since={old:%Y-%m-%d}&until={old:%Y-%m-%d}", ["Li Wei"]),
        (f"?template={template.uid}", ["Maya Osei"]),
        ("?text=100%25", []),
        ("", ["Maya Osei", "Li Wei"]),
    ):
        assert shown(browser.get(log_url(connection.organization, query)).content.decode()) == expected, query


def test_times_are_the_organizations_or_utc_and_days_follow_them(connection: Connection, client: Client) -> None:
    organization = connection.organization
    Organization.objects.filter(pk=organization.pk).update(time_zone="Asia/Tokyo")
    browser = signed_in(client, make_member(organization, Role.RECRUITER))
    make_event(connection, created_at=datetime(2026, 5, 1, 20, 30, tzinfo=UTC), candidate_name="Maya Osei")
    own = browser.get(log_url(organization, "?since=2026-05-02")).content.decode()
    assert "May 2, 5:30 AM JST" in own
    assert shown(own) == ["Maya Osei"]
    assert "May 1, 8:30 PM UTC" in browser.get(log_url(organization, "?times=utc")).content.decode()
    assert shown(browser.get(log_url(organization, "?times=utc&since=2026-05-02")).content.decode()) == []


def test_events_are_deleted_after_90_days_as_the_page_says(connection: Connection, browser: Client) -> None:
    now = clock.now()
    make_event(connection, 1, created_at=now - timedelta(days=90, minutes=1))
    make_event(connection, 2, created_at=now - timedelta(days=91), state="held")
    make_event(connection, 3, created_at=now - timedelta(days=91), state="working")
    make_event(connection, 4, created_at=now - timedelta(days=89))
    assert "Kept for 90 days" in browser.get(log_url(connection.organization)).content.decode()
    nightly.run(now=now)
    with tenant(connection.organization):
        assert set(InboundEvent.objects.values_list("event_id", flat=True)) == {"e-3", "e-4"}
