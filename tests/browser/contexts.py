"""Browsers that are signed in."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

from crosschq.tenancy.models import User


def opened(chromium: Browser, site: str, user: User | None, **options: object) -> BrowserContext:
    """A new browser with this user signed in, or nobody."""
    context = chromium.new_context(base_url=site, **options)  # type: ignore[arg-type]  # passed on
    if user:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    return context
