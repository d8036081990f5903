"""Where a user is signed in. allauth's rows hold the device and address; Django's sessions hold the expiry.

allauth's own page deletes rows on a GET, and its middleware writes one on each GET, so we use only its rows. The
session itself stores when it was last used, updated at most once an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from crosschq.accounts.profile.devices import device_words
from crosschq.core import clock
from crosschq.tenancy.models import User

SEEN = "seen_at"
SEEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class BrowserSession:
    """A browser in which the user is signed in."""

    pk: int
    device: str
    address: str
    since: datetime
    last_seen: datetime
    is_this: bool


def active_sessions(user: User, *, this: str | None) -> list[BrowserSession]:
    """The user's live sessions: the current one first, then the most recently used. Makes two queries."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    live = Session.objects.filter(session_key__in=rows, expire_date__gt=clock.now())
    found = []
    for session in live:
        row, data = rows[session.session_key], session.get_decoded()
        # A password change ends older sessions, because their auth hash no longer matches.
        known = constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
        if not known or data.get(SESSION_KEY) != str(user.pk):
            continue
        found.append(
            BrowserSession(
                pk=row.pk,
                device=device_words(row.user_agent),
                address=row.ip,
                since=row.created_at,
                last_seen=max(row.created_at, datetime.fromtimestamp(data.get(SEEN, 0), UTC)),
                is_this=row.session_key == this,
            )
        )
    return sorted(found, key=lambda each: (each.is_this, each.last_seen), reverse=True)


def end_sessions(user: User, *, besides: str | None, pk: int | None = None) -> int:
    """End one session, or all sessions except `besides`. Returns how many ended."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=besides or "")
    if pk is not None:
        rows = rows.filter(pk=pk)
    keys = list(rows.values_list("session_key", flat=True))
    ended, _by_table = Session.objects.filter(session_key__in=keys).delete()
    rows.filter(session_key__in=keys).delete()
    return ended


def forget_ended() -> int:
    """Delete rows of sessions that no longer exist. Returns how many."""
    gone: int
    gone, _by_table = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return gone


class LastUsedMiddleware:
    """Stores when a session was last used. Goes below SessionMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        # Don't create a session for pages that need none.
        if session.accessed and SESSION_KEY in session:
            now = int(clock.now().timestamp())
            # Signing in modifies the session, so this adds the first timestamp. Django saves a modified session anyway.
            if session.modified or now - session.get(SEEN, now) >= SEEN_EVERY.total_seconds():
                session[SEEN] = now
        return response
