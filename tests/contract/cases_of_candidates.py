"""Candidates, their applications, and writing to both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors import ats
from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import NOTHING, STANDARD
from tests.contract.stage import Stage

SEARCH, CANDIDATE, APPLICATION = "GET /candidates", "GET /candidates/{id}", "GET /candidates/{id}/jobs/{jobId}"
HISTORY = f"{APPLICATION}/status/history"
ON_TWO_JOBS, OF_OTHERS = "Inês Duarte", "Sam Keller"


@succeeds(CANDIDATE)
def a_candidate(stage: Stage) -> None:
    found = stage.ats().candidate(stage.candidate())
    name_and_addresses = ("Maya", "Osei", "maya.osei@example.com", "+1 202 555 0143")
    assert found.created_at is not None
    expected = ats.Candidate(stage.candidate(), *name_and_addresses, job_ids=(stage.job(),))
    assert replace(found, created_at=None) == expected


@succeeds(CANDIDATE)
def candidates_without_address_number_or_job(stage: Stage) -> None:
    client = stage.ats()
    assert client.candidate(stage.candidate("Tomasz Nowak")).email == ""
    assert client.candidate(stage.candidate("Ravi Menon")).phone == ""


@fails(CANDIDATE, 401, raises=ats.NotVisible)
def a_candidate_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).candidate(stage.candidate(OF_OTHERS))


@succeeds(APPLICATION)
def an_application_at_a_step(stage: Stage) -> None:
    found = stage.ats().application(candidate_id=stage.candidate(), job_id=stage.job())
    assert (found.status, found.step, found.under_review) == ("INTERVIEW", "Phone interview", True)
    assert found.application_id


@succeeds(APPLICATION)
def an_application_before_any_step(stage: Stage) -> None:
    found = stage.ats().application(candidate_id=stage.candidate("Sam Keller"), job_id=stage.job("Marketing Intern"))
    assert (found.status, found.step, found.under_review) == ("NEW", "", False)


@fails(APPLICATION, 403, raises=ats.Forbidden)
def an_application_to_a_job_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).application(candidate_id=stage.candidate(ON_TWO_JOBS), job_id=stage.job("Data Analyst"))


@fails(APPLICATION, 404, raises=ats.NotVisible)
def no_application(stage: Stage) -> None:
    stage.ats().application(candidate_id=stage.candidate(), job_id=stage.job("Sales Lead"))


@succeeds(HISTORY)
def a_history_oldest_first(stage: Stage) -> None:
    ids = {"candidate_id": stage.candidate(), "job_id": stage.job()}
    stage.sandbox.act("advance", seconds=60)
    stage.sandbox.act("move", **ids, status="INTERVIEW", sub_status="Crosschq")
    changes = stage.ats().history(**ids)
    assert [(change.status, change.step) for change in changes] == [
        ("NEW", ""),
        ("INTERVIEW", "Phone interview"),
        ("INTERVIEW", "Crosschq"),
    ]
    assert changes[-1].at - changes[0].at > timedelta(days=1)


@fails(HISTORY, 403, "NO_ACCESS_TO_CANDIDATE", raises=ats.NotVisible)
def the_history_of_a_candidate_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).history(candidate_id=stage.candidate(OF_OTHERS), job_id=stage.job("Marketing Intern"))


@fails(HISTORY, 403, "NO_ACCESS_TO_JOB", raises=ats.NotVisible)
def the_history_on_a_job_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).history(candidate_id=stage.candidate(ON_TWO_JOBS), job_id=stage.job("Data Analyst"))


@fails(HISTORY, 404, "CANDIDATE_NOT_FOUND", raises=ats.NotVisible)
def the_history_of_nobody(stage: Stage) -> None:
    stage.ats().history(candidate_id=NOTHING, job_id=stage.job())


@fails(HISTORY, 404, "JOB_NOT_FOUND", raises=ats.NotVisible)
def the_history_on_a_job_not_applied_for(stage: Stage) -> None:
    stage.ats().history(candidate_id=stage.candidate(), job_id=stage.job("Sales Lead"))


@succeeds(SEARCH)
def candidates_at_the_step_over_several_pages(stage: Stage) -> None:
    many = [
        {
            "first_name": "Kim",
            "last_name": f"Lee {n}",
            "email": f"kim{n}@example.com",
            "job_id": stage.job(),
            "status": "INTERVIEW",
            "sub_status": "Crosschq",
        }
        for n in range(120)
    ]
    stage.sandbox.act("seed", candidates=many)
    found = stage.ats().at_step("Crosschq")
    assert sorted(one.email for one in found) == sorted(str(one["email"]) for one in many)
    assert {one.job_ids for one in found} == {(stage.job(),)}


@succeeds(SEARCH)
def candidates_who_reached_the_step_since(stage: Stage) -> None:
    client, long_ago = stage.ats(), datetime.now(UTC) - timedelta(days=3650)
    stage.sandbox.act(
        "move", candidate_id=stage.candidate(), job_id=stage.job(), status="INTERVIEW", sub_status="Crosschq"
    )
    assert [one.id for one in client.at_step("Crosschq", updated_after=long_ago)] == [stage.candidate()]
    assert client.at_step("Crosschq", updated_after=datetime.now(UTC) + timedelta(days=1)) == []


@succeeds(SEARCH)
def a_candidate_by_address(stage: Stage) -> None:
    client = stage.ats()
    (found,) = client.search("ines.duarte@example.org")
    assert found.job_ids == (stage.job("Data Analyst"), stage.job())
    assert client.search("ines.duarte@example.org", job_id=stage.job("Sales Lead")) == []


@fails(SEARCH, 400, "FIELDS_CRITERIA_SIZE_VIOLATED")
def half_a_criterion_for_a_field(stage: Stage) -> None:
    stage.raw(SEARCH, "/candidates", params={"propertyId": "x"})


@fails(SEARCH, 400, "SOURCES_CRITERIA_SIZE_VIOLATED")
def half_a_criterion_for_a_source(stage: Stage) -> None:
    stage.raw(SEARCH, "/candidates", params={"sourceType": "x"})


@fails(SEARCH, 400, "SCREENING_QUESTIONS_CRITERIA_SIZE_VIOLATED")
def half_a_criterion_for_an_answer(stage: Stage) -> None:
    stage.raw(SEARCH, "/candidates", params={"questionCategory": "x"})
