"""Users, company settings and jobs."""

from __future__ import annotations

from connectors import ats
from connectors.smartrecruiters import configuration, users
from tests.contract.cases import fails, succeeds
from tests.contract.stage import ADMINISTRATOR, Stage

ME, USERS, USER = (f"GET /user-api/v201804/users{end}" for end in ("/me", "", "/{id}"))
COMPANY, FIELDS = "GET /configuration/company", "GET /configuration/job-properties"
VALUES, PROCESSES = f"{FIELDS}/{{id}}/values", "GET /configuration/hiring-processes"
SOURCE_TYPES, SOURCES = "GET /configuration/sources", "GET /configuration/sources/{sourceType}/values"
JOBS, JOB, TEAM = "GET /jobs", "GET /jobs/{jobId}", "GET /jobs/{jobId}/hiring-team"
NOBODY = "0123456789abcdef01234567"
NOTHING = "00000000-0000-4000-8000-000000000000"
EXTENDED, STANDARD = "Dana Ruiz", "Priya Nair"


@succeeds(ME)
def who_granted_the_access(stage: Stage) -> None:
    me = stage.ats().me()
    assert (me.id, me.name, me.email) == (stage.sandbox.user(ADMINISTRATOR), ADMINISTRATOR, "integration@acme.example")


@succeeds(USERS)
def all_users_with_the_inactive_and_the_unreachable(stage: Stage) -> None:
    people = {person.name: person for person in stage.ats().users()}
    assert len(people) == len(stage.sandbox.state()["users"])
    assert [name for name, person in people.items() if not person.active] == ["Olga Petrova"]
    assert people["Erik Holm"].email == "erik.holm(at)acme"


@succeeds(USERS)
def all_users_over_several_pages(stage: Stage) -> None:
    by_two = [item.text("id") for item in stage.ats().client.pages(users.ALL, params={"limit": "2"})]
    assert by_two == [person.id for person in stage.ats().users()]


@fails(USERS, 400, "INVALID_PAGE_ID")
def a_cursor_that_nobody_handed_out(stage: Stage) -> None:
    stage.raw(USERS, "/user-api/v201804/users", params={"pageId": "zzz"})


@fails(USERS, 403, "PERMISSION_DENIED", raises=ats.Forbidden)
def users_asked_for_by_a_user_who_does_not_manage_them(stage: Stage) -> None:
    stage.ats(EXTENDED).users()


@succeeds(USER)
def one_user(stage: Stage) -> None:
    assert stage.ats().user(stage.sandbox.user("Tom Becker")).email == "tom.becker@acme.example"


@fails(USER, 403, "PERMISSION_DENIED", raises=ats.Forbidden)
def a_user_asked_for_by_a_user_who_does_not_manage_them(stage: Stage) -> None:
    stage.ats(EXTENDED).user(stage.sandbox.user(EXTENDED))


@fails(USER, 404, raises=ats.NotVisible)
def nobody(stage: Stage) -> None:
    stage.ats().user(NOBODY)


@succeeds(COMPANY)
def the_company(stage: Stage) -> None:
    assert stage.ats().company() == ats.Company("acme-gmbh", "Acme GmbH")


@succeeds(FIELDS)
def job_fields(stage: Stage) -> None:
    (tag,) = [field for field in stage.ats().job_fields() if field.label == "Crosschq tag"]
    assert (tag.id, tag.for_jobs, tag.active) == (stage.sandbox.state()["tag_property_id"], True, True)


@fails(FIELDS, 403, raises=ats.Forbidden)
def job_fields_without_access_to_settings(stage: Stage) -> None:
    stage.ats(scopes=("jobs_read",)).job_fields()


@succeeds(VALUES)
def the_choices_of_a_list(stage: Stage) -> None:
    client = stage.ats()
    (budget,) = [field for field in client.job_fields() if field.label == "Budget level"]
    choices = client.job_field_choices(budget.id)
    assert [choice.label for choice in choices] == ["Level 1", "Level 2", "Level 3"]
    assert not any(choice.archived for choice in choices)
    by_one = client.client.pages(configuration.JOB_PROPERTY_VALUES, {"id": budget.id}, params={"pageSize": "1"})
    assert [item.text("id") for item in by_one] == [choice.id for choice in choices]


