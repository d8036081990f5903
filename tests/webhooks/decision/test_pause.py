"""While the connector is paused, events are stored and start nothing."""

from django.test import Client
from django.urls import reverse

from connectors.connection import settings
from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from tests.factories import signed_in
from tests.vendor import Vendor
from tests.webhooks.moves import last_call, move_and_decide, requests_of
from webhooks.log import actions
from webhooks.models import InboundEvent


def test_resume_and_send_does_both_with_one_click(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    with tenant(live.organization):
        settings.pause(connection=live, actor=admin)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    signed_in(client, admin)
    where = [live.organization.slug, "smartrecruiters", event.uid]
    assert "Resume and send" in client.get(reverse("events:detail", args=where)).content.decode()
    for _press in range(2):
        client.post(reverse("events:resume", args=where))
        work_item.drain(InboundEvent)
    with tenant(live.organization):
        assert Connection.objects.get().paused_at is None
    assert len(requests_of(live)) == 1


def test_a_move_during_a_pause_is_stored_and_continues_after_a_click(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    with tenant(live.organization):
        settings.pause(connection=live, actor=admin)
    before = last_call(vendor)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert event.outcome == "no.paused"
    assert event.sentence == "The connector was paused."
    assert event.checks[-1]["result"] == "stop"
    assert vendor.calls(after=before) == []
    assert requests_of(live) == []
    with tenant(live.organization):
        settings.resume(connection=live, actor=admin)
        actions.try_again(event, actor=admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1
