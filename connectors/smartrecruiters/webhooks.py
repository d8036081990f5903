"""Webhooks API, base /webhooks-api/v201907 (developers.smartrecruiters.com/reference/subscriptionscreate)."""

from datetime import datetime

from django.conf import settings

from connectors import ats
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.candidates import vendor_time
from connectors.smartrecruiters.client import Client, Operation
from connectors.smartrecruiters.events import EVENTS

BASE = "/webhooks-api/v201907/subscriptions"
READ, WRITE = ("webhooks_read", "webhooks_manage"), ("webhooks_write", "webhooks_manage")
ALL = Operation("GET", BASE, READ)
ONE = Operation("GET", f"{BASE}/{{id}}", READ)
CREATE = Operation("POST", BASE, WRITE)
DELETE = Operation("DELETE", f"{BASE}/{{id}}", ("webhooks_delete", "webhooks_manage"))
ACTIVATE = Operation("PUT", f"{BASE}/{{id}}/activation", WRITE)
CREATE_KEY = Operation("POST", f"{BASE}/{{id}}/secret-key", WRITE)
LOG = Operation("GET", f"{BASE}/{{id}}/callbacks-log", READ)
PAGE = {"limit": "100"}


class Webhooks:
    client: Client

    def webhooks(self) -> list[ats.WebhookSubscription]:
        """subscriptions.getAll: the subscriptions that this app created for this user"""
        return read_each(self.client.pages(ALL, params=PAGE, cursor="page_id"), _webhook)

    def webhook(self, webhook_id: str) -> ats.WebhookSubscription:
        """subscriptions.get"""
        found = self.client.ask(ONE, {"id": webhook_id})
        found.expect("id", webhook_id)
        return _webhook(found)

    def create_webhook(self, url: str) -> str:
        """subscriptions.create: return the new id. Deliveries start after activation."""
        body: dict[str, object] = {"callbackUrl": url, "events": list(EVENTS)}
        if settings.SMARTRECRUITERS["alert_email"]:
            body["alertingEmailAddress"] = settings.SMARTRECRUITERS["alert_email"]
        return self.client.ask(CREATE, body=body).id()

    def create_signing_key(self, webhook_id: str) -> str:
        """subscriptions.generateSecretKey. The previous key keeps signing for 24 hours. 16 keys at most."""
        return self.client.ask(CREATE_KEY, {"id": webhook_id}).text("secretKey", most=None)

    def activate_webhook(self, webhook_id: str) -> None:
        """subscriptions.activate. The vendor calls our URL before it answers. Already active counts as success."""
        try:
            self.client.send(ACTIVATE, {"id": webhook_id})
        except ats.Conflict:
            return

    def delete_webhook(self, webhook_id: str) -> None:
        """subscriptions.delete. Already deleted counts as success."""
        try:
            self.client.send(DELETE, {"id": webhook_id})
        except ats.NotVisible:
            return

    def failed_deliveries(self, webhook_id: str, *, after: datetime) -> list[ats.FailedDelivery]:
        """subscriptions.searchCallbackLog, oldest first. `after` must lie within the log's 30 days.

        Entries without an event id aren't events and are left out.
        """
        params = {"callbackStatus": "failed", "after": vendor_time(after), **PAGE}
        items = self.client.pages(LOG, {"id": webhook_id}, params=params, cursor="page_id")
        deliveries = read_each(items, _failed_delivery)
        return sorted((each for each in deliveries if each.event_id), key=lambda each: each.at)


def _webhook(item: Node) -> ats.WebhookSubscription:
    """Return the subscription. Raises Malformed if a part is missing: a partial event list would make us replace it."""
    return ats.WebhookSubscription(
        id=item.id(),
        url=item.text("callbackUrl", most=None),
        active=item.text("status").casefold() == "active",
        events=tuple(event.text("name") for event in item.each("events")),
    )


def _failed_delivery(item: Node) -> ats.FailedDelivery:
    request = item.part("requestDetails", required=True)
    headers = request.headers("headers")
    return ats.FailedDelivery(
        at=item.moment("timestamp"),
        event_id=headers.get("event-id", ""),
        event_name=headers.get("event-name", ""),
        event_version=headers.get("event-version", ""),
        body=request.json("body"),
    )
