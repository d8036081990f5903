from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings

from crosschq.organizations.models import Organization
from scripts.stack.processes import free_port
from tests.factories import make_organization
from tests.messaging.inbox import Inbox


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    """What the mail server of the settings has taken."""
    held = Inbox()
    controller = Controller(held, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    yield held
    controller.stop()


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")
