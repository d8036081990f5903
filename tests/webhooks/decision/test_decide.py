"""How a move in the ATS is decided: one outcome, its sentence and its checks."""

import uuid
from datetime import timedelta

import pytest

from connectors.connection import connect
from connectors.models import Connection, DirectoryUser
from crosschq.core import clock
from crosschq.core.models import Circuit, Installation
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, RequestState
from tests.vendor import Vendor, connected
from tests.webhooks.moves import deliver_event, ids_of, move_and_decide, requests_of
from webhooks.decision.outcomes import OUTCOMES
from webhooks.models import InboundEvent

DEEP = b"[" * 30_000 + b"]" * 30_000


def test_a_move_to_the_step_with_a_known_tag_starts_a_request(vendor: Vendor, live: Connection) -> None:
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.DONE, "sent.matched")
    assert event.sentence == "Tag “eng” matched the template Engineering."
    assert [check["result"] for check in event.checks] == ["ok"] * len(event.checks)
    (reference_request,) = requests_of(live)
    assert (reference_request.candidate_email, reference_request.position) == (
        "maya.osei@example.com",
        "Backend Engineer",
    )
    assert (reference_request.owner_email, reference_request.origin_event) == ("dana.ruiz@acme.example", event.uid)
    assert "recruiter" in reference_request.owner_rule
    assert event.reference_request_uid == reference_request.uid
    with tenant(live.organization):
        assert list(Message.objects.values_list("to_email", flat=True)) == ["maya.osei@example.com"]


