"""Members see that a backup was restored and what is on hold, and send or drop it, each organization its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.console.restore import waiting
from crosschq.core import clock
from crosschq.core.models import Heartbeat, Installation
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import stamp
from crosschq.core.restore.held import Known
from crosschq.messaging.models import Message
from crosschq.messaging.restored import compare_with_log
from crosschq.tenancy.models import AuditEntry, Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.factories import make_organization
from tests.privacy.desk_pages import admin_of, words
from tests.requests_app.factories import ready_request, waiting_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def restored() -> None:
    stamp.installation()
    now = clock.now()
    Installation.objects.update(restored_at=now, lost_since=now - timedelta(hours=3), restored_why="a test")


def hold(organization: Organization, *known: Known, reason: str = "") -> list[Message]:
    """Put this many messages of the organization on hold."""
    with tenant(organization):
        found = list(Message.objects.order_by("pk")[: len(known)])
        assert len(found) == len(known)
        for message, each in zip(found, known, strict=True):
            Message.objects.filter(pk=message.pk).update(state=WorkState.HELD, held_for=each, reason=reason)
        return found


def page(organization: Organization) -> str:
    return f"/o/{organization.slug}/restored/"


def states(organization: Organization, messages: list[Message]) -> list[str]:
    with tenant(organization):
        return [Message.objects.get(pk=message.pk).state for message in messages]


def test_without_a_restore_no_page_mentions_one_and_the_page_says_that_nothing_is_on_hold() -> None:
    organization = make_organization()
    client = admin_of(organization)
    assert "restored from a backup" not in words(client.get(f"/o/{organization.slug}/requests/"))
    assert "Nothing is on hold" in words(client.get(page(organization)))


@pytest.mark.usefixtures("restored")
def test_every_staff_page_says_when_a_backup_was_restored_and_since_when_data_may_be_missing() -> None:
    organization = make_organization()
    for role in Role:
        said = words(admin_of(organization, role).get(f"/o/{organization.slug}/requests/"))
        assert "Our database was restored from a backup" in said
        assert "Data from after this time may be missing" in said
        assert "See what is on hold" in said


@pytest.mark.usefixtures("restored")
def test_the_page_lists_what_is_on_hold_with_what_is_known_and_who_it_is_about() -> None:
    organization = waiting_request().organization
    hold(organization, Known.WENT_OUT, Known.NOT_SENT, reason="It went out on Nov 29.")
    said = words(admin_of(organization).get(page(organization)))
    assert "2 messages are on hold, oldest first" in said
    assert "maya@candidates.example" in said
    assert "It went out on Nov 29." in said
    assert said.count("Went out before") >= 1
    assert said.count("Wasn't sent") >= 1


@pytest.mark.usefixtures("restored")
def test_the_page_says_that_the_ledgers_of_some_machines_have_not_been_read() -> None:
    organization = make_organization()
    for name in ("erasures:first-1", "erasures:second-2", "sent:second-2"):
        Heartbeat.objects.create(name=name, at=clock.now() - timedelta(hours=3))
    said = words(admin_of(organization).get(page(organization)))
    assert "2 of our machines haven't repeated their erasures." in said
    assert "The list of one of our machines is missing, so we can't say that a message wasn't sent." in said
    Heartbeat.objects.update(at=clock.now())
    Installation.objects.update(erasures_repeated_at=clock.now())
    said = words(admin_of(organization).get(page(organization)))
    assert "All erasures made since the backup have been repeated" in said
    assert "is missing" not in said


@pytest.mark.usefixtures("restored")
def test_what_the_ats_says_now_is_next_to_a_message_about_a_request_that_was_turned_down() -> None:
    organization = waiting_request().organization
    with tenant(organization):
        ReferenceRequest.objects.update(paused_until=clock.now() + timedelta(days=1))
    hold(organization, Known.NOTHING)
    said = words(admin_of(organization).get(page(organization)))
    assert "The request is paused, because the application was turned down." in said


@pytest.mark.usefixtures("restored")
def test_the_numbers_come_first_and_only_then_a_message_goes_out() -> None:
    organization = waiting_request().organization
    messages = hold(organization, Known.NOTHING, Known.NOT_SENT)
    client = admin_of(organization, Role.RECRUITER)
    chosen = [str(message.uid) for message in messages]
    said = words(client.post(f"{page(organization)}decide/", {"act": "send", "item": chosen}))
    assert "Send 2 messages?" in said
    assert "1 of these may have gone out before. We don't know." in said
    assert states(organization, messages) == [WorkState.HELD] * 2
    answer = client.post(f"{page(organization)}decide/", {"act": "send", "item": chosen, "sure": "1"}, follow=True)
    assert "2 messages go out now." in words(answer)
    assert states(organization, messages) == [WorkState.PENDING] * 2
    with tenant(organization):
        assert AuditEntry.objects.get(action="restore.send").after == {"count": 2}


@pytest.mark.usefixtures("restored")
def test_messages_with_the_same_evidence_are_decided_together() -> None:
    organization = waiting_request().organization
    messages = hold(organization, Known.WENT_OUT, Known.NOT_SENT)
    client = admin_of(organization)
    said = words(client.post(f"{page(organization)}decide/", {"act": f"drop {Known.WENT_OUT}"}))
    assert "Drop 1 message?" in said
    client.post(f"{page(organization)}decide/", {"act": "drop", "item": str(messages[0].uid), "sure": "1"})
    assert states(organization, messages) == [WorkState.CANCELLED, WorkState.HELD]


@pytest.mark.usefixtures("restored")
def test_of_many_messages_the_page_reads_as_many_as_it_shows_and_counts_as_many_as_are_decided_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organization = ready_request().organization
    messages = hold(organization, *[Known.NOT_SENT] * 3)
    monkeypatch.setattr(waiting, "MOST", 2)
    monkeypatch.setattr(waiting, "SHOWN", 1)
    client = admin_of(organization)
    with CaptureQueriesContext(connection) as asked:
        said = words(client.get(page(organization)))
    assert "More than 2 messages are on hold, oldest first" in said
    assert "Showing the oldest 1." in said
    assert "Wasn't sent 2+ Send all" in said
    listed = [query["sql"] for query in asked if '"messaging_message"."subject"' in query["sql"]]
    assert [sql.rpartition(" LIMIT ")[2] for sql in listed] == ["1"]
    with tenant(organization):
        assert waiting.uids_of(Known.NOT_SENT) == [message.uid for message in messages[:2]]


@pytest.mark.usefixtures("restored")
def test_one_row_has_its_own_buttons_and_a_second_click_changes_nothing() -> None:
    organization = waiting_request().organization
    (message,) = hold(organization, Known.NOTHING)
    client = admin_of(organization)
    assert "Drop 1 message?" in words(client.post(f"{page(organization)}decide/", {"act": f"drop {message.uid}"}))
    form = {"act": "drop", "item": str(message.uid), "sure": "1"}
    client.post(f"{page(organization)}decide/", form)
    said = words(client.post(f"{page(organization)}decide/", form, follow=True))
    assert "Choose something that is still on hold." in said
    assert states(organization, [message]) == [WorkState.CANCELLED]


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("form", [{}, {"act": "send"}, {"act": "burn", "item": "x"}, {"act": "send x"}])
def test_an_empty_choice_gets_an_explanation(form: dict[str, str]) -> None:
    organization = waiting_request().organization
    hold(organization, Known.NOTHING)
    answer = admin_of(organization).post(f"{page(organization)}decide/", form, follow=True)
    assert "Choose something that is still on hold." in words(answer)


@pytest.mark.usefixtures("restored")
def test_a_viewer_can_read_but_not_decide_and_other_organizations_are_out_of_reach() -> None:
    organization, other = waiting_request().organization, make_organization()
    (message,) = hold(organization, Known.NOTHING)
    viewer = admin_of(organization, Role.VIEWER)
    assert "Only a recruiter or an admin can decide." in words(viewer.get(page(organization)))
    form = {"act": "send", "item": str(message.uid), "sure": "1"}
    assert viewer.post(f"{page(organization)}decide/", form).status_code == 403
    stranger: Client = admin_of(other)
    assert str(message.uid) not in stranger.get(page(other)).content.decode()
    stranger.post(f"{page(other)}decide/", form)
    assert states(organization, [message]) == [WorkState.HELD]


@pytest.mark.usefixtures("restored")
def test_the_log_of_the_email_server_marks_what_it_has() -> None:
    organization = waiting_request().organization
    messages = hold(organization, Known.NOTHING, Known.NOTHING)
    log = [f"10:01 postfix/cleanup: message-id={messages[0].message_id}", "10:02 something else"]
    assert compare_with_log(log) == (1, 2)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("compare_held", "/nowhere.log")
    with tenant(organization):
        known = list(
            Message.objects.filter(pk__in=[m.pk for m in messages]).order_by("pk").values_list("held_for", "reason")
        )
    assert known == [(Known.WENT_OUT, "It's in the email server's log."), (Known.NOTHING, "")]
