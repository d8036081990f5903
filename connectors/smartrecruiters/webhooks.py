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
NEWEST_KEY = Operation("GET", f"{BASE}/{{id}}/secret-key", READ)
LOG = Operation("GET", f"{BASE}/{{id}}/callbacks-log", READ)
PAGE = {"limit": "100"}


class Webhooks:
    client: Client

    def webhooks(self) -> list[ats.WebhookSubscription]:
        """subscriptions.getAll: those of this app in the name of this user"""
        return read_each(self.client.pages(ALL, params=PAGE, cursor="page_id"), _webhook)

    def webhook(self, webhook_id: str) -> ats.WebhookSubscription:
        """subscriptions.get"""
        found = self.client.ask(ONE, {"id": webhook_id})
        found.same("id", webhook_id)
        return _webhook(found)

    def create_webhook(self, url: str) -> str:
        """subscriptions.create; its id. Nothing is delivered before its activation."""
        body: dict[str, object] = {"callbackUrl": url, "events": list(EVENTS)}
        if settings.SMARTRECRUITERS["alert_email"]:
            body["alertingEmailAddress"] = settings.SMARTRECRUITERS["alert_email"]
        return self.client.ask(CREATE, body=body).id()

    def create_signing_key(self, webhook_id: str) -> str:
        """subscriptions.generateSecretKey. The key before it signs on for 24 hours; up to 16 at a time."""
        return self.client.ask(CREATE_KEY, {"id": webhook_id}).text("secretKey")

    def newest_signing_key(self, webhook_id: str) -> str:
        """subscriptions.getSecretKey: the newest one. Raises NotVisible where none was made."""
        return self.client.ask(NEWEST_KEY, {"id": webhook_id}).text("secretKey")

    def activate_webhook(self, webhook_id: str) -> None:
        """subscriptions.activate. The vendor calls us back meanwhile. Active already is well."""
        try:
            self.client.tell(ACTIVATE, {"id": webhook_id})
        except ats.Conflict:
            return

    def delete_webhook(self, webhook_id: str) -> None:
        """subscriptions.delete. Gone already is well."""
        try:
            self.client.tell(DELETE, {"id": webhook_id})
        except ats.NotVisible:
            return

    def failed_deliveries(self, webhook_id: str, *, after: datetime) -> list[ats.FailedDelivery]:
        """subscriptions.searchCallbackLog, oldest first. `after` lies within the log's 30 days.

        Entries without an event id are left out: they are no events.
        """
        params = {"callbackStatus": "failed", "after": vendor_time(after), **PAGE}
        items = self.client.pages(LOG, {"id": webhook_id}, params=params, cursor="page_id")
        callbacks = read_each(items, _callback)
        return sorted((callback for callback in callbacks if callback.event_id), key=lambda callback: callback.at)


def _webhook(item: Node) -> ats.WebhookSubscription:
    """Whole or not at all: a subscription for other events than ours would be made anew."""
    return ats.WebhookSubscription(
        id=item.id(),
        url=item.text("callbackUrl"),
        active=item.text("status").casefold() == "active",
        events=tuple(event.text("name") for event in item.each("events")),
    )


def _callback(item: Node) -> ats.FailedDelivery:
    request = item.part("requestDetails", required=True)
    headers = request.headers("headers")
    return ats.FailedDelivery(
        at=item.moment("timestamp"),
        event_id=headers.get("event-id", ""),
        event_name=headers.get("event-name", ""),
        event_version=headers.get("event-version", ""),
        body=request.json("body"),
    )
