"""Requests that tests copy are what the product would have made."""

from __future__ import annotations

import pytest
from django.db import transaction

from crosschq.tenancy.models import Role
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import sent_request

pytestmark = pytest.mark.django_db


def owner_where_replies_go_to(email: str) -> str:
    """The owner of a request, whose rows the next test has no more."""
    with transaction.atomic():
        organization = make_organization("Acme GmbH")
        make_member(organization, Role.OWNER, make_user(email))
        owner: str = sent_request(organization).reread().owner_email
        transaction.set_rollback(True)
    return owner


def test_a_request_keeps_its_owner_where_replies_go_to_someone_else() -> None:
    assert owner_where_replies_go_to("dana@acme.example") == "dana@acme.example"
    assert owner_where_replies_go_to("ada@acme.example") == "dana@acme.example"
