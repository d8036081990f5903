from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from crosschq.tenancy.models import Organization
from tests.factories import make_organization
from tests.messaging.inbox import Inbox, run_inbox


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    with run_inbox(settings) as held:
        yield held


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")
