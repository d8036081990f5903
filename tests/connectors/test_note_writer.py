"""The note with the report's link is on the candidate's profile exactly once."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from connectors.models import Connection, Writeback
from connectors.note_writer import post_report_link
from connectors.setup.permissions import permission_states
from connectors.smartrecruiters.permissions import PERMISSIONS
from crosschq.core import clock
from crosschq.core.database.rls import ALL_TENANTS, scope
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.connected import already_connected, member_made_once
from tests.factories import make_member
from tests.vendor import Vendor, connected

SHARES = "POST /messages/shares"
NOTES = "GET /messages"
URL = "http://localhost/reports/7c0d3f2a/"


@pytest.fixture
def connection(vendor: Vendor) -> Connection:
    return already_connected(vendor, member_made_once(Role.OWNER))


def note(connection: Connection, vendor: Vendor, about: uuid.UUID | None = None) -> Writeback:
    with tenant(connection.organization):
        return post_report_link(
            connection=connection,
            candidate_id=vendor.candidate_id("Maya Osei"),
            url=URL,
            sentence="Reference report ready: 2 of 2 references",
            about_kind="request",
            about_uid=about or uuid.uuid4(),
        )


def again(item: Writeback) -> Writeback:
    """Make the next attempt due now, and perform it."""
    with tenant(item.organization):
        Writeback.objects.update(available_at="2000-01-01T00:00Z")
    return drained(item)


def drained(item: Writeback) -> Writeback:
    work_item.drain(Writeback)
    with tenant(item.organization):
        row: Writeback = Writeback.objects.get(pk=item.pk)
    return row


def notes(vendor: Vendor) -> list[str]:
    return [n["content"] for n in vendor.candidate("Maya Osei")["notes"]]


def test_the_note_contains_our_sentence_and_the_link_on_its_own_line(vendor: Vendor, connection: Connection) -> None:
    done = drained(note(connection, vendor))
    assert done.state == WorkState.DONE
    assert done.ats_id
    (content,) = notes(vendor)
    assert content.splitlines()[1:] == [URL]
    assert content.splitlines()[0].endswith("Reference report ready: 2 of 2 references")


def test_a_note_requested_repeatedly_is_written_once(vendor: Vendor, connection: Connection) -> None:
    about = uuid.uuid4()
    first, second = note(connection, vendor, about), note(connection, vendor, about)
    assert first.pk == second.pk


@pytest.mark.parametrize("lost", ["reset", "truncated"])
def test_a_note_whose_response_was_lost_is_searched_for_and_not_repeated(
    vendor: Vendor, connection: Connection, lost: str
) -> None:
    vendor.tell("faults", route=SHARES, kind=lost, when="after")
    waiting = drained(note(connection, vendor))
    assert waiting.state == WorkState.PENDING
    assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_note_of_a_killed_worker_is_not_repeated_while_it_may_still_appear(
    vendor: Vendor, connection: Connection
) -> None:
    """Its lease ends with its worker. SmartRecruiters may work on the write for two more minutes."""
    item = note(connection, vendor)
    with scope(ALL_TENANTS):
        Writeback._base_manager.filter(pk=item.pk).update(asked_at=clock.now())
    waiting = drained(item)
    assert (waiting.state, notes(vendor)) == (WorkState.PENDING, [])
    with time_machine.travel(timedelta(seconds=131)):
        assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_note_answered_with_an_error_is_searched_for_and_then_repeated_without_a_wait(
    vendor: Vendor, connection: Connection
) -> None:
    """Once the ATS has responded, it is no longer working on the note."""
    vendor.tell("faults", route=SHARES, kind="status", status=503)
    waiting = drained(note(connection, vendor))
    assert (waiting.state, notes(vendor)) == (WorkState.PENDING, [])
    assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_note_answered_only_by_a_gateway_may_still_appear(
    vendor: Vendor, connection: Connection, status: int
) -> None:
    vendor.tell("faults", route=SHARES, kind="status", status=status)
    waiting = drained(note(connection, vendor))
    again(waiting)
    assert notes(vendor) == []
    with time_machine.travel(timedelta(seconds=131)):
        assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_rate_limited_search_does_not_forget_the_uncertain_note(vendor: Vendor, connection: Connection) -> None:
    vendor.tell("faults", route=SHARES, kind="reset", when="after")
    waiting = drained(note(connection, vendor))
    vendor.tell("faults", route=NOTES, kind="status", status=429)
    assert again(waiting).state == WorkState.PENDING
    assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_person_decides_if_notes_cannot_be_read(vendor: Vendor, connection: Connection) -> None:
    vendor.tell("faults", route=SHARES, kind="reset", when="after")
    waiting = drained(note(connection, vendor))
    vendor.tell("faults", route=NOTES, kind="status", status=403)
    doubtful = again(waiting)
    assert doubtful.state == WorkState.UNKNOWN
    assert "Check the profile" in doubtful.reason
    assert len(notes(vendor)) == 1


def test_a_refused_note_was_not_written_and_is_sent_later(vendor: Vendor, connection: Connection) -> None:
    vendor.tell("faults", route=SHARES, kind="status", status=429)
    waiting = drained(note(connection, vendor))
    assert (waiting.state, waiting.asked_at) == (WorkState.PENDING, None)
    assert again(waiting).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_note_waits_for_a_new_sign_in(vendor: Vendor, connection: Connection) -> None:
    item = note(connection, vendor)
    with tenant(connection.organization):
        Connection.objects.update(state="needs_sign_in")
    held = drained(item)
    assert (held.state, held.held_for) == (WorkState.HELD, connection.sign_in_hold)
    user = make_member(connection.organization, Role.ADMIN)
    with tenant(connection.organization):
        Connection.objects.update(state="not_connected")
    connected(vendor, connection.organization, user)
    assert drained(item).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def test_a_worker_that_dies_before_storing_the_response_leaves_one_note(vendor: Vendor, connection: Connection) -> None:
    item = note(connection, vendor)
    claimed = work_item.claim(Writeback)
    assert claimed
    # The note is posted under a lease that ends before the response is stored.
    with scope(ALL_TENANTS):
        Writeback._base_manager.filter(pk=item.pk).update(lease_token=uuid.uuid4())
    work_item.attempt(claimed)
    assert len(notes(vendor)) == 1
    with scope(ALL_TENANTS):
        Writeback._base_manager.filter(pk=item.pk).update(lease_until="2000-01-01T00:00Z")
    with time_machine.travel(timedelta(minutes=10)):
        assert drained(item).state == WorkState.DONE
    assert len(notes(vendor)) == 1


def permissions(connection: Connection) -> dict[str, str]:
    with tenant(connection.organization):
        row = Connection.objects.get(pk=connection.pk)
        return {each.scope: state for each, state in permission_states(PERMISSIONS, row, None)}


def test_a_posted_note_proves_the_permission_to_write_notes(vendor: Vendor, connection: Connection) -> None:
    assert permissions(connection)["messages_write"] == ""
    drained(note(connection, vendor))
    assert permissions(connection)["messages_write"] == "ok"
    assert permissions(connection)["messages_read"] == "", "no note was read"
    vendor.tell("faults", route=SHARES, kind="reset", when="after")
    again(drained(note(connection, vendor)))
    assert permissions(connection)["messages_read"] == "ok"


def test_a_refused_note_says_that_the_permission_is_missing_until_the_next_sign_in(
    vendor: Vendor, connection: Connection
) -> None:
    vendor.tell("faults", route=SHARES, kind="status", status=403)
    drained(note(connection, vendor))
    assert permissions(connection)["messages_write"] == "missing"
    assert connection.connected_by
    connected(vendor, connection.organization, connection.connected_by)
    assert permissions(connection)["messages_write"] == ""
