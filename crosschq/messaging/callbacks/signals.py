"""The receivers of libraries' signals. We send none of our own."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from crosschq.messaging.callbacks import providers


@receiver(tracking, dispatch_uid="messaging.email_event")
def mail_told(event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    """django-anymail verified an event of a mail provider."""
    message = providers.find_message(
        uid=str((event.metadata or {}).get("message", "")), provider_id=event.message_id or ""
    )
    if message is None:
        return
    told = providers.told_of_mail(
        provider=esp_name,
        event_id=event.event_id,
        word=event.event_type,
        why=event.reject_reason,
        happened_at=event.timestamp,
    )
    providers.take_in(message, told)
