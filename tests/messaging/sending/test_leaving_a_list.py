"""Emails outside a request have one-click unsubscribe (RFC 8058) and their own sender."""

from __future__ import annotations

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.sending.send import Sender, cancel_unsent
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from tests.messaging.inbox import Inbox
from tests.messaging.rows import REQUEST, deliver, reread, write

pytestmark = pytest.mark.django_db
LEAVE = "http://localhost:8000/p/secret-token/leave/"


def test_an_email_with_unsubscribe_says_so_in_its_headers(inbox: Inbox, acme: Organization) -> None:
    deliver(write(acme, list_unsubscribe=LEAVE, sender=Sender(name="Acme GmbH via Crosschq")))
    email = inbox.only()
    assert email["List-Unsubscribe"] == f"<{LEAVE}>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert email["From"] == "Acme GmbH via Crosschq <prospects@crosschq.example>"
    assert inbox.senders == ["prospects@crosschq.example"]


def test_other_emails_have_no_unsubscribe_headers(inbox: Inbox, acme: Organization) -> None:
    deliver(write(acme))
    assert "List-Unsubscribe" not in inbox.only()
    assert "List-Unsubscribe-Post" not in inbox.only()
    assert inbox.senders == ["no-reply@crosschq.example"]


def test_the_unsubscribe_url_is_secret_and_deleted_with_the_text(inbox: Inbox, acme: Organization) -> None:
    assert deliver(write(acme, list_unsubscribe=LEAVE)).list_unsubscribe == ""
    waiting = write(acme, list_unsubscribe=LEAVE)
    with tenant(acme):
        cancel_unsent(about_kind="request", about_uid=REQUEST)
    assert (reread(waiting).state, reread(waiting).list_unsubscribe) == (WorkState.CANCELLED, "")
