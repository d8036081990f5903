"""Receivers for signals from libraries. We define no signals of our own."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from crosschq.messaging.callbacks import providers


@receiver(tracking, dispatch_uid="messaging.email_event")
def on_tracking_event(event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    """Handle an event from an email provider, already verified by django-anymail."""
    message = providers.find_message(
        uid=str((event.metadata or {}).get("message", "")), provider_id=event.message_id or ""
    )
    if message is None:
        return
    report = providers.email_report(
        provider=esp_name,
        event_id=event.event_id,
        event_type=event.event_type,
        reject_reason=event.reject_reason,
        happened_at=event.timestamp,
        raw=event.esp_event,
        response=event.mta_response or "",
    )
    providers.store_report(message, report)
