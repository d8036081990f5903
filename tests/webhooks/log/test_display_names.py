"""Each row of the log names the candidate and the job if they are known."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connectors.connection import connect
from connectors.models import Connection
from crosschq.core import clock
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.vendor import Vendor
from tests.webhooks.log.test_log import event_url, log_url, make_event, shown
from tests.webhooks.log.test_owner_notices import JONAS, MAYA, emails
from tests.webhooks.moves import deliver_event, event_of, first_moved, ids_of, move_and_decide
from webhooks.log.display_names import add_names
from webhooks.models import InboundEvent


def turn_off(live: Connection, admin: User) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)


def test_a_move_while_requests_are_off_gets_names_with_its_notice(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    first_moved(live, vendor, *MAYA)
    turn_off(live, admin)
    event = move_and_decide(live, vendor, *JONAS)
    assert (event.outcome, event.candidate_name) == ("no.switch_off", "")
    assert len(emails(live)) == 1
    again = event_of(live, event.event_id)
    assert (again.candidate_name, again.job_title) == ("Jonas Lind", "Sales Lead")
    browser = signed_in(client, admin)
    assert shown(browser.get(log_url(live.organization)).content.decode()) == ["Jonas Lind", "Maya Osei"]
    assert "Jonas Lind, Sales Lead" in browser.get(event_url(event)).content.decode()


def test_an_unread_move_gets_its_names_from_known_records(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    first_moved(live, vendor, *MAYA)
    turn_off(live, admin)
    event = deliver_event(live, ids_of(vendor, *MAYA), event_id="off")
    browser = signed_in(client, admin)
    text = browser.get(log_url(live.organization)).content.decode()
    assert shown(text) == ["Maya Osei", "Maya Osei"]
    assert text.count('<span class="sub">Backend Engineer</span>') == 2
    for name in ("detail", "turn_on"):
        assert "Maya Osei, Backend Engineer" in browser.get(event_url(event, name)).content.decode()
    assert event_of(live, "off").candidate_name == "", "a page stores nothing"


def test_an_event_that_is_deleted_after_it_was_read_keeps_the_names_it_has(live: Connection) -> None:
    event = make_event(live, outcome="no.switch_off", candidate_name="Jonas Lind")
    with tenant(live.organization):
        InboundEvent.objects.filter(pk=event.pk).delete()
        add_names(event)
    assert (event.candidate_name, event.job_title) == ("Jonas Lind", "")


def test_names_that_are_shown_can_be_searched(vendor: Vendor, live: Connection, admin: User, client: Client) -> None:
    first_moved(live, vendor, *MAYA)
    turn_off(live, admin)
    deliver_event(live, ids_of(vendor, *MAYA), event_id="off")
    browser = signed_in(client, admin)
    for words, found in (("osei", 2), ("backend", 2), ("lind", 0)):
        assert len(shown(browser.get(log_url(live.organization, f"?text={words}")).content.decode())) == found
    with tenant(live.organization):
        InboundEvent.objects.exclude(event_id="off").delete()
    text = browser.get(log_url(live.organization, "?text=Maya+Osei")).content.decode()
    assert shown(text) == ["Maya Osei"], "the request knows the name"
    manage = reverse("connectors:manage", args=[live.organization.slug, "smartrecruiters"])
    activity = browser.get(manage).content.decode().partition('id="activity"')[2]
    assert "Maya Osei" in activity
    assert "A candidate" not in activity


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("flood", {"outcome": "hold.too_many", "state": "held"}),
        ("review", {"outcome": "hold.old", "state": "held"}),
    ],
)
def test_lists_of_held_moves_name_candidates_by_other_events(
    db: None, client: Client, page: str, fields: dict[str, str]
) -> None:
    connection = make_connection(make_organization(), requests_on_since=clock.now())
    fields = {**fields, "held_for": f"burst:{connection.uid}" if page == "flood" else ""}
    event = make_event(connection, 1, candidate_id="c-1", job_id="j", **fields)
    make_event(connection, 2, candidate_id="c-1", job_id="other", candidate_name="Maya Osei")
    browser = signed_in(client, make_member(connection.organization, Role.RECRUITER))
    address = reverse(f"events:{page}", args=[connection.organization.slug, "smartrecruiters"])
    chosen = browser.post(address, {"act": "choose", "event": event.uid})
    for answer in (browser.get(address), chosen):
        assert "Maya Osei" in answer.content.decode()
        assert "A candidate" not in answer.content.decode()


def test_a_candidate_known_only_by_id_is_called_a_candidate(db: None, client: Client) -> None:
    connection = make_connection(make_organization())
    make_event(connection, 1, candidate_id="c-1", outcome="no.switch_off")
    make_event(connection, 2, outcome="fail.malformed")
    browser = signed_in(client, make_member(connection.organization, Role.RECRUITER))
    assert shown(browser.get(log_url(connection.organization)).content.decode())[1] == "A candidate"


def test_names_cost_the_same_for_one_and_for_many(
    db: None, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    connection = make_connection(make_organization())
    browser = signed_in(client, make_member(connection.organization, Role.RECRUITER))
    for number in range(50):
        make_event(connection, number, candidate_id=f"c-{number}", job_id=f"j-{number}", outcome="no.switch_off")
    with django_assert_max_num_queries(12):
        browser.get(log_url(connection.organization))


@pytest.mark.parametrize(("role", "log"), [(Role.VIEWER, False), (Role.RECRUITER, True), (Role.ADMIN, True)])
def test_the_connectors_list_links_to_what_the_role_may_open(
    db: None, client: Client, role: Role, *, log: bool
) -> None:
    connection = make_connection(make_organization())
    slug = connection.organization.slug
    browser = signed_in(client, make_member(connection.organization, role))
    text = browser.get(reverse("connectors:list", args=[slug])).content.decode()
    manage = reverse("connectors:manage", args=[slug, "smartrecruiters"])
    for name in ("list", "explain"):
        assert (reverse(f"events:{name}", args=[slug, "smartrecruiters"]) + '"' in text) == log
    assert f'"{manage}"' in text
    if log:
        page = browser.get(log_url(connection.organization)).content.decode()
        assert f'"{manage}"' in page
        assert reverse("connectors:list", args=[slug]) in page
