"""A candidate whom SmartRecruiters has no address of is written to at one that a person types."""

from __future__ import annotations

import pytest

from crosschq.core import work
from crosschq.organizations.models import AuditEntry
from crosschq.organizations.tenancy import tenant
from tests.webhooks.moves import event_of, requests_of
from tests.webhooks.scene import (
    TOMASZ,
    Scene,
    give_an_address,
    switch,
)
from webhooks.models import InboundEvent


@pytest.fixture
def without_address(scene: Scene) -> InboundEvent:
    event = scene.move(TOMASZ)
    assert event.outcome == "no.no_address"
    return event


def test_a_candidate_without_an_address_is_written_to_at_the_one_that_is_typed(
    scene: Scene, without_address: InboundEvent
) -> None:
    uid, typed = without_address.uid, "tomasz@nowak.example"
    page = scene.press("events:send_to", uid, email=typed)
    for expected in ("Send this request?", typed, "Engineering"):
        assert expected in page
    assert requests_of(scene.live) == [], "it was only shown"
    for _press in range(2):
        scene.press("events:send_to", uid, email=typed, act="send")
        work.drain(InboundEvent)
    (request,) = requests_of(scene.live)
    assert request.candidate_email == typed
    event = event_of(scene.live, without_address.event_id)
    assert event.outcome == "sent.manual"
    assert "no e-mail address in SmartRecruiters; one was given by hand" in [check["seen"] for check in event.checks]
    with tenant(scene.live.organization):
        entry = AuditEntry.objects.get(action="event.sent_to_address")
        assert typed not in f"{entry.sentence} {entry.after}"


def test_an_address_that_smartrecruiters_got_meanwhile_is_used(scene: Scene, without_address: InboundEvent) -> None:
    give_an_address(scene)
    scene.press("events:send_to", without_address.uid, email="other@nowak.example", act="send")
    work.drain(InboundEvent)
    (request,) = requests_of(scene.live)
    assert request.candidate_email == "tomasz.nowak@example.com"


@pytest.mark.parametrize("email", ["", "tomasz", "a@b", "x" * 250 + "@nowak.example", "a\x00@nowak.example"])
def test_an_address_that_cannot_be_one_is_asked_for_again(
    scene: Scene, without_address: InboundEvent, email: str
) -> None:
    page = scene.press("events:send_to", without_address.uid, email=email, act="send")
    assert "Error: " in page
    assert event_of(scene.live, without_address.event_id).outcome == "no.no_address"


def test_an_address_cures_nothing_else(scene: Scene, without_address: InboundEvent) -> None:
    switch(on=False)(scene)
    page = scene.press("events:send_to", without_address.uid, email="tomasz@nowak.example")
    assert "“Make Candidate Requests from SmartRecruiters” was off." in page
    assert 'value="send"' not in page
