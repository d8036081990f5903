"""Candidate and note operations of the sandbox that the product doesn't call but other software does."""

from __future__ import annotations

from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_candidates import APPLICATION, CANDIDATE, OF_OTHERS, ON_TWO_JOBS
from tests.contract.cases_of_company import NOBODY, NOTHING, STANDARD
from tests.contract.cases_of_other_settings import a_source, a_value_of_two_subtypes
from tests.contract.cases_of_prospects import PDF, attach
from tests.contract.stage import Stage

FILE, REMOVE_FILE = (f"{method} /candidates/attachments/{{attachmentId}}" for method in ("GET", "DELETE"))
ALL_FILES = f"{CANDIDATE}/attachments"
CHANGE, REMOVE = CANDIDATE.replace("GET", "PATCH"), CANDIDATE.replace("GET", "DELETE")
SET_TAGS, REMOVE_TAGS = f"PUT {CANDIDATE[4:]}/tags", f"DELETE {CANDIDATE[4:]}/tags"
CONSENT, CONSENTS = f"{CANDIDATE}/consent", f"{CANDIDATE}/consents"
SET_STATUS, SET_SOURCE = f"PUT {APPLICATION[4:]}/status", f"PUT {APPLICATION[4:]}/source"
BY_APPLICATION = "GET /job-applications-api/v202112/job-applications/{jobApplicationId}"
UNSHARE = "DELETE /messages/shares/{id}"


def of_maya(stage: Stage, end: str) -> str:
    return f"/candidates/{stage.candidate()}/jobs/{stage.job()}{end}"


@succeeds(FILE)
def a_file_downloaded(stage: Stage) -> None:
    assert stage.raw(FILE, _attached(stage)).content == PDF[1]


@fails(FILE, 403, "PERMISSION_DENIED")
def a_file_of_others(stage: Stage) -> None:
    stage.raw(FILE, _attached(stage, OF_OTHERS, "Marketing Intern"), user=STANDARD)


@fails(FILE, 404, "FILE_NOT_FOUND")
def no_file(stage: Stage) -> None:
    stage.raw(FILE, f"/candidates/attachments/{NOTHING}")


@succeeds(REMOVE_FILE)
def a_file_removed(stage: Stage) -> None:
    stage.raw(REMOVE_FILE, _attached(stage))


@fails(REMOVE_FILE, 403, "PERMISSION_DENIED")
def a_file_of_others_removed(stage: Stage) -> None:
    stage.raw(REMOVE_FILE, _attached(stage, OF_OTHERS, "Marketing Intern"), user=STANDARD)


@fails(REMOVE_FILE, 404, "FILE_NOT_FOUND")
def no_file_removed(stage: Stage) -> None:
    stage.raw(REMOVE_FILE, f"/candidates/attachments/{NOTHING}")


def _attached(stage: Stage, name: str = "Maya Osei", title: str = "Backend Engineer") -> str:
    """Attach a file. Returns its path."""
    made = attach(stage, PDF, candidate=name, job=title)
    return f"/candidates/attachments/{made.json()['id']}"


@succeeds(ALL_FILES)
def all_files_of_a_candidate(stage: Stage) -> None:
    _attached(stage)
    stage.raw(ALL_FILES, f"/candidates/{stage.candidate()}/attachments")


@fails(ALL_FILES, 401)
def all_files_of_a_candidate_of_others(stage: Stage) -> None:
    stage.raw(ALL_FILES, f"/candidates/{stage.candidate(OF_OTHERS)}/attachments", user=STANDARD)


@fails(ALL_FILES, 403)
def all_files_without_access_to_candidates(stage: Stage) -> None:
    stage.raw(ALL_FILES, f"/candidates/{stage.candidate()}/attachments", scopes=("jobs_read",))


@succeeds(CHANGE)
def a_candidate_changed(stage: Stage) -> None:
    stage.raw(CHANGE, f"/candidates/{stage.candidate()}", json={"phoneNumber": "+1 202 555 0199"})


@fails(CHANGE, 403, "PERMISSION_DENIED")
def a_candidate_of_others_changed(stage: Stage) -> None:
    stage.raw(CHANGE, f"/candidates/{stage.candidate(OF_OTHERS)}", json={"firstName": "X"}, user=STANDARD)


