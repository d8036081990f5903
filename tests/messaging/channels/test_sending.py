"""A row becomes an email on a real mail server."""

from __future__ import annotations

import psycopg2
import pytest
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import Sender, send_email
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant
from scripts.stack.stack import Stack
from tests.core.jobs import end_lease
from tests.messaging.inbox import Inbox
from tests.messaging.rows import EMAIL, change, deliver, write

pytestmark = pytest.mark.django_db


def test_an_email_arrives_with_the_headers_that_email_clients_check(inbox: Inbox, acme: Organization) -> None:
    message = deliver(write(acme, sender=Sender(name="Acme GmbH", reply_to="dana@acme.example")))
    assert message.state == WorkState.DONE
    email = inbox.only()
    assert email["From"] == "Acme GmbH <no-reply@crosschq.example>"
    assert email["To"] == "Maya Osei <maya@candidates.example>"
    assert email["Reply-To"] == "dana@acme.example"
    assert email["Subject"] == "Maya, who can speak for your work?"
    assert email["Auto-Submitted"] == "auto-generated"
    assert email["Message-ID"] == message.message_id
    assert email["Message-ID"].endswith("@localhost>")
    assert email["Date"].datetime.date() == clock.now().date()
    assert inbox.recipients == [["maya@candidates.example"]]
    assert inbox.senders == ["no-reply@crosschq.example"]


def test_without_a_sender_name_an_email_comes_from_crosschq(inbox: Inbox, acme: Organization) -> None:
    deliver(write(acme))
    assert inbox.only()["From"] == "Crosschq <no-reply@crosschq.example>"
    assert "Reply-To" not in inbox.only()


def test_the_text_and_html_parts_say_the_same(inbox: Inbox, acme: Organization) -> None:
    deliver(write(acme))
    assert [part.get_content_type() for part in inbox.only().iter_parts()] == ["text/plain", "text/html"]
    for part in inbox.only().iter_parts():
        said = part.get_content()
        for words in (
            "Hello Maya,",
            "Acme GmbH asks for references.",
            "Begin",
            "http://localhost:8000/c/secret-token/",
        ):
            assert words in said


def test_names_in_any_script_arrive_unchanged(inbox: Inbox, acme: Organization) -> None:
    email = Email("Grüße, 北京", "", ("ß",))
    deliver(write(acme, to_name="Zoë 北京 Ünal", email=email, sender=Sender(name="Müller & Söhne “GmbH”")))
    assert inbox.only()["To"].addresses[0].display_name == "Zoë 北京 Ünal"
    assert inbox.only()["From"].addresses[0].display_name == "Müller & Söhne “GmbH”"
    assert inbox.only()["Subject"] == "Grüße, 北京"


def test_user_input_is_text_in_the_html_part(inbox: Inbox, acme: Organization) -> None:
    deliver(write(acme, email=Email("s", "", ("<script>alert(1)</script> & {{ settings }}",))))
    text, html = (part.get_content() for part in inbox.only().iter_parts())
    assert "<script>alert(1)</script> & {{ settings }}" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ settings }}" in html


def test_a_repeated_email_has_the_same_message_id(inbox: Inbox, acme: Organization) -> None:
    """The worker died after the server accepted the email and before we recorded it."""
    message = write(acme)
    deliver(message)
    change(message, state=WorkState.WORKING, text="x")
    end_lease(message)
    deliver(message)
    first, second = inbox.emails
    assert first["Message-ID"] == second["Message-ID"] == message.message_id


def test_each_email_has_its_own_message_id(inbox: Inbox, acme: Organization) -> None:
    for _ in range(3):
        write(acme)
    work_item.drain(Message)
    assert len({email["Message-ID"] for email in inbox.emails}) == 3


def test_a_sign_in_email_without_an_organization_is_sent_too(inbox: Inbox) -> None:
    with cross_tenant("a sign-in email"):
        message = send_email(organization=None, kind="code", to_email="dana@acme.example", to_name="", email=EMAIL)
    assert deliver(message).state == WorkState.DONE
    assert inbox.only()["To"] == "dana@acme.example"


def test_an_email_is_rolled_back_with_the_change_that_causes_it(inbox: Inbox, acme: Organization) -> None:
    def fail_after_writing() -> None:
        with tenant(acme):
            send_email(organization=acme, kind="k", to_email="maya@candidates.example", to_name="", email=EMAIL)
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_writing()
    work_item.drain(Message)
    assert inbox.emails == []


def test_the_text_is_deleted_once_it_is_sent(inbox: Inbox, acme: Organization) -> None:
    message = deliver(write(acme))
    assert (message.text, message.html) == ("", "")
    assert message.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_during_smtp(inbox: Inbox, acme: Organization, stack: Stack, settings: Settings) -> None:
    states: list[str] = []

    def look() -> None:
        observer = psycopg2.connect(stack.app_url("test_crosschq").replace("postgres://", "postgresql://", 1))
        with observer.cursor() as sql:
            sql.execute("SELECT pid = pg_backend_pid(), state FROM pg_stat_activity WHERE datname = current_database()")
            states.extend(state for is_mine, state in sql.fetchall() if not is_mine)
        observer.close()

    inbox.on_data = look
    assert deliver(write(acme)).state == WorkState.DONE
    assert "idle" in states
    assert "idle in transaction" not in states
