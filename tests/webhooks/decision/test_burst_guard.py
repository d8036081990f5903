"""A burst is confirmed after a preview of the numbers, or declined, and never while nothing can be sent."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.connection import connect
from connectors.connection import settings as change
from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import AuditEntry, User
from crosschq.tenancy.scope import tenant
from tests.connected import made_once_in_both
from tests.factories import signed_in
from tests.vendor import Vendor
from tests.webhooks.moves import event_of, move_and_decide, requests_of
from webhooks.decision import burst_guard
from webhooks.log import review
from webhooks.models import InboundEvent

LI, INES = ("Li Wei", "Site Reliability Engineer"), ("Inês Duarte", "Backend Engineer")


@pytest.fixture
def held(vendor: Vendor, live: Connection, settings: Settings) -> list[InboundEvent]:
    settings.BURST_LIMIT = 0
    moved = [LI, INES]
    ids = made_once_in_both(
        vendor, ("held", live.pk), lambda: [move_and_decide(live, vendor, *who).event_id for who in moved]
    )
    return [event_of(live, event_id) for event_id in ids]


@pytest.fixture
def browser(live: Connection, admin: User, client: Client) -> Client:
    return signed_in(client, admin)


def url(live: Connection, name: str = "flood") -> str:
    return reverse(f"events:{name}", args=[live.organization.slug, "smartrecruiters"])


def posted(browser: Client, live: Connection, act: str, events: list[InboundEvent], name: str = "event") -> str:
    text = browser.post(url(live), {"act": act, name: [e.uid for e in events]}, follow=True).content.decode()
    work_item.drain(InboundEvent)
    return str(text)


def outcomes(live: Connection, events: list[InboundEvent]) -> list[str]:
    return [event_of(live, event.event_id).outcome for event in events]


def stop_all(live: Connection, admin: User, way: str) -> None:
    if way == "disconnected":
        connect.disconnect(connection=live, actor=admin)
        return
    with tenant(live.organization):
        if way == "paused":
            change.pause(connection=live, actor=admin)
        else:
            connect.switch_requests(connection=live, on=False, actor=admin)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("off", "“Make Candidate Requests from SmartRecruiters” is off."),
        ("paused", "The connector is paused."),
        ("disconnected", "SmartRecruiters is disconnected."),
    ],
)
def test_no_held_move_can_be_confirmed_while_nothing_can_be_sent(
    live: Connection, held: list[InboundEvent], admin: User, browser: Client, way: str, said: str
) -> None:
    stop_all(live, admin, way)
    page = browser.get(url(live)).content.decode()
    assert said in page
    assert "Li Wei" in page
    assert "Confirm all" not in page
    assert "Many candidates were moved at the same time" not in browser.get(url(live, "list")).content.decode()
    for act, name in (("all", "shown"), ("choose", "event"), ("send", "event")):
        text = posted(browser, live, act, held, name)
        assert said in text
        assert "On its way" not in text
    with tenant(live.organization):
        live.refresh_from_db()
        assert burst_guard.confirm(live, actor=admin, chosen=[event.uid for event in held]) == 0
        assert burst_guard.waiting(live).count() == 2
        assert review.counted(live) == (0, 0)
    assert outcomes(live, held) == ["hold.too_many", "hold.too_many"]


def test_the_numbers_are_shown_before_anything_is_sent(
    live: Connection, held: list[InboundEvent], browser: Client
) -> None:
    page = browser.get(url(live)).content.decode()
    assert len(re.findall(r'data-label="Template">\s*Engineering\b', page)) == 2
    assert page.index("<table") < page.index("Confirm all 2…")
    numbers = posted(browser, live, "all", held, "shown")
    assert "<dt>Engineering</dt><dd>2</dd>" in numbers
    assert requests_of(live) == []
    assert "Send 1 request</button>" in posted(browser, live, "choose", held[:1])
    for _press in range(2):
        posted(browser, live, "send", held)
    assert outcomes(live, held) == ["sent.matched", "sent.matched"]
    assert "None of them is waiting" in posted(browser, live, "all", held, "shown")


def test_a_declined_burst_can_still_be_sent_one_by_one(
    vendor: Vendor, live: Connection, held: list[InboundEvent], admin: User, browser: Client
) -> None:
    held.append(move_and_decide(live, vendor, *LI))
    assert "1 move was set aside" in posted(browser, live, "aside", held[:1])
    assert outcomes(live, held) == ["no.set_aside", "hold.too_many", "no.set_aside"], "both moves of the candidate"
    stop_all(live, admin, "off")
    assert "1 move was set aside" in posted(browser, live, "aside", held[1:2])
    assert "No moves are waiting" in browser.get(url(live)).content.decode()
    assert requests_of(live) == []
    with tenant(live.organization):
        assert AuditEntry.objects.filter(action="events.set_aside").count() == 2
        connect.switch_requests(connection=live, on=True, actor=admin)
    browser.post(reverse("events:try_again", args=[live.organization.slug, "smartrecruiters", held[0].uid]))
    work_item.drain(InboundEvent)
    assert outcomes(live, held)[0] == "sent.matched"


def test_invalid_posts_confirm_nothing(live: Connection, held: list[InboundEvent], browser: Client) -> None:
    posts: list[dict[str, str]] = [{}, {"act": "all"}, {"act": "send", "event": "x"}, {"act": "no", "event": "\x00"}]
    for data in posts:
        assert "Choose someone first" in browser.post(url(live), data, follow=True).content.decode()
        assert outcomes(live, held) == ["hold.too_many", "hold.too_many"]