@fails(CHANGE, 404, "CANDIDATE_NOT_FOUND")
def nobody_changed(stage: Stage) -> None:
    stage.raw(CHANGE, f"/candidates/{NOTHING}", json={"firstName": "X"})


@fails(CHANGE, 409, "CANDIDATE_DATA_CONFLICT")
def a_candidate_changed_into_another(stage: Stage) -> None:
    body = {"lastName": "Lind", "email": "jonas.lind@example.com"}
    stage.raw(CHANGE, f"/candidates/{stage.candidate()}", json=body)


@succeeds(REMOVE)
def a_candidate_removed(stage: Stage) -> None:
    stage.raw(REMOVE, f"/candidates/{stage.candidate()}")


@fails(REMOVE, 403)
def a_candidate_of_others_removed(stage: Stage) -> None:
    stage.raw(REMOVE, f"/candidates/{stage.candidate(OF_OTHERS)}", user=STANDARD)


@fails(REMOVE, 404)
def nobody_removed(stage: Stage) -> None:
    stage.raw(REMOVE, f"/candidates/{NOTHING}")


@succeeds(SET_TAGS)
def tags_replaced(stage: Stage) -> None:
    stage.raw(SET_TAGS, f"/candidates/{stage.candidate()}/tags", json={"tags": ["only this"]})


@fails(SET_TAGS, 403)
def tags_of_a_candidate_of_others_replaced(stage: Stage) -> None:
    stage.raw(SET_TAGS, f"/candidates/{stage.candidate(OF_OTHERS)}/tags", json={"tags": []}, user=STANDARD)


@succeeds(REMOVE_TAGS)
def tags_removed(stage: Stage) -> None:
    stage.raw(REMOVE_TAGS, f"/candidates/{stage.candidate()}/tags")


@fails(REMOVE_TAGS, 403)
def tags_of_a_candidate_of_others_removed(stage: Stage) -> None:
    stage.raw(REMOVE_TAGS, f"/candidates/{stage.candidate(OF_OTHERS)}/tags", user=STANDARD)


@succeeds(CONSENT)
def a_consent(stage: Stage) -> None:
    stage.raw(CONSENT, f"/candidates/{stage.candidate()}/consent")


@fails(CONSENT, 403)
def the_consent_of_a_candidate_of_others(stage: Stage) -> None:
    stage.raw(CONSENT, f"/candidates/{stage.candidate(OF_OTHERS)}/consent", user=STANDARD)


@succeeds(CONSENTS)
def consents(stage: Stage) -> None:
    stage.raw(CONSENTS, f"/candidates/{stage.candidate()}/consents")


@fails(CONSENTS, 403)
def the_consents_of_a_candidate_of_others(stage: Stage) -> None:
    stage.raw(CONSENTS, f"/candidates/{stage.candidate(OF_OTHERS)}/consents", user=STANDARD)


@succeeds(SET_STATUS)
def a_candidate_moved(stage: Stage) -> None:
    stage.raw(SET_STATUS, of_maya(stage, "/status"), json={"status": "INTERVIEW", "subStatus": "Crosschq"})


@fails(SET_STATUS, 400, "NO_REASON_SUPPORT_FOR_STATUS")
def a_move_with_a_reason_that_it_does_not_take(stage: Stage) -> None:
    stage.raw(SET_STATUS, of_maya(stage, "/status"), json={"status": "OFFERED", "reason": NOBODY})


@fails(SET_STATUS, 400, "REASON_NOT_FOUND")
def a_rejection_without_a_known_reason(stage: Stage) -> None:
    stage.raw(SET_STATUS, of_maya(stage, "/status"), json={"status": "REJECTED", "reason": NOBODY})


@fails(SET_STATUS, 400, "REQUIRED_SUB_STATUS_OMITTED")
def a_move_past_a_required_step(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate('Noor Haddad')}/jobs/{stage.job('Finance Director')}/status"
    stage.raw(SET_STATUS, path, json={"status": "OFFERED", "subStatus": "Crosschq"})


@fails(SET_STATUS, 401)
def a_candidate_of_others_moved(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate(OF_OTHERS)}/jobs/{stage.job('Marketing Intern')}/status"
    stage.raw(SET_STATUS, path, json={"status": "IN_REVIEW"}, user=STANDARD)


