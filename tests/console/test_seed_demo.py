from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from crosschq.tenancy.models import Membership, Role, User

ACCOUNT = {
    "name": "Alex Weber",
    "email": "admin@acme.example",
    "password": "correct horse battery",
    "organization": "Acme GmbH",
    "slug": "acme",
    "time_zone": "Europe/Berlin",
}


def seed(monkeypatch: pytest.MonkeyPatch, *accounts: dict[str, str]) -> None:
    monkeypatch.setenv("DEMO_ACCOUNTS", json.dumps(accounts))
    call_command("seed_demo")


@pytest.mark.django_db
def test_the_owner_of_a_seeded_organization_can_sign_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(monkeypatch, ACCOUNT)
    user = authenticate(email="admin@acme.example", password="correct horse battery")
    assert user is not None
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).exists()
    membership = Membership.objects.select_related("organization").get(user=user)
    assert (membership.role, membership.organization.slug) == (Role.OWNER, "acme")
    assert membership.organization.time_zone == "Europe/Berlin"
    assert "horse" not in capsys.readouterr().out


@pytest.mark.django_db
def test_a_database_with_accounts_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("somebody@example.com", "some password of theirs")
    with pytest.raises(CommandError, match="already has accounts"):
        seed(monkeypatch, ACCOUNT)
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("value", [None, "", "not JSON"])
def test_nothing_is_created_without_accounts(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("DEMO_ACCOUNTS", raising=False)
    if value is not None:
        monkeypatch.setenv("DEMO_ACCOUNTS", value)
    with pytest.raises(CommandError, match="DEMO_ACCOUNTS must be a JSON array"):
        call_command("seed_demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_if_empty_leaves_a_database_with_accounts_alone_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("dana@example.com", "correct horse battery")
    monkeypatch.setenv("DEMO_ACCOUNTS", json.dumps([ACCOUNT]))
    call_command("seed_demo", "--if-empty")
    assert User.objects.count() == 1
