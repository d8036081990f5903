"""Settings and job operations of the sandbox that the product doesn't call but other software does."""

from __future__ import annotations

from typing import Any

from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import FIELDS, JOB, NOBODY, NOTHING, PROCESSES, SOURCES, STANDARD, TEAM
from tests.contract.stage import Stage

ONE_FIELD, ONE_PROCESS = f"{FIELDS}/{{id}}", f"{PROCESSES}/{{id}}"
REJECTIONS, WITHDRAWALS = "GET /configuration/rejection-reasons", "GET /configuration/withdrawal-reasons"
ONE_SOURCE, SOURCE_BY_ID = f"{SOURCES}/{{sourceValueId}}", "GET /configuration/sources/{sourceIdentifier}"
STATUS_HISTORY = f"{JOB}/status/history"
JOIN, LEAVE = TEAM.replace("GET", "POST"), f"{TEAM.replace('GET', 'DELETE')}/{{userId}}"


def source_values(stage: Stage, type_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.raw(SOURCES, f"/configuration/sources/{type_id}/values").json()["content"]
    return found


def a_source(stage: Stage) -> tuple[str, dict[str, Any]]:
    """A type's id and one of its values that belongs to only one subtype."""
    return "PAID", source_values(stage, "PAID")[0]


def a_value_of_two_subtypes(stage: Stage) -> tuple[str, str]:
    values = [value["id"] for value in source_values(stage, "CUSTOM_SOURCES")]
    return "CUSTOM_SOURCES", next(value for value in values if values.count(value) > 1)


@succeeds(ONE_FIELD)
def one_job_field(stage: Stage) -> None:
    stage.raw(ONE_FIELD, f"/configuration/job-properties/{stage.sandbox.state()['tag_property_id']}")


@fails(ONE_FIELD, 403)
def a_job_field_without_access_to_settings(stage: Stage) -> None:
    stage.raw(ONE_FIELD, f"/configuration/job-properties/{NOBODY}", scopes=("jobs_read",))


@fails(ONE_FIELD, 404)
def no_job_field(stage: Stage) -> None:
    stage.raw(ONE_FIELD, f"/configuration/job-properties/{NOBODY}")


@succeeds(REJECTIONS)
def reasons_of_rejection(stage: Stage) -> None:
    stage.raw(REJECTIONS, "/configuration/rejection-reasons")


@succeeds(WITHDRAWALS)
def reasons_of_withdrawal(stage: Stage) -> None:
    stage.raw(WITHDRAWALS, "/configuration/withdrawal-reasons")


@fails(WITHDRAWALS, 403)
def reasons_without_access_to_settings(stage: Stage) -> None:
    stage.raw(WITHDRAWALS, "/configuration/withdrawal-reasons", scopes=("jobs_read",))


@succeeds(ONE_PROCESS)
def one_hiring_process(stage: Stage) -> None:
    process_id = stage.ats().hiring_processes()[0].id
    stage.raw(ONE_PROCESS, f"/configuration/hiring-processes/{process_id}")


@fails(ONE_PROCESS, 404)
def no_hiring_process(stage: Stage) -> None:
    stage.raw(ONE_PROCESS, f"/configuration/hiring-processes/{NOTHING}")


@succeeds(ONE_SOURCE)
def one_source(stage: Stage) -> None:
    type_id, source = a_source(stage)
    stage.raw(ONE_SOURCE, f"/configuration/sources/{type_id}/values/{source['id']}")


@fails(ONE_SOURCE, 400, "SOURCE_TYPE_INVALID")
def one_source_of_no_type(stage: Stage) -> None:
    _type_id, source = a_source(stage)
    stage.raw(ONE_SOURCE, f"/configuration/sources/NO_SUCH_TYPE/values/{source['id']}")


@fails(ONE_SOURCE, 400, "SOURCE_TYPE_AND_SUBTYPE_INVALID")
def one_source_of_another_subtype(stage: Stage) -> None:
    type_id, source = a_source(stage)
    path = f"/configuration/sources/{type_id}/values/{source['id']}"
    stage.raw(ONE_SOURCE, path, params={"sourceSubType": "NO_SUCH_SUBTYPE"})


@fails(ONE_SOURCE, 400, "SUBTYPE_REQUIRED")
def one_source_of_several_subtypes(stage: Stage) -> None:
    type_id, value_id = a_value_of_two_subtypes(stage)
    stage.raw(ONE_SOURCE, f"/configuration/sources/{type_id}/values/{value_id}")


@fails(ONE_SOURCE, 404)
def no_source_of_a_type(stage: Stage) -> None:
    stage.raw(ONE_SOURCE, f"/configuration/sources/PAID/values/{NOBODY}")


@succeeds(SOURCE_BY_ID)
def a_source_by_its_identifier(stage: Stage) -> None:
    _type_id, source = a_source(stage)
    stage.raw(SOURCE_BY_ID, f"/configuration/sources/{source['sourceIdentifier']}")


@fails(SOURCE_BY_ID, 400, "INVALID_IDENTIFIER")
def a_source_by_what_is_no_identifier(stage: Stage) -> None:
    stage.raw(SOURCE_BY_ID, "/configuration/sources/PAID")


@fails(SOURCE_BY_ID, 404, "SOURCE_NOT_FOUND")
def no_source_by_an_identifier(stage: Stage) -> None:
    stage.raw(SOURCE_BY_ID, f"/configuration/sources/{NOTHING}")


@succeeds(STATUS_HISTORY)
def the_statuses_of_a_job(stage: Stage) -> None:
    stage.raw(STATUS_HISTORY, f"/jobs/{stage.job()}/status/history")


@fails(STATUS_HISTORY, 401)
def the_statuses_of_a_job_of_others(stage: Stage) -> None:
    stage.raw(STATUS_HISTORY, f"/jobs/{stage.job('Data Analyst')}/status/history", user=STANDARD)


@succeeds(JOIN)
def a_user_joins_a_team(stage: Stage) -> None:
    _join(stage, stage.sandbox.user("Erik Holm"))


@fails(JOIN, 400, "USER_NOT_FOUND")
def nobody_joins_a_team(stage: Stage) -> None:
    _join(stage, NOBODY)


@fails(JOIN, 401)
def a_user_joins_a_team_of_others(stage: Stage) -> None:
    _join(stage, stage.sandbox.user("Erik Holm"), user=STANDARD, title="Data Analyst")


@fails(JOIN, 409)
def a_user_joins_a_team_twice(stage: Stage) -> None:
    _join(stage, stage.sandbox.user("Erik Holm"))
    _join(stage, stage.sandbox.user("Erik Holm"))


def _join(stage: Stage, user_id: str, *, title: str = "Backend Engineer", **more: Any) -> None:
    body = {"id": user_id, "role": "EXECUTIVE"}
    stage.raw(JOIN, f"/jobs/{stage.job(title)}/hiring-team", json=body, scopes=("jobs_manage",), **more)


@succeeds(LEAVE)
def a_user_leaves_a_team(stage: Stage) -> None:
    _leave(stage, "Tom Becker")


@fails(LEAVE, 400, "INVALID_HIRING_TEAM_STATE")
def the_last_user_leaves_a_team(stage: Stage) -> None:
    _leave(stage, "Dana Ruiz", title="Data Analyst")


@fails(LEAVE, 401)
def a_user_leaves_a_team_of_others(stage: Stage) -> None:
    _leave(stage, "Dana Ruiz", title="Data Analyst", user=STANDARD)


@fails(LEAVE, 404)
def a_user_leaves_a_team_that_they_are_not_of(stage: Stage) -> None:
    _leave(stage, "Erik Holm")


def _leave(stage: Stage, name: str, *, title: str = "Backend Engineer", **more: Any) -> None:
    path = f"/jobs/{stage.job(title)}/hiring-team/{stage.sandbox.user(name)}"
    stage.raw(LEAVE, path, scopes=("jobs_manage",), **more)
