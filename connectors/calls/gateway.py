"""Opens a connection's ATS with its access token. Only one worker refreshes the token at a time.

A refresh token works once, so a worker takes a lease on the connection's row in one short transaction, calls the
vendor, and stores the new tokens in another. Other workers wait and read the row again. If a lease expires without a
result, the next worker tries the old refresh token. If the vendor refuses it, an admin must sign in again. A result
that comes after its lease still counts if nobody replaced the refresh token meanwhile: the vendor accepts no other.
"""

import math
import time
import uuid
from datetime import timedelta

import structlog
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import admin_alerts, ats, registry
from connectors.calls.limiter import SharedLimiter
from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import tenant

log = structlog.get_logger(__name__)

EARLY = timedelta(minutes=1)  # refresh a token this long before it expires
NEW = timedelta(minutes=1)  # a 401 on a token this young concerns the object, not the token
IDLE = timedelta(days=7)
REFRESH_LEASE = timedelta(seconds=60)
WAIT_SECONDS = 45
POLL_SECONDS = 0.2
# Calls in quick succession share a read of the row. A sign-in that ended meanwhile ends them a moment later, as it does
# a call that was already sent.
SHARED_SECONDS = 1.0


def open_ats(connection: Connection, *, just_read: bool = False) -> ats.Ats:
    """Return the ATS of this connection. Makes no call yet. just_read: the first call may use the row's own token."""
    vendor = registry.vendor(connection.vendor)
    limiter = SharedLimiter(ats_name=vendor.product, credential=str(connection.uid), budget=vendor.budget())
    return vendor.open(StoredTokens(connection, just_read=just_read), limiter)


def keep_alive(connection: Connection) -> None:
    """Refresh a grant unused for a week, before it expires. Raises AtsError."""
    tokens = StoredTokens(connection)
    tokens.refresh_if_older(IDLE)


def as_setback(error: ats.AtsError, connection: Connection) -> work_item.Setback:
    """Translate an ATS error for the work item that caused it."""
    match error:
        case ats.NeedsSignIn():
            return work_item.Hold(error.sentence, held_for=connection.sign_in_hold, code="sign_in")
        case ats.Forbidden():
            return work_item.Hold(error.sentence, held_for=connection.sign_in_hold, code="permission")
        case ats.NotVisible():
            return work_item.GiveUp(error.sentence, code="gone")
        case _ if error.permanent:
            return work_item.GiveUp(error.sentence, code="refused")
        case ats.Unavailable():
            return work_item.DestinationUnavailable(error.sentence, code="busy")
    return work_item.Retry(error.sentence, code="busy")


class StoredTokens:
    """The connection's tokens, as a client's TokenSource."""

    def __init__(self, connection: Connection, *, just_read: bool = False) -> None:
        self.connection = connection
        self._row = connection if just_read else None
        self._use_until = math.inf  # time.monotonic(); the first call may use the row that was just read

    def current(self) -> str:
        row = self._checked(self._row) if self._row and time.monotonic() < self._use_until else self._read()
        self._use_until = min(self._use_until, time.monotonic() + SHARED_SECONDS)
        if row.token_expires_at and row.token_expires_at > clock.now() + EARLY:
            return row.access_token
        return self._refresh(row.access_token)

    def newer_than(self, refused: str) -> str | None:
        row = self._read()
        if row.access_token != refused:
            return row.access_token
        if row.token_stored_at and row.token_stored_at > clock.now() - NEW:
            return None
        return self._refresh(refused)

    def refresh_if_older(self, age: timedelta) -> None:
        row = self._read()
        if row.token_stored_at is None or row.token_stored_at < clock.now() - age:
            self._refresh(row.access_token)

    def _read(self) -> Connection:
        with tenant(self.connection.organization):
            self._row = Connection.objects.get(pk=self.connection.pk)
        self._use_until = time.monotonic() + SHARED_SECONDS
        return self._checked(self._row)

    def _checked(self, row: Connection) -> Connection:
        if row.state != ConnectionState.CONNECTED:
            raise ats.NeedsSignIn(_("%(ats)s needs a new sign-in.") % {"ats": self.connection.ats_name})
        return row

    def _refresh(self, old: str) -> str:
        """Return a token newer than `old`, refreshed here or by the worker that holds the lease."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            row = self._read()
            if row.access_token != old:
                return row.access_token
            lease = self._take_lease(old)
            if lease and (token := self._refresh_under(lease, row)):
                return token
            if time.monotonic() > deadline:
                sentence = _("Sign-in to %(ats)s is taking too long.") % {"ats": self.connection.ats_name}
                raise ats.Unavailable(sentence, sent=False)
            time.sleep(POLL_SECONDS)

    def _take_lease(self, old: str) -> uuid.UUID | None:
        lease = uuid.uuid4()
        free = Q(refresh_lease_until=None) | Q(refresh_lease_until__lt=Now())
        with tenant(self.connection.organization):
            row = Connection.objects.select_for_update().filter(free, pk=self.connection.pk).first()
            if row is None or row.access_token != old:
                return None
            Connection.objects.filter(pk=row.pk).update(refresh_lease=lease, refresh_lease_until=Now() + REFRESH_LEASE)
        return lease

    def _refresh_under(self, lease: uuid.UUID, row: Connection) -> str | None:
        """Return the new token, or None if what happened meanwhile counts instead."""
        try:
            tokens = registry.vendor(row.vendor).refresh(row.refresh_token)
        except ats.NeedsSignIn as error:
            if self._end(lease, row, lost=error.sentence):
                raise
            return None
        except ats.Unavailable:
            self._end(lease, row)
            raise
        return tokens.access if self._end(lease, row, tokens=tokens) else None

    def _end(self, lease: uuid.UUID, used: Connection, *, tokens: ats.Tokens | None = None, lost: str = "") -> bool:
        """Store the result of a refresh. Returns False if it doesn't count, because the lease was lost."""
        self._use_until = 0.0
        with tenant(self.connection.organization):
            row = Connection.objects.select_for_update().get(pk=self.connection.pk)
            if row.refresh_lease != lease:
                log.error("refresh_lease_lost")
                is_connected = row.state == ConnectionState.CONNECTED
                if not (tokens and is_connected and row.refresh_token == used.refresh_token):
                    return False
            row.refresh_lease = row.refresh_lease_until = None
            if tokens:
                store_tokens(row, tokens)
            if lost:
                row.state, row.problem = ConnectionState.NEEDS_SIGN_IN, lost
                admin_alerts.needs_sign_in(row)
            row.save()
        return True


def store_tokens(row: Connection, tokens: ats.Tokens) -> None:
    """Set the token fields; the caller saves the row."""
    if not rls.in_scope():
        raise RuntimeError("open the organization's scope before storing tokens")
    row.access_token, row.refresh_token = tokens.access, tokens.refresh
    row.token_expires_at, row.token_stored_at = tokens.expires_at, clock.now()