@succeeds(VALUES)
def the_choices_of_a_free_text(stage: Stage) -> None:
    assert stage.ats().job_field_choices(stage.sandbox.state()["tag_property_id"]) == []


@fails(VALUES, 403, raises=ats.Forbidden)
def choices_without_access_to_settings(stage: Stage) -> None:
    stage.ats(scopes=("jobs_read",)).job_field_choices(stage.sandbox.state()["tag_property_id"])


@fails(VALUES, 404, raises=ats.NotVisible)
def the_choices_of_no_field(stage: Stage) -> None:
    stage.ats().job_field_choices(NOBODY)


@succeeds(PROCESSES)
def hiring_processes(stage: Stage) -> None:
    processes = {process.name: process for process in stage.ats().hiring_processes()}
    assert ats.Step("INTERVIEW", "Crosschq") in processes["Standard"].steps
    assert "Crosschq" not in [step.name for step in processes["Interns"].steps]


@succeeds(SOURCE_TYPES)
def source_types(stage: Stage) -> None:
    types = stage.ats().source_types()
    assert "REFERRALS" in [kind.id for kind in types]
    assert all(kind.label and kind.subtypes for kind in types)


@succeeds(SOURCES)
def the_sources_of_every_type(stage: Stage) -> None:
    client = stage.ats()
    found = [source for kind in client.source_types() for source in client.sources(kind.id)]
    assert all(source.label and source.subtype_id for source in found)
    assert len({(source.type_id, source.subtype_id, source.id) for source in found}) == len(found) > 0


@succeeds(SOURCES)
def the_sources_of_a_subtype(stage: Stage) -> None:
    client = stage.ats()
    for kind in client.source_types():
        for subtype in kind.subtypes:
            assert {source.subtype_id for source in client.sources(kind.id, subtype_id=subtype)} <= {subtype}


@fails(SOURCES, 400, "SOURCE_TYPE_AND_SUBTYPE_INVALID", raises=ats.AtsRefused)
def the_sources_of_another_types_subtype(stage: Stage) -> None:
    client = stage.ats()
    client.sources(client.source_types()[0].id, subtype_id="NO_SUCH_SUBTYPE")


@fails(SOURCES, 404, raises=ats.SourceRefused)
def the_sources_of_no_type(stage: Stage) -> None:
    stage.ats().sources("NO_SUCH_TYPE")


@succeeds(JOBS)
def all_jobs_over_several_pages(stage: Stage) -> None:
    stage.sandbox.act("seed", jobs=[{"title": f"Job {n}"} for n in range(120)])
    jobs = stage.ats().jobs()
    assert {job.id for job in jobs} == {job["id"] for job in stage.sandbox.state()["jobs"]}
    assert len(jobs) == len({job.id for job in jobs}) > 120


@fails(JOBS, 400, "INVALID_PAGE_ID")
def a_page_of_jobs_that_nobody_handed_out(stage: Stage) -> None:
    stage.raw(JOBS, "/jobs", params={"sort": "job_id", "pageId": "zzz"})


@succeeds(JOB)
def a_job_with_its_tag(stage: Stage) -> None:
    job = stage.ats().job(stage.job())
    tag = job.field(field_id=stage.sandbox.state()["tag_property_id"], label="")
    assert (job.title, job.creator_id, tag and tag.text) == (
        "Backend Engineer",
        stage.sandbox.user(ADMINISTRATOR),
        "eng",
    )


@succeeds(JOB)
def a_job_without_a_tag(stage: Stage) -> None:
    job = stage.ats().job(stage.job("Sales Lead"))
    tag = job.field(field_id="", label="crosschq TAG")
    assert tag is None or tag.text == ""


@fails(JOB, 401, raises=ats.NotVisible)
def a_job_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).job(stage.job("Data Analyst"))


@succeeds(TEAM)
def a_hiring_team(stage: Stage) -> None:
    team = {member.role: member.user_id for member in stage.ats().hiring_team(stage.job())}
    assert team == {
        "hiring_manager": stage.sandbox.user(STANDARD),
        "recruiter": stage.sandbox.user(EXTENDED),
        "coordinator": stage.sandbox.user("Tom Becker"),
    }


@fails(TEAM, 401, raises=ats.NotVisible)
def the_team_of_a_job_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).hiring_team(stage.job("Data Analyst"))
