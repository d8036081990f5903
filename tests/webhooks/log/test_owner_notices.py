"""The owner gets one email about a move that sent no request, with a way to fix it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from connectors.connection import connect, settings
from connectors.models import Connection, DirectoryUser
from crosschq.celery import app
from crosschq.core import clock
from crosschq.core.models import Circuit
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.messaging.sending.caps import CAPS, count
from crosschq.tenancy.models import AuditEntry, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.extent import first_of
from tests.factories import make_member, signed_in
from tests.messaging.content.test_links import unlinked
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, first_moved, ids_of, move_and_decide
from webhooks.log import owner_notices
from webhooks.models import InboundEvent, Notice

JONAS = ("Jonas Lind", "Sales Lead")
MAYA = ("Maya Osei", "Backend Engineer")


def emails(live: Connection) -> list[Message]:
    """The emails to owners, after the schedule ran and the work was done."""
    owner_notices.plan()
    work_item.drain(Notice)
    with tenant(live.organization):
        return list(Message.objects.filter(kind="owner_not_sent").order_by("pk"))


def an_hour_passes(live: Connection) -> None:
    with tenant(live.organization):
        InboundEvent.objects.update(outcome_at=clock.now() - timedelta(minutes=60, seconds=1))


def test_the_owner_is_emailed_with_the_reason_and_a_link(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    assert email.subject == "Not sent: J. Lind, Sales Lead"
    with tenant(live.organization):
        assert email.to_email in set(DirectoryUser.objects.filter(active=True).values_list("email", flat=True))
    for expected in (
        "The job “Sales Lead” has an empty Crosschq tag.",
        "No request was sent.",
        reverse("events:detail", args=[live.organization.slug, "smartrecruiters", event.uid]),
        reverse("events:quiet", args=[live.organization.slug, "smartrecruiters", event.uid]),
    ):
        assert expected in email.text
    assert unlinked(email.html) == []


def test_the_notice_names_the_job_even_if_the_event_did_not_read_it(vendor: Vendor, live: Connection) -> None:
    assert move_and_decide(live, vendor, "Tomasz Nowak", "Backend Engineer").job_title == ""
    (email,) = emails(live)
    assert email.subject == "Not sent: T. Nowak, Backend Engineer"


def test_a_notice_reads_the_name_that_the_event_could_not(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="GET /candidates/{id}", kind="status", status=403)
    event = move_and_decide(live, vendor, *MAYA)
    assert (event.outcome, event.candidate_name) == ("fail.permission", "")
    (email,) = emails(live)
    assert email.subject == "Failed: M. Osei, Backend Engineer"
    assert event_of(live, event.event_id).candidate_name == "Maya Osei"


def test_notices_are_planned_every_minute() -> None:
    (entry,) = [e for e in app.conf.beat_schedule.values() if e["task"] == "webhooks.notify_owners"]
    assert entry["schedule"] <= 60


def test_a_bulk_move_does_not_flood_a_mailbox(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CAPS, "notices", replace(CAPS["notices"], to_address=1))
    for person in (JONAS, ("Tomasz Nowak", "Backend Engineer")):
        move_and_decide(live, vendor, *person)
    assert len(emails(live)) == 1
    with tenant(live.organization):
        states = list(Notice.objects.order_by("pk").values_list("state", "reason"))
    assert [state for state, _reason in states] == ["done", "cancelled"]
    assert "1 notices about requests that weren't sent can go to one address" in states[1][1]
    with cross_tenant("a test"):
        count("report_codes", organization=live.organization, address=emails(live)[0].to_email)


def test_one_notice_is_sent_for_each_application_and_reason(vendor: Vendor, live: Connection) -> None:
    body, job = ids_of(vendor, *MAYA), vendor.job(MAYA[1])
    vendor.tell("job-tag", job_id=job, tag="Enginering")
    vendor.move(*MAYA)
    for number in range(3):
        assert deliver_event(live, body, event_id=f"e-{number}").outcome == "no.tag_unknown"
        assert len(emails(live)) == 1
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert len(emails(live)) == 2
    vendor.tell("job-tag", job_id=job, tag="eng")
    assert deliver_event(live, body, event_id="sent").outcome == "sent.matched"
    assert len(emails(live)) == 2, "a request that went out is no news"
    assert deliver_event(live, body, event_id="open").outcome == "no.already_open"
    assert [email.subject for email in emails(live)][2:] == ["Not sent: M. Osei, Backend Engineer"]


def test_an_empty_tag_causes_one_notice_per_job(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="")
    move_and_decide(live, vendor, *MAYA)
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert len(emails(live)) == 1
    move_and_decide(live, vendor, *JONAS)
    assert len(emails(live)) == 2


def test_notices_for_a_job_can_be_turned_off_and_on(vendor: Vendor, live: Connection, client: Client) -> None:
    member = make_member(live.organization, Role.RECRUITER)
    browser = signed_in(client, member)
    event = move_and_decide(live, vendor, *JONAS)
    address = reverse("events:quiet", args=[live.organization.slug, "smartrecruiters", event.uid])
    assert "Turn off emails about Sales Lead?" in browser.get(address).content.decode()
    for _ in range(2):
        assert browser.post(address).status_code == 302
    assert emails(live) == []
    assert "Emails about Sales Lead are off" in browser.get(address).content.decode()
    browser.post(address, {"quiet": "0"})
    with tenant(live.organization):
        lines = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:]
        InboundEvent.objects.update(notified_outcome="")
    assert lines == ["events.quiet_job", "events.speak_of_job"]
    assert len(emails(live)) == 1


def test_a_hold_causes_a_notice_after_an_hour(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=100)
    event = move_and_decide(live, vendor, *MAYA)
    assert (event.outcome, emails(live)) == ("hold.busy", [])
    an_hour_passes(live)
    (email,) = emails(live)
    assert email.subject == "On hold: M. Osei"
    assert "has been on hold for an hour" in email.text
    for _ in InboundEvent.retry_delays:
        with tenant(live.organization):
            InboundEvent.objects.update(available_at=clock.now() - timedelta(days=1))
        Circuit.objects.update(open_until=None)
        work_item.drain(InboundEvent)
        Circuit.objects.update(open_until=None)
        emails(live)
    assert [email.subject for email in emails(live)] == ["On hold: M. Osei", "Failed: M. Osei"]


def test_a_retry_does_not_restart_the_hour_of_a_hold(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=100)
    first = move_and_decide(live, vendor, *MAYA)
    with tenant(live.organization):
        InboundEvent.objects.update(available_at=clock.now())
    work_item.drain(InboundEvent)
    again = event_of(live, first.event_id)
    assert again.attempts == first.attempts + 1
    assert again.outcome_at == first.outcome_at


def test_the_fallback_owner_is_emailed_while_access_is_revoked(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.tell("revoke")
    with tenant(live.organization):
        Connection.objects.update(token_stored_at="2000-01-01T00:00Z")
    assert move_and_decide(live, vendor, *MAYA).outcome == "hold.sign_in"
    an_hour_passes(live)
    (email,) = emails(live)
    assert (email.to_email, email.subject) == (admin.email, "On hold: a candidate")


def test_a_problem_fixed_meanwhile_causes_no_notice(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    owner_notices.plan()
    with tenant(live.organization):
        InboundEvent.objects.filter(pk=event.pk).update(outcome="sent.manual")
    assert emails(live) == []
    with tenant(live.organization):
        assert Notice.objects.get().state == WorkState.CANCELLED


def test_other_steps_and_moves_before_the_first_request_cause_no_notice(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    move_and_decide(live, vendor, *MAYA, step="On-site interview")
    deliver_event(live, b"not json", event_id="odd")
    deliver_event(live, b'{"id": "c"}', event_id="other", event_name="candidate.deleted")
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    move_and_decide(live, vendor, *JONAS)
    assert emails(live) == []


@pytest.fixture
def has_asked(vendor: Vendor, live: Connection) -> Connection:
    """An earlier request was made from this connection."""
    first_moved(live, vendor, *MAYA)
    return live


@pytest.mark.parametrize(("way", "said"), [("off", "was off"), ("paused", "connector was paused")])
def test_a_move_while_requests_are_off_causes_a_notice_after_a_first_request(
    vendor: Vendor, has_asked: Connection, admin: User, way: str, said: str
) -> None:
    with tenant(has_asked.organization):
        if way == "off":
            connect.switch_requests(connection=has_asked, on=False, actor=admin)
        else:
            settings.pause(connection=has_asked, actor=admin)
    for _move in range(2):
        move_and_decide(has_asked, vendor, *JONAS)
    move_and_decide(has_asked, vendor, "Inês Duarte", "Backend Engineer", step="On-site interview")
    (email,) = emails(has_asked)
    assert email.subject == "Not sent: J. Lind, Sales Lead"
    assert said in email.text
    assert "No request was sent." in email.text


def test_a_notice_waits_until_the_ats_can_confirm_the_step(vendor: Vendor, has_asked: Connection, admin: User) -> None:
    with tenant(has_asked.organization):
        connect.switch_requests(connection=has_asked, on=False, actor=admin)
    vendor.tell("faults", route="GET /candidates/{id}/jobs/{jobId}", kind="status", status=503, times=4)
    move_and_decide(has_asked, vendor, *JONAS)
    assert emails(has_asked) == []
    vendor.tell("faults/clear")
    with tenant(has_asked.organization):
        Notice.objects.update(available_at=clock.now())
    assert [email.subject for email in emails(has_asked)] == ["Not sent: J. Lind, Sales Lead"]


@pytest.mark.parametrize(
    "name", first_of(["Anna Maria " + "x" * 180, "\u202eOlaf Berg\r\nBcc: x@y.example", "", "Madonna"], 2)
)
def test_a_subject_is_one_short_line_whatever_the_name(vendor: Vendor, live: Connection, name: str) -> None:
    event = first_moved(live, vendor, *JONAS)
    with tenant(live.organization):
        InboundEvent.objects.filter(pk=event.pk).update(candidate_name=name, job_title="Head of " * 30)
    (email,) = emails(live)
    assert email.subject.startswith("Not sent: ")
    assert len(email.subject) <= 50
    assert "\n" not in email.subject
    assert "\u202e" not in email.subject