@fails(SET_STATUS, 403, "PERMISSION_DENIED")
def a_candidate_moved_on_a_job_of_others(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate(ON_TWO_JOBS)}/jobs/{stage.job('Data Analyst')}/status"
    stage.raw(SET_STATUS, path, json={"status": "IN_REVIEW"}, user=STANDARD)


@fails(SET_STATUS, 404)
def a_candidate_moved_on_a_job_not_applied_for(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate()}/jobs/{stage.job('Sales Lead')}/status"
    stage.raw(SET_STATUS, path, json={"status": "IN_REVIEW"})


@succeeds(SET_SOURCE)
def a_source_set(stage: Stage) -> None:
    type_id, source = a_source(stage)
    _set_source(stage, sourceTypeId=type_id, sourceId=source["id"])


@fails(SET_SOURCE, 400, "INVALID_SOURCE_TYPE")
def a_source_of_no_type_set(stage: Stage) -> None:
    _set_source(stage, sourceTypeId="NO_SUCH_TYPE", sourceId=NOBODY)


@fails(SET_SOURCE, 400, "INVALID_SOURCE")
def no_source_set(stage: Stage) -> None:
    _set_source(stage, sourceTypeId="PAID", sourceId=NOBODY)


@fails(SET_SOURCE, 400, "SUBTYPE_REQUIRED")
def a_source_of_several_subtypes_set(stage: Stage) -> None:
    type_id, value_id = a_value_of_two_subtypes(stage)
    _set_source(stage, sourceTypeId=type_id, sourceId=value_id)


@fails(SET_SOURCE, 401)
def a_source_set_for_a_candidate_of_others(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate(OF_OTHERS)}/jobs/{stage.job('Marketing Intern')}/source"
    type_id, source = a_source(stage)
    stage.raw(SET_SOURCE, path, json={"sourceTypeId": type_id, "sourceId": source["id"]}, user=STANDARD)


@fails(SET_SOURCE, 404)
def a_source_set_on_a_job_not_applied_for(stage: Stage) -> None:
    path = f"/candidates/{stage.candidate()}/jobs/{stage.job('Sales Lead')}/source"
    type_id, source = a_source(stage)
    stage.raw(SET_SOURCE, path, json={"sourceTypeId": type_id, "sourceId": source["id"]})


def _set_source(stage: Stage, **body: str) -> None:
    stage.raw(SET_SOURCE, of_maya(stage, "/source"), json=body)


@succeeds(BY_APPLICATION)
def an_application_by_its_own_id(stage: Stage) -> None:
    found = stage.ats().application(candidate_id=stage.candidate(), job_id=stage.job())
    _by_application(stage, found.application_id)


@fails(BY_APPLICATION, 400, "INVALID_JOB_APPLICATION_ID")
def an_application_by_what_is_no_id(stage: Stage) -> None:
    _by_application(stage, "1")


@fails(BY_APPLICATION, 404, "JOB_APPLICATION_NOT_FOUND")
def no_application_by_an_id(stage: Stage) -> None:
    _by_application(stage, NOTHING)


def _by_application(stage: Stage, application_id: str) -> None:
    path = f"/job-applications-api/v202112/job-applications/{application_id}"
    stage.raw(BY_APPLICATION, path, scopes=("job_applications_read",))


@succeeds(UNSHARE)
def a_note_removed(stage: Stage) -> None:
    note_id = stage.ats().post_note(candidate_id=stage.candidate(), content="x")
    stage.raw(UNSHARE, f"/messages/shares/{note_id}", scopes=("messages_manage",))


@fails(UNSHARE, 403)
def a_note_of_others_removed(stage: Stage) -> None:
    note_id = stage.ats().post_note(candidate_id=stage.candidate(), content="x")
    stage.raw(UNSHARE, f"/messages/shares/{note_id}", scopes=("messages_manage",), user=STANDARD)


@fails(UNSHARE, 404)
def no_note_removed(stage: Stage) -> None:
    stage.raw(UNSHARE, f"/messages/shares/{NOTHING}", scopes=("messages_manage",))
