"""What becomes of a move in SmartRecruiters: one outcome, its sentence, and what was looked at."""

from datetime import timedelta

import pytest

from connectors.connection import connect
from connectors.models import Connection, DirectoryUser
from crosschq.core import clock
from crosschq.core.models import Circuit
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, RequestState
from tests.vendor import Vendor, connected
from tests.webhooks.moves import decided, ids_of, requests_of, told
from webhooks.decision.outcomes import OUTCOMES
from webhooks.models import InboundEvent

DEEP = b"[" * 30_000 + b"]" * 30_000


def test_a_move_to_the_step_with_a_known_tag_starts_a_request(vendor: Vendor, live: Connection) -> None:
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
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


def test_tags_and_steps_match_whatever_their_case_and_spaces(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(step_name="  CROSSCHQ ")
    assert decided(live, vendor, "Li Wei", "Site Reliability Engineer").outcome == "sent.matched"


def test_the_owner_is_the_first_who_can_be_written_to(vendor: Vendor, live: Connection) -> None:
    decided(live, vendor, "Li Wei", "Site Reliability Engineer")
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == "tom.becker@acme.example"
    assert "coordinator" in reference_request.owner_rule


def test_nobody_to_be_written_to_makes_the_fallback_owner(vendor: Vendor, live: Connection, admin: User) -> None:
    with tenant(live.organization):
        DirectoryUser.objects.update(active=False)
    decided(live, vendor, "Maya Osei", "Backend Engineer")
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == admin.email
    assert "fallback" in reference_request.owner_rule


def test_a_job_without_the_tag_sends_nothing_and_says_so(vendor: Vendor, live: Connection) -> None:
    event = decided(live, vendor, "Jonas Lind", "Sales Lead")
    assert event.outcome == "no.tag_empty"
    assert event.sentence == "The job “Sales Lead” has an empty Crosschq tag."
    assert event.checks[-1]["result"] == "stop"
    assert requests_of(live) == []


def test_a_job_without_the_field_says_so(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(field_name="Reference tag", field_id="")
    assert decided(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.field_missing"


def test_an_unknown_tag_names_the_closest(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="Enginering")
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
    assert event.outcome == "no.tag_unknown"
    assert event.sentence == "No template has the tag “Enginering”. Closest: “eng”."


def test_a_candidate_without_an_address_is_not_sent_anything(vendor: Vendor, live: Connection) -> None:
    event = decided(live, vendor, "Tomasz Nowak", "Backend Engineer")
    assert event.outcome == "no.no_address"
    assert "Tomasz Nowak" in event.sentence


def test_with_the_switch_off_nothing_is_even_read(vendor: Vendor, live: Connection, admin: User) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    last = vendor.ask("requests")[-1]["seq"]
    assert decided(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.switch_off"
    assert vendor.calls(after=last) == []


def test_an_open_request_is_not_sent_twice(vendor: Vendor, live: Connection) -> None:
    decided(live, vendor, "Maya Osei", "Backend Engineer")
    again = decided(live, vendor, "Maya Osei", "Backend Engineer")
    assert again.outcome == "no.already_open"
    (reference_request,) = requests_of(live)
    assert again.reference_request_uid == reference_request.uid


@pytest.mark.parametrize(
    ("state", "outcome"), [(RequestState.READY, "no.already_done"), (RequestState.CANCELLED, "sent.matched")]
)
def test_a_finished_request_blocks_and_a_cancelled_one_does_not(
    vendor: Vendor, live: Connection, state: RequestState, outcome: str
) -> None:
    decided(live, vendor, "Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        (reference_request,) = ReferenceRequest.objects.all()
        ReferenceRequest.objects.update(state=state, finished_at=reference_request.created_at)
    assert decided(live, vendor, "Maya Osei", "Backend Engineer").outcome == outcome


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b"null", b"{}", b"\xff\xfe", b"1" * 5000, DEEP, b'{"job_id": NaN}',
        b'{"job_id": 1, "candidate_id": "c"}', b'{"job_id": "j", "candidate_id": "\\u0000"}',
        b'{"job_id": "j", "candidate_id": "\\ud800"}',
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_read_is_kept_with_its_outcome(live: Connection, body: bytes) -> None:
    event = told(live, body)
    assert (event.state, event.outcome) == (WorkState.DONE, "fail.malformed")
    assert "a message we can't read" in event.sentence


def test_an_event_of_another_kind_is_kept_and_hidden(live: Connection) -> None:
    event = told(live, b'{"id": "c"}', event_name="candidate.deleted")
    assert event.outcome == "no.other_event"
    assert OUTCOMES[event.outcome].hidden


def test_a_candidate_whom_we_may_not_see_is_gone(live: Connection) -> None:
    old_enough = clock.now() - timedelta(minutes=2)
    event = told(live, b'{"job_id": "../../jobs", "candidate_id": "nobody"}', happened_at=old_enough)
    assert (event.state, event.outcome) == (WorkState.DEAD, "fail.gone")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_vendor_is_asked_again(vendor: Vendor, live: Connection, status: int) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=status)
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.PENDING, "hold.busy")
    with tenant(live.organization):
        InboundEvent.objects.update(available_at="2000-01-01T00:00Z")
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_a_missing_permission_waits_for_a_new_sign_in(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=403)
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.HELD, "fail.permission")
    connected(vendor, live.organization, admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_events_wait_while_the_grant_is_gone_and_go_on_after_it(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.tell("revoke")
    with tenant(live.organization):
        Connection.objects.update(token_stored_at="2000-01-01T00:00Z")
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
    assert (event.state, event.outcome) == (WorkState.HELD, "hold.sign_in")
    connected(vendor, live.organization, admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == 1


def test_a_vendor_that_stays_away_ends_in_a_sentence(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=50)
    event = decided(live, vendor, "Maya Osei", "Backend Engineer")
    for _ in range(len(InboundEvent.retry_delays)):
        with tenant(live.organization):
            InboundEvent.objects.update(available_at="2000-01-01T00:00Z")
        Circuit.objects.update(open_until=None)
        work_item.drain(InboundEvent)
    with tenant(live.organization):
        event = InboundEvent.objects.get(pk=event.pk)
    assert (event.state, event.outcome) == (WorkState.DEAD, "fail.gave_up")
    assert event.sentence == "We gave up after 9 attempts. SmartRecruiters is busy or down."


def test_a_request_is_paused_when_its_application_is_turned_down_and_goes_on_when_that_ends(
    vendor: Vendor, live: Connection
) -> None:
    decided(live, vendor, "Maya Osei", "Backend Engineer")
    body = ids_of(vendor, "Maya Osei", "Backend Engineer")
    for number, (status, paused) in enumerate([("REJECTED", True), ("HIRED", False), ("WITHDRAWN", True)]):
        vendor.move("Maya Osei", "Backend Engineer", status=status, step=None)
        assert told(live, body, event_id=f"turn-{number}").outcome == "no.other_step"
        (reference_request,) = requests_of(live)
        assert (reference_request.paused_until is not None) is paused
    assert decided(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.already_open"
    (reference_request,) = requests_of(live)
    assert reference_request.paused_until is None
