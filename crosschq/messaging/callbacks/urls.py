"""Callback URLs for email providers and the text gateway. Email URLs exist only for the configured provider."""

from collections.abc import Callable
from typing import Any

from anymail import urls as anymail_urls
from django.urls import URLPattern, path

from crosschq.core.database import timeouts
from crosschq.messaging.callbacks import views
from crosschq.tenancy.access import Policy, with_policy

NOT_DELIVERY = "inbound"


def text_urls() -> list[URLPattern]:
    return [
        path("texts/status/<uuid:uid>", views.status, name="text_status"),
        path("texts/inbound", views.inbound, name="text_inbound"),
    ]


def email_urls(provider: str) -> list[URLPattern]:
    """django-anymail's tracking view for this provider, which checks the secret and signature; empty for ""."""
    if not provider:
        return []
    found = [entry for entry in anymail_urls.urlpatterns if _is_tracking(entry, provider)]
    for entry in found:
        view: Callable[..., Any] = entry.callback
        with_policy(view, Policy("signature"))
    bounded = timeouts.answers_within(views.DATABASE_SECONDS)
    return [path(f"mail/{entry.pattern}", bounded(entry.callback), name="mail_tracking") for entry in found]


def _is_tracking(entry: URLPattern, provider: str) -> bool:
    name = entry.name or ""
    return name.startswith(f"{provider}_") and name.endswith("webhook") and NOT_DELIVERY not in name
