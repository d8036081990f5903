"""The subscription behind a callback URL, with the keys that sign its deliveries."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections

from connectors.models import Connection, SigningKey, Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.security.encryption import Undecipherable
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import cross_tenant

REMEMBER_SECONDS = 30.0
MOST_REMEMBERED = 5000
# For how long a delivery waits for another one that reads the same endpoint, before it reads it itself.
WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Endpoint:
    """A subscription and its keys, each with the time at which it ends.

    `unreadable`: the error of another key that couldn't be decrypted.
    """

    connection: Connection
    subscription: Subscription
    all_keys: tuple[tuple[str, datetime | None], ...]
    unreadable: Undecipherable | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        now = clock.now()
        return tuple(key for key, until in self.all_keys if until is None or until >= now)


def find(vendor: str, path_token: str) -> Endpoint | None:
    """Read the endpoint of a callback URL. None if there is no such subscription, or it was removed."""
    with cross_tenant("only its secret path identifies the organization of a delivery"):
        subscription = (
            Subscription.objects.select_related("connection__organization")
            .filter(path_hash=hash_token(path_token), connection__vendor=vendor)
            .exclude(state=SubscriptionState.REMOVED)
            .first()
        )
        return _endpoint(subscription) if subscription else None


def _endpoint(subscription: Subscription) -> Endpoint:
    live = SigningKey.objects.filter(subscription=subscription).exclude(valid_until__lt=clock.now())
    keys, unreadable = [], None
    for each in live:
        try:
            keys.append((each.key, each.valid_until))  # decrypts it, and one broken key doesn't hide the others
        except Undecipherable as error:
            unreadable = error
    return Endpoint(subscription.connection, subscription, tuple(keys), unreadable)


class DatabaseEndpoints:
    """Endpoints as the database has them now."""

    def find(self, vendor: str, path_token: str) -> Endpoint | None:
        return find(vendor, path_token)

    find_again = find


class RecentEndpoints:
    """Endpoints that this process read in the last REMEMBER_SECONDS, so that a delivery costs no lookup.

    What changed meanwhile does no harm: the statement that stores a delivery checks that the subscription still exists,
    keys end by the clock, and after a signature that matches no key the caller reads the endpoint again. Only paths
    that exist are remembered.
    """

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], tuple[float, Endpoint]] = {}
        self._reading: dict[tuple[str, str], threading.Lock] = {}

    def find(self, vendor: str, path_token: str) -> Endpoint | None:
        """Return the endpoint. In a burst after a quiet time, one thread reads it, and the others wait for that."""
        if known := self.remembered(vendor, path_token):
            return known
        reading = self._reading.setdefault((vendor, path_token), threading.Lock())
        is_ours = reading.acquire(timeout=WAIT_SECONDS)
        try:
            return self.remembered(vendor, path_token) or self.find_again(vendor, path_token)
        finally:
            self._reading.pop((vendor, path_token), None)
            if is_ours:
                reading.release()

    def remembered(self, vendor: str, path_token: str) -> Endpoint | None:
        until, endpoint = self._read.get((vendor, path_token), (0.0, None))
        return endpoint if until > time.monotonic() else None

    def find_again(self, vendor: str, path_token: str) -> Endpoint | None:
        close_old_connections()  # Django does so when it starts a request, and this isn't one
        endpoint = find(vendor, path_token)
        if endpoint is None or endpoint.unreadable:
            self._read.pop((vendor, path_token), None)
            return endpoint
        if len(self._read) >= MOST_REMEMBERED:
            self._read.clear()
        self._read[vendor, path_token] = time.monotonic() + REMEMBER_SECONDS, endpoint
        return endpoint
