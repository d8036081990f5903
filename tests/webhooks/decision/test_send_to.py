"""A candidate with no valid address in the ATS gets the request at an address that a member enters."""

from __future__ import annotations

import pytest

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy.models import AuditEntry
from crosschq.tenancy.scope import tenant
from tests.audit import sentence_of
from tests.webhooks.moves import event_of, requests_of
from tests.webhooks.scene import MAYA, TOMASZ, Scene, give_an_address, switch
from webhooks.models import InboundEvent


@pytest.fixture
def without_address(scene: Scene) -> InboundEvent:
    event = scene.move(TOMASZ)
    assert event.outcome == "no.no_address"
    return event


def test_a_candidate_without_an_address_gets_the_request_at_the_entered_one(
    scene: Scene, without_address: InboundEvent
) -> None:
    uid, typed = without_address.uid, "tomasz@nowak.example"
    page = scene.press("events:send_to", uid, email=typed)
    for expected in ("Send this request?", typed, "Engineering"):
        assert expected in page
    assert requests_of(scene.live) == [], "it was only shown"
    for _press in range(2):
        scene.press("events:send_to", uid, email=typed, act="send")
        work_item.drain(InboundEvent)
    (reference_request,) = requests_of(scene.live)
    assert reference_request.candidate_email == typed
    event = event_of(scene.live, without_address.event_id)
    assert event.outcome == "sent.manual"
    seen = "No valid email address in SmartRecruiters; one was entered manually"
    assert seen in [check["detail"] for check in event.checks]
    with tenant(scene.live.organization):
        entry = AuditEntry.objects.get(action="event.sent_to_address")
        assert typed not in f"{sentence_of(entry)} {entry.after}"


def test_an_address_added_in_the_ats_meanwhile_is_used(scene: Scene, without_address: InboundEvent) -> None:
    give_an_address(scene)
    scene.press("events:send_to", without_address.uid, email="other@nowak.example", act="send")
    work_item.drain(InboundEvent)
    (reference_request,) = requests_of(scene.live)
    assert reference_request.candidate_email == "tomasz.nowak@example.com"


def test_an_invalid_address_is_asked_for_again(scene: Scene, without_address: InboundEvent) -> None:
    for email in ("", "tomasz", "a@b", "x" * 250 + "@nowak.example", "a\x00@nowak.example"):
        page = scene.press("events:send_to", without_address.uid, email=email, act="send")
        assert "Error: " in page
        assert event_of(scene.live, without_address.event_id).outcome == "no.no_address"


def test_an_entered_address_fixes_nothing_else(scene: Scene, without_address: InboundEvent) -> None:
    switch(on=False)(scene)
    page = scene.press("events:send_to", without_address.uid, email="tomasz@nowak.example")
    assert "“Make Candidate Requests from SmartRecruiters” was off." in page
    assert 'value="send"' not in page


def unreachable(scene: Scene, reason: SuppressionReason) -> tuple[InboundEvent, str]:
    """Maya is moved. Earlier, email to her address bounced, or she opted out."""
    address = scene.vendor.candidate(MAYA[0])["email"]
    with tenant(scene.live.organization):
        suppress(organization=scene.live.organization, channel=Channel.EMAIL, address=address, reason=reason)
    return scene.move(MAYA), address


@pytest.mark.parametrize("same", [True, False])
def test_a_bounced_address_can_be_corrected_or_confirmed(scene: Scene, same: bool) -> None:
    event, address = unreachable(scene, SuppressionReason.BOUNCED)
    assert (event.outcome, requests_of(scene.live)) == ("fail.bounced", [])
    typed = address if same else "maya@right.example"
    scene.press("events:send_to", event.uid, email=typed, act="send")
    work_item.drain(InboundEvent)
    (reference_request,) = requests_of(scene.live)
    assert reference_request.candidate_email == typed
    work_item.drain(Message)
    with tenant(scene.live.organization):
        invitation = Message.objects.get(kind="candidate_invitation")
    assert (invitation.to_email, invitation.state) == (typed, WorkState.DONE)


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.NOT_THEM])
def test_an_opted_out_address_gets_no_manual_request_either(scene: Scene, reason: SuppressionReason) -> None:
    event, address = unreachable(scene, reason)
    assert event.outcome == "no.opted_out"
    page = scene.press("events:send_to", event.uid, email=address)
    assert "asked us not to email them" in page
    assert 'value="send"' not in page
    scene.press("events:send_to", event.uid, email=address, act="send")
    work_item.drain(InboundEvent)
    assert requests_of(scene.live) == []
    scene.press("events:send_to", event.uid, email="maya@right.example", act="send")
    work_item.drain(InboundEvent)
    assert len(requests_of(scene.live)) == 1
