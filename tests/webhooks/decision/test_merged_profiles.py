"""Two profiles of one person are merged: requests and notes follow the survivor, and nobody gets two requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.models import Connection, Writeback
from connectors.note_writer import post_report_link
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, TimelineEntry
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, ids_of, last_call, move_and_decide, requests_of
from webhooks.models import InboundEvent

JOB = "Backend Engineer"
BOTH = pytest.mark.parametrize("read", ["survivor", "gone"])


def with_twin(vendor: Vendor, *, job: str | None = None, email: str = "maya.osei@work.example") -> str:
    """A second profile of Maya, perhaps on the job."""
    twin: dict[str, Any] = {"first_name": "Maya", "last_name": "Osei", "email": email}
    if job:
        twin |= {"job_id": vendor.job(job), "status": "IN_REVIEW"}
    return str(vendor.tell("seed", jobs=[], candidates=[twin])["candidates"][0])


def merge(vendor: Vendor, *, master: str, other: str) -> None:
    vendor.tell("merge", candidate_id=master, other_id=other)


def moved(vendor: Vendor, live: Connection, candidate_id: str, step: str = "Crosschq") -> InboundEvent:
    """A move of the candidate with this id, delivered as SmartRecruiters does."""
    made = vendor.tell("move", candidate_id=candidate_id, job_id=vendor.job(JOB), status="INTERVIEW", sub_status=step)
    ids = {"candidate_id": candidate_id, "job_id": vendor.job(JOB), "application_id": made["application_id"]}
    return deliver_event(live, json.dumps(ids).encode(), event_id=str(made["event_id"]))


def asked(vendor: Vendor, live: Connection) -> tuple[ReferenceRequest, str]:
    """Maya was asked under her first profile: the request, and its id."""
    maya = str(vendor.candidate_id("Maya Osei"))
    assert moved(vendor, live, maya).outcome == "sent.matched"
    (reference_request,) = requests_of(live)
    return reference_request, maya


def write_note(live: Connection, reference_request: ReferenceRequest) -> Writeback:
    with tenant(live.organization):
        item = post_report_link(
            connection=live,
            candidate_id=reference_request.ats_candidate_id,
            url="http://localhost/reports/1/",
            sentence="Reference report ready",
            about_kind="request",
            about_uid=reference_request.uid,
        )
    work_item.drain(Writeback)
    with tenant(live.organization):
        found: Writeback = Writeback.objects.get(pk=item.pk)
    return found


def notes_of(vendor: Vendor, candidate_id: str) -> list[str]:
    people = vendor.ask("state")["candidates"]
    return [note["content"] for one in people if one["id"] == candidate_id for note in one["notes"]]


@BOTH
def test_a_merged_profile_with_a_moved_application_gets_no_second_request(
    vendor: Vendor, live: Connection, read: str
) -> None:
    vendor.tell("switches", merged_profile=read)
    twin = with_twin(vendor)
    reference_request, maya = asked(vendor, live)
    merge(vendor, master=twin, other=maya)
    moved(vendor, live, twin, "On-site interview")
    assert moved(vendor, live, twin).outcome == "no.already_open"
    (followed,) = requests_of(live)
    assert (followed.uid, followed.ats_candidate_id) == (reference_request.uid, twin)
    with tenant(live.organization):
        story = TimelineEntry.objects.filter(reference_request=followed).values_list("sentence", flat=True)
        assert sum("merged" in sentence for sentence in story) == 1


@BOTH
def test_a_merged_profile_with_its_own_application_gets_no_second_request(
    vendor: Vendor, live: Connection, read: str
) -> None:
    """Both were on the job: the application that was asked is dropped by the merge."""
    vendor.tell("switches", merged_profile=read)
    twin = with_twin(vendor, job=JOB)
    reference_request, maya = asked(vendor, live)
    merge(vendor, master=twin, other=maya)
    assert moved(vendor, live, twin).outcome == "no.already_open"
    (followed,) = requests_of(live)
    assert (followed.uid, followed.ats_candidate_id) == (reference_request.uid, twin)


def test_a_late_event_of_a_merged_profile_belongs_to_the_surviving_one(vendor: Vendor, live: Connection) -> None:
    vendor.tell("switches", merged_profile="survivor")
    twin, body = with_twin(vendor), ids_of(vendor, "Maya Osei", JOB)
    event_id = vendor.move("Maya Osei", JOB)
    merge(vendor, master=twin, other=json.loads(body)["candidate_id"])
    event = deliver_event(live, body, event_id=event_id)
    assert (event.outcome, event.candidate_id) == ("sent.matched", twin)
    assert [reference_request.ats_candidate_id for reference_request in requests_of(live)] == [twin]


def test_a_note_goes_to_the_surviving_profile(vendor: Vendor, live: Connection) -> None:
    vendor.tell("switches", merged_profile="survivor")
    twin = with_twin(vendor)
    reference_request, maya = asked(vendor, live)
    merge(vendor, master=twin, other=maya)
    item = write_note(live, reference_request)
    assert (item.state, item.candidate_id) == (WorkState.DONE, twin)
    assert len(notes_of(vendor, twin)) == 1


def test_a_note_is_posted_once_the_surviving_profile_is_known(vendor: Vendor, live: Connection) -> None:
    twin = with_twin(vendor)
    reference_request, maya = asked(vendor, live)
    merge(vendor, master=twin, other=maya)
    assert write_note(live, reference_request).state == WorkState.DEAD
    moved(vendor, live, twin, "On-site interview")
    work_item.drain(Writeback)
    assert len(notes_of(vendor, twin)) == 1


def test_two_requests_from_before_a_merge_stay_separate(vendor: Vendor, live: Connection) -> None:
    twin = with_twin(vendor, job=JOB)
    _request, maya = asked(vendor, live)
    assert moved(vendor, live, twin).outcome == "sent.matched"
    merge(vendor, master=twin, other=maya)
    moved(vendor, live, twin, "On-site interview")
    assert moved(vendor, live, twin).outcome == "no.already_open"
    assert {reference_request.ats_candidate_id for reference_request in requests_of(live)} == {maya, twin}


def test_a_namesake_on_the_same_job_gets_a_request_for_one_extra_call(vendor: Vendor, live: Connection) -> None:
    namesake = str(
        vendor.tell(
            "seed",
            jobs=[],
            candidates=[
                {
                    "first_name": "Kwame",
                    "last_name": "Osei",
                    "email": "kwame@example.com",
                    "job_id": vendor.job(JOB),
                    "status": "IN_REVIEW",
                }
            ],
        )["candidates"][0]
    )
    asked(vendor, live)
    before = last_call(vendor)
    assert moved(vendor, live, namesake).outcome == "sent.matched"
    assert len(vendor.calls(after=before)) == 3
    assert len(requests_of(live)) == 2


@pytest.mark.parametrize("case", ["upper_in_events", "upper_in_reads"])
def test_ids_match_regardless_of_case(vendor: Vendor, live: Connection, case: str) -> None:
    vendor.tell("switches", id_case=case)
    event = move_and_decide(live, vendor, "Maya Osei", JOB)
    ids = json.loads(ids_of(vendor, "Maya Osei", JOB))
    again = deliver_event(
        live, json.dumps({key: value.upper() for key, value in ids.items()}).encode(), event_id="again"
    )
    assert (event.outcome, again.outcome) == ("sent.matched", "no.already_open")
    assert (again.candidate_id, again.job_id) == (event.candidate_id, event.job_id)
    assert write_note(live, requests_of(live)[0]).state == WorkState.DONE
