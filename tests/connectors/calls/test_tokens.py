"""Access tokens: one worker refreshes them once, and only a person can lose the grant."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from connectors import registry
from connectors.ats import NeedsSignIn, NotVisible, Tokens, Unavailable
from connectors.calls.gateway import StoredTokens, open_ats
from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.connected import already_connected, member_made_once
from tests.factories import make_connection, make_organization
from tests.patience import SECONDS
from tests.vendor import Vendor

TOKEN_ROUTE = "POST /identity/oauth/token"


@pytest.fixture
def connection(vendor: Vendor) -> Connection:
    return already_connected(vendor, member_made_once(Role.OWNER))


def expire(connection: Connection) -> Connection:
    with tenant(connection.organization):
        Connection.objects.update(token_expires_at=clock.now(), token_stored_at=clock.now() - timedelta(minutes=30))
    return stored(connection)


def stored(connection: Connection) -> Connection:
    with tenant(connection.organization):
        row: Connection = Connection.objects.get(pk=connection.pk)
    return row


def token_calls(vendor: Vendor) -> int:
    return vendor.calls().count(TOKEN_ROUTE)


def test_an_expired_token_is_refreshed_and_both_tokens_are_replaced(vendor: Vendor, connection: Connection) -> None:
    before = expire(connection)
    assert open_ats(connection).me().name == "Ada Integration"
    after = stored(connection)
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert after.refresh_lease is None


def test_eight_workers_at_the_same_expiry_refresh_once(vendor: Vendor, connection: Connection) -> None:
    calls = token_calls(vendor)
    expire(connection)

    def ask(_number: int) -> str:
        try:
            return open_ats(connection).me().name
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as workers:
        names = list(workers.map(ask, range(8)))
    assert names == ["Ada Integration"] * 8
    assert token_calls(vendor) == calls + 1
    assert stored(connection).state == ConnectionState.CONNECTED


def test_a_token_that_the_vendor_no_longer_knows_is_refreshed(vendor: Vendor, connection: Connection) -> None:
    with tenant(connection.organization):
        row = Connection.objects.get()
        row.access_token, row.token_stored_at = "stale", clock.now() - timedelta(minutes=5)
        row.save()
    assert open_ats(connection).me().name == "Ada Integration"


def test_a_401_with_a_new_token_is_about_the_object(vendor: Vendor, connection: Connection) -> None:
    calls = token_calls(vendor)
    with pytest.raises(NotVisible):
        open_ats(connection).candidate("00000000-0000-4000-8000-000000000000")
    assert token_calls(vendor) == calls


def test_a_revoked_grant_needs_a_person_and_emails_the_admins_once(vendor: Vendor, connection: Connection) -> None:
    vendor.tell("revoke")
    expire(connection)
    for _ in range(3):
        with pytest.raises(NeedsSignIn):
            open_ats(connection).me()
    assert stored(connection).state == ConnectionState.NEEDS_SIGN_IN
    with tenant(connection.organization):
        assert Message.objects.filter(kind="connection_needs_sign_in").count() == 1


@pytest.mark.parametrize("fault", [{"kind": "empty_token"}, {"kind": "status", "status": 503}, {"kind": "not_json"}])
def test_a_sign_in_without_a_token_keeps_the_old_one(
    vendor: Vendor, connection: Connection, fault: dict[str, object]
) -> None:
    before = expire(connection)
    vendor.tell("faults", route=TOKEN_ROUTE, **fault)
    with pytest.raises(Unavailable):
        open_ats(connection).me()
    assert stored(connection).refresh_token == before.refresh_token
    assert open_ats(connection).me().name == "Ada Integration"


def test_a_lost_response_allows_one_careful_retry_and_then_needs_a_person(
    vendor: Vendor, connection: Connection
) -> None:
    expire(connection)
    vendor.tell("faults", route=TOKEN_ROUTE, kind="reset", when="after")
    with pytest.raises(Unavailable):
        open_ats(connection).me()
    with pytest.raises(NeedsSignIn):
        open_ats(connection).me()
    assert stored(connection).state == ConnectionState.NEEDS_SIGN_IN


@pytest.mark.django_db
@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("meanwhile", [ConnectionState.NOT_CONNECTED, ConnectionState.CONNECTED])
def test_a_refresh_that_ends_after_a_person_disconnected_or_signed_in_again_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, meanwhile: ConnectionState, *, refused: bool
) -> None:
    long_ago, later = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    tokens = {"access_token": "a0", "refresh_token": "r0", "token_expires_at": long_ago, "token_stored_at": long_ago}
    connection = make_connection(make_organization(), **tokens)

    def refresh(_vendor: object, _token: str) -> Tokens:
        row = stored(connection)
        row.state, row.refresh_lease, row.refresh_lease_until = meanwhile, None, None
        row.access_token, row.refresh_token, row.token_expires_at = "a1", "r1", later
        with tenant(connection.organization):
            row.save()
        if refused:
            raise NeedsSignIn("SmartRecruiters no longer accepts our sign-in.")
        return Tokens("late", "late", later)

    monkeypatch.setattr(type(registry.vendor("smartrecruiters")), "refresh", refresh)
    if meanwhile == ConnectionState.CONNECTED:
        assert StoredTokens(connection).current() == "a1"
    else:
        with pytest.raises(NeedsSignIn):
            StoredTokens(connection).current()
    after = stored(connection)
    assert (after.state, after.access_token, after.refresh_token) == (meanwhile, "a1", "r1")


@pytest.mark.django_db(transaction=True)
def test_a_refresh_that_ends_after_its_lease_counts_and_the_next_worker_uses_its_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The vendor accepts each refresh token once, so it refuses the next worker."""
    long_ago, later = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    tokens = {"access_token": "a0", "refresh_token": "r0", "token_expires_at": long_ago, "token_stored_at": long_ago}
    connection = make_connection(make_organization(), **tokens)
    next_asked, first_ended, used = threading.Event(), threading.Event(), []

    def refresh(_vendor: object, token: str) -> Tokens:
        used.append(token)
        if len(used) > 1:
            next_asked.set()
            assert first_ended.wait(SECONDS)
            raise NeedsSignIn("SmartRecruiters no longer accepts our sign-in.")
        with tenant(connection.organization):
            Connection.objects.update(refresh_lease_until=long_ago)
        following.append(workers.submit(ask))
        assert next_asked.wait(SECONDS)
        return Tokens("a1", "r1", later)

    def ask() -> str:
        try:
            return StoredTokens(connection).current()
        finally:
            connections.close_all()

    monkeypatch.setattr(type(registry.vendor("smartrecruiters")), "refresh", refresh)
    following: list[Future[str]] = []
    with ThreadPoolExecutor(1) as workers:
        assert ask() == "a1"
        first_ended.set()
        assert following[0].result() == "a1"
    after = stored(connection)
    assert (after.state, after.access_token, after.refresh_token) == (ConnectionState.CONNECTED, "a1", "r1")
    assert used == ["r0", "r0"]