def test_tags_and_steps_match_regardless_of_case_and_spaces(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(step_name="  CROSSCHQ ")
    assert move_and_decide(live, vendor, "Li Wei", "Site Reliability Engineer").outcome == "sent.matched"


def test_the_owner_is_the_first_person_who_can_receive_email(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Li Wei", "Site Reliability Engineer")
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == "tom.becker@acme.example"
    assert "coordinator" in reference_request.owner_rule


def test_the_fallback_owner_is_used_when_nobody_can_receive_email(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    with tenant(live.organization):
        DirectoryUser.objects.update(active=False)
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == admin.email
    assert "fallback" in reference_request.owner_rule


def test_a_job_without_the_tag_sends_nothing_and_says_so(vendor: Vendor, live: Connection) -> None:
    event = move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    assert event.outcome == "no.tag_empty"
    assert event.sentence == "The job “Sales Lead” has an empty Crosschq tag."
    assert event.checks[-1]["result"] == "stop"
    assert requests_of(live) == []


def test_a_job_without_the_field_says_so(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(field_name="Reference tag", field_id="")
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.field_missing"


def test_an_unknown_tag_names_the_closest(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="Enginering")
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert event.outcome == "no.tag_unknown"
    assert event.sentence == "No template has the tag “Enginering”. Closest: “eng”."


def test_a_candidate_without_an_address_is_not_sent_anything(vendor: Vendor, live: Connection) -> None:
    event = move_and_decide(live, vendor, "Tomasz Nowak", "Backend Engineer")
    assert event.outcome == "no.no_address"
    assert "Tomasz Nowak" in event.sentence


def test_nothing_is_read_while_requests_are_off(vendor: Vendor, live: Connection, admin: User) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    last = vendor.ask("requests")[-1]["seq"]
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.switch_off"
    assert vendor.calls(after=last) == []


def test_an_open_request_is_not_sent_twice(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    again = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert again.outcome == "no.already_open"
    (reference_request,) = requests_of(live)
    assert again.reference_request_uid == reference_request.uid


@pytest.mark.parametrize(
    ("state", "outcome"), [(RequestState.READY, "no.already_done"), (RequestState.CANCELLED, "sent.matched")]
)
def test_a_finished_request_blocks_and_a_canceled_one_does_not(
    vendor: Vendor, live: Connection, state: RequestState, outcome: str
) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        (reference_request,) = ReferenceRequest.objects.all()
        ReferenceRequest.objects.update(state=state, finished_at=reference_request.created_at)
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == outcome


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b"null", b"{}", b"\xff\xfe", b"1" * 5000, DEEP, b'{"job_id": NaN}',
        b'{"job_id": 1, "candidate_id": "c"}', b'{"job_id": "j", "candidate_id": "\\u0000"}',
        b'{"job_id": "j", "candidate_id": "\\ud800"}',
    ],
)  # fmt: skip
def test_an_unreadable_message_is_stored_with_its_outcome(live: Connection, body: bytes) -> None:
    event = deliver_event(live, body)
    assert (event.state, event.outcome) == (WorkState.DONE, "fail.malformed")
    assert "a message we can't read" in event.sentence


def test_an_event_of_another_kind_is_kept_and_hidden(live: Connection) -> None:
    event = deliver_event(live, b'{"id": "c"}', event_name="candidate.deleted")
    assert event.outcome == "no.other_event"
    assert OUTCOMES[event.outcome].hidden


def test_a_candidate_we_may_not_see_counts_as_deleted(live: Connection) -> None:
    old_enough = clock.now() - timedelta(minutes=2)
    event = deliver_event(live, b'{"job_id": "../../jobs", "candidate_id": "nobody"}', happened_at=old_enough)
    assert (event.state, event.outcome) == (WorkState.DEAD, "fail.gone")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_vendor_is_asked_again(vendor: Vendor, live: Connection, status: int) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=status)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.PENDING, "hold.busy")
    with tenant(live.organization):
        InboundEvent.objects.update(available_at="2000-01-01T00:00Z")
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_an_event_with_a_missing_permission_waits_for_a_new_sign_in(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=403)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.HELD, "fail.permission")
    connected(vendor, live.organization, admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_events_wait_while_access_is_revoked_and_continue_afterwards(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    vendor.tell("revoke")
    with tenant(live.organization):
        Connection.objects.update(token_stored_at="2000-01-01T00:00Z")
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.HELD, "hold.sign_in")
    connected(vendor, live.organization, admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_an_ats_that_stays_down_ends_in_a_clear_outcome(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=50)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    attempts = 1 + len(InboundEvent.retry_delays)
    for _ in range(attempts - 1):
        with tenant(live.organization):
            InboundEvent.objects.update(available_at="2000-01-01T00:00Z")
        Circuit.objects.update(open_until=None)
        work_item.drain(InboundEvent)
    with tenant(live.organization):
        event = InboundEvent.objects.get(pk=event.pk)
    assert (event.state, event.outcome) == (WorkState.DEAD, "fail.gave_up")
    assert event.sentence == f"We gave up after {attempts} attempts. SmartRecruiters is busy or down."


def test_a_request_pauses_while_its_application_is_rejected(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    body = ids_of(vendor, "Maya Osei", "Backend Engineer")
    for number, (status, paused) in enumerate([("REJECTED", True), ("HIRED", False), ("WITHDRAWN", True)]):
        vendor.move("Maya Osei", "Backend Engineer", status=status, step=None)
        assert deliver_event(live, body, event_id=f"turn-{number}").outcome == "no.other_step"
        (reference_request,) = requests_of(live)
        assert (reference_request.paused_until is not None) is paused
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.already_open"
    (reference_request,) = requests_of(live)
    assert reference_request.paused_until is None


def test_an_event_that_crashes_the_process_each_time_is_set_aside_with_an_outcome(
    vendor: Vendor, live: Connection
) -> None:
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        again = InboundEvent.objects.filter(pk=event.pk)
        crashes = len(InboundEvent.retry_delays) + 1
        again.update(state=WorkState.PENDING, outcome="", attempts=crashes, interruptions=crashes)
    work_item.drain(InboundEvent)
    with tenant(live.organization):
        event.refresh_from_db()
    assert (event.state, event.outcome) == (WorkState.DEAD, "fail.gave_up")


def test_a_move_from_before_a_restore_of_the_database_waits_for_a_person(vendor: Vendor, live: Connection) -> None:
    """They may already have been invited, which the restored database doesn't know."""
    now = clock.now()
    # A test with real worker processes may have left the row.
    restored = {"lost_since": now - timedelta(hours=1), "restored_at": now, "system_identifier": ""}
    Installation.objects.update_or_create(pk=1, defaults=restored, create_defaults={**restored, "uid": uuid.uuid4()})
    vendor.move("Maya Osei", "Backend Engineer")
    body, before = ids_of(vendor, "Maya Osei", "Backend Engineer"), now - timedelta(minutes=30)
    event = deliver_event(live, body, happened_at=before)
    assert (event.state, event.outcome) == (WorkState.HELD, "hold.old")
    assert requests_of(live) == []
