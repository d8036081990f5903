"""The alert email that SmartRecruiters sends to a subscription's alerting address, delivered to the sandbox inbox."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import make_msgid

from sandbox.events import Event
from sandbox.state import State, Subscription

SENDER = "webhooks@smartrecruiters.example"


def send_alert(state: State, subscription: Subscription, subject: str, event: Event) -> None:
    """Send one alert to the inbox if the subscription has an alerting address."""
    if subscription.alert_email is None:
        return
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, subscription.alert_email, subject
    message["Message-ID"] = make_msgid(domain="smartrecruiters.example")
    message.set_content(
        f"Subscription {subscription.id} to {subscription.callback_url}\nLast event: {event.name} {event.id}\n"
    )
    state.mailbox.add(message.as_bytes(), sender=SENDER, recipients=[subscription.alert_email], at=state.clock.now())
