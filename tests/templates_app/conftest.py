from __future__ import annotations

import pytest
from django.test import Client

from crosschq.tenancy.models import Organization, Role, User
from tests.factories import make_member, make_organization, make_user, signed_in


@pytest.fixture
def acme(db: None) -> Organization:
    """An organization with the same URL in each test, so that `kept` can cache its pages."""
    return make_organization("Acme GmbH", slug="acme-gmbh")


@pytest.fixture
def dana(acme: Organization) -> User:
    """An admin of Acme."""
    return make_member(acme, Role.ADMIN, make_user(name="Dana Ruiz"))


@pytest.fixture
def browser(client: Client, dana: User) -> Client:
    """A client signed in as Dana."""
    return signed_in(client, dana)
