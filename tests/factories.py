"""The rows that most tests need. Each app's own rows are in `tests/<app>/factories.py`."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from django.test import Client

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.tenancy.models import Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant

PASSWORD = "correct horse battery staple"
_number = itertools.count(1)


def make_user(email: str | None = None, *, name: str = "Dana Whitfield", password: str | None = None) -> User:
    """A user. Without a password, only `signed_in` can sign them in, which is much faster."""
    user = User(email=email or f"user{next(_number)}@acme.example", name=name)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    return user


def make_organization(name: str = "Acme GmbH", slug: str | None = None, *, time_zone: str = "UTC") -> Organization:
    slug = slug or f"acme-{next(_number)}"
    return Organization.objects.create(name=name, slug=slug, time_zone=time_zone)


def make_member(organization: Organization, role: Role = Role.RECRUITER, user: User | None = None) -> User:
    """A member of the organization with this role; a new user unless one is given."""
    user = user or make_user()
    Membership.objects.create(organization=organization, user=user, role=role)
    return user


def make_connection(organization: Organization, **fields: Any) -> Connection:
    """A live connection to SmartRecruiters with requests switched on. Opens its own `tenant()`."""
    values = {
        "vendor": "smartrecruiters",
        "state": ConnectionState.CONNECTED,
        "company_id": f"company-{uuid.uuid4().hex[:8]}",
        "company_name": organization.name,
        "requests_on": True,
        **fields,
    }
    if organization.connected_at is None:
        organization.connected_at = clock.now()
        organization.save(update_fields=["connected_at"])
    with tenant(organization):
        connection: Connection = Connection.objects.create(organization=organization, **values)
        return connection


def signed_in(client: Client, user: User) -> Client:
    """The same client, with this user signed in."""
    client.force_login(user)
    return client
