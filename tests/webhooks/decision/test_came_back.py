"""The invitation bounced: the event says so and links to the address."""

from __future__ import annotations

from django.urls import reverse

from crosschq.core.outbox import work_item
from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.scope import tenant
from tests.messaging.rows import change
from tests.webhooks.moves import requests_of
from tests.webhooks.scene import MAYA, Scene

SAYS = "The email to the candidate bounced"


def test_the_event_links_to_the_bounced_address_until_it_is_corrected(scene: Scene) -> None:
    event = scene.move(MAYA)
    assert event.outcome == "sent.matched"
    work_item.drain(Message)
    assert SAYS not in scene.read("events:detail", event.uid)
    (reference_request,) = requests_of(scene.live)
    with tenant(scene.live.organization):
        invitation = Message.objects.get(kind="candidate_invitation")
    change(invitation, delivery=DeliveryStatus.BOUNCED)
    page = scene.read("events:detail", event.uid)
    slug = scene.live.organization.slug
    assert SAYS in page
    assert reference_request.candidate_email in page
    address = reverse("requests:address", args=[slug, reference_request.uid])
    assert address in page
    scene.browser.post(address, {"email": "maya@right.example"})
    assert SAYS not in scene.read("events:detail", event.uid)
