"""Creating candidates, tagging them, and files on their applications."""

from __future__ import annotations

from dataclasses import replace

from requests import Response

from connectors import ats
from connectors.ats_files import NewFile
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import NOTHING, STANDARD
from tests.contract.stage import ADMINISTRATOR, Stage

ADD, ADD_TO_JOB = "POST /candidates", "POST /jobs/{jobId}/candidates"
SEARCH = "GET /candidates"
TAGS, ADD_TAGS = "GET /candidates/{id}/tags", "POST /candidates/{id}/tags"
FILES, ATTACH = (f"{method} /candidates/{{id}}/jobs/{{jobId}}/attachments" for method in ("GET", "POST"))
NEW = ats.NewCandidate("Ana", "Souza", "ana.souza@example.com", phone="+1 202 555 0111", tags=("crosschq",))
NO_SOURCE = ats.Source("NO_SUCH_TYPE", "none")
PDF = ("report.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
PROGRAM = ("report.exe", b"MZ", "application/octet-stream")
OF_OTHERS = "Sam Keller"


@succeeds(ADD)
def a_candidate_for_the_talent_pool(stage: Stage) -> None:
    client = stage.ats()
    added = client.add_candidate(NEW)
    assert client.candidate(added.id) == added
    assert (added.first_name, added.last_name, added.email) == ("Ana", "Souza", "ana.souza@example.com")


@succeeds(ADD)
def a_candidate_who_already_exists(stage: Stage) -> None:
    client = stage.ats()
    assert client.add_candidate(NEW).id == client.add_candidate(NEW).id


@succeeds(ADD)
def a_candidate_from_every_kind_of_source(stage: Stage) -> None:
    client = stage.ats()
    for number, source in enumerate(_sources(client)):
        assert client.add_candidate(replace(NEW, email=f"ana{number}@example.com", source=source)).id


@succeeds(ADD)
def a_prospect_as_the_export_sends_it(stage: Stage) -> None:
    client = stage.ats()
    for source in _sources(client):
        for known in ({"employer": "Ledgerly", "title": "Engineer"}, {"employer": "Ledgerly"}, {"title": "Engineer"}):
            assert client.add_candidate(replace(NEW, source=source, **known)).created_at  # type: ignore[arg-type]


@fails(ADD, 400, "SOURCE_NOT_FOUND", raises=ats.SourceRefused)
def a_candidate_from_no_source(stage: Stage) -> None:
    client = stage.ats()
    client.add_candidate(replace(NEW, source=replace(_sources(client)[0], id=NOTHING)))


@fails(ADD, 400, "SUBTYPE_REQUIRED", raises=ats.SourceRefused)
def a_candidate_from_one_of_several_sources(stage: Stage) -> None:
    client = stage.ats()
    client.add_candidate(replace(NEW, source=_ambiguous(client)))


@fails(ADD, 403, "PERMISSION_DENIED", raises=ats.Forbidden)
def a_candidate_added_by_a_user_who_may_not(stage: Stage) -> None:
    stage.ats(STANDARD).add_candidate(NEW)


@fails(ADD, 404, "SOURCE_TYPE_NOT_FOUND", raises=ats.SourceRefused)
def a_candidate_from_no_type_of_source(stage: Stage) -> None:
    stage.ats().add_candidate(replace(NEW, source=NO_SOURCE))


@succeeds(SEARCH)
def the_tags_of_candidates_on_jobs(stage: Stage) -> None:
    client = stage.ats()
    client.add_candidate_to_job(NEW, job_id=stage.job())
    assert "crosschq" in {tag for found in client.search("", most=300) for tag in found.tags}


@succeeds(ADD_TO_JOB)
def a_candidate_for_a_job(stage: Stage) -> None:
    client = stage.ats()
    added = client.add_candidate_to_job(replace(NEW, source=_sources(client)[0]), job_id=stage.job())
    assert client.application(candidate_id=added.id, job_id=stage.job()).status == "NEW"
    assert [found.id for found in client.search(NEW.email, job_id=stage.job())] == [added.id]


@fails(ADD_TO_JOB, 400, "SOURCE_NOT_FOUND", raises=ats.SourceRefused)
def a_candidate_for_a_job_from_no_source(stage: Stage) -> None:
    client = stage.ats()
    new = replace(NEW, source=replace(_sources(client)[0], id=NOTHING))
    client.add_candidate_to_job(new, job_id=stage.job())


@fails(ADD_TO_JOB, 400, "SUBTYPE_REQUIRED", raises=ats.SourceRefused)
def a_candidate_for_a_job_from_one_of_several_sources(stage: Stage) -> None:
    client = stage.ats()
    client.add_candidate_to_job(replace(NEW, source=_ambiguous(client)), job_id=stage.job())


@fails(ADD_TO_JOB, 400, "INVALID_SOURCE_ID", raises=ats.SourceRefused)
def a_candidate_for_a_job_from_a_source_of_another_type(stage: Stage) -> None:
    client = stage.ats()
    first, *others = _sources(client)
    elsewhere = next(source for source in others if source.type_id != first.type_id)
    client.add_candidate_to_job(replace(NEW, source=replace(first, id=elsewhere.id)), job_id=stage.job())


@fails(ADD_TO_JOB, 403, "PERMISSION_DENIED", raises=ats.Forbidden)
def a_candidate_for_a_job_by_a_user_who_only_interviews(stage: Stage) -> None:
    looker = [{"user_id": stage.sandbox.user(STANDARD), "role": "INTERVIEW_TEAM"}]
    stage.sandbox.act("seed", jobs=[{"title": "Watched", "team": looker}])
    stage.ats(STANDARD).add_candidate_to_job(NEW, job_id=stage.job("Watched"))


@fails(ADD_TO_JOB, 401, "PERMISSION_DENIED", raises=ats.NotVisible)
def a_candidate_for_a_job_of_others(stage: Stage) -> None:
    stage.ats(STANDARD).add_candidate_to_job(NEW, job_id=stage.job("Data Analyst"))


@fails(ADD_TO_JOB, 404, "SOURCE_TYPE_NOT_FOUND", raises=ats.SourceRefused)
def a_candidate_for_a_job_from_no_type_of_source(stage: Stage) -> None:
    stage.ats().add_candidate_to_job(replace(NEW, source=NO_SOURCE), job_id=stage.job())


@succeeds(ADD_TAGS)
def tags_are_added_to_existing_ones(stage: Stage) -> None:
    _add_tags(stage, ["crosschq", "2 of 2"])
    _add_tags(stage, ["third"])
    (tagged,) = (one for one in stage.sandbox.state()["candidates"] if one["id"] == stage.candidate())
    assert sorted(tagged["tags"]) == ["2 of 2", "crosschq", "third"]


@fails(ADD_TAGS, 400)
def more_tags_than_a_candidate_can_have(stage: Stage) -> None:
    for start in (0, 100):
        _add_tags(stage, [f"tag {start + number}" for number in range(100)])


@fails(ADD_TAGS, 403)
def tags_for_a_hidden_candidate(stage: Stage) -> None:
    _add_tags(stage, ["crosschq"], candidate=OF_OTHERS, user=STANDARD)


@succeeds(TAGS)
def a_candidate_without_tags(stage: Stage) -> None:
    stage.raw(TAGS, f"/candidates/{stage.candidate()}/tags")


@fails(TAGS, 403)
def the_tags_of_a_hidden_candidate(stage: Stage) -> None:
    stage.raw(TAGS, f"/candidates/{stage.candidate(OF_OTHERS)}/tags", user=STANDARD)


@succeeds(ATTACH)
def a_file(stage: Stage) -> None:
    attach(stage, PDF)


@fails(ATTACH, 400, "FILE_ALREADY_EXIST")
def the_same_file_twice(stage: Stage) -> None:
    for _ in range(2):
        attach(stage, PDF)


@fails(ATTACH, 400, "INVALID_FILE")
def a_file_of_a_forbidden_type(stage: Stage) -> None:
    attach(stage, PROGRAM)


@fails(ATTACH, 403, "PERMISSION_DENIED")
def a_file_for_a_hidden_application(stage: Stage) -> None:
    attach(stage, PDF, candidate=OF_OTHERS, job="Marketing Intern", user=STANDARD)


@fails(ATTACH, 404, "JOB_NOT_FOUND")
def a_file_for_a_missing_application(stage: Stage) -> None:
    attach(stage, PDF, job="Sales Lead")


@fails(ATTACH, 422, "ATTACHMENT_LIMIT_EXCEEDED")
def one_file_too_many(stage: Stage) -> None:
    stage.sandbox.act("switches", attachment_limit=1)
    for number in range(2):
        attach(stage, (f"report {number}.pdf", *PDF[1:]))


@succeeds(FILES)
def an_application_without_files(stage: Stage) -> None:
    stage.raw(FILES, _files(stage))


@fails(FILES, 403, "PERMISSION_DENIED")
def the_files_of_a_hidden_application(stage: Stage) -> None:
    stage.raw(FILES, _files(stage, candidate=OF_OTHERS, job="Marketing Intern"), user=STANDARD)


@fails(FILES, 404, "JOB_NOT_FOUND")
def the_files_of_a_missing_application(stage: Stage) -> None:
    stage.raw(FILES, _files(stage, job="Sales Lead"))


@succeeds(ATTACH)
def a_report_as_we_attach_it(stage: Stage) -> None:
    client, candidate, job = stage.ats(), stage.candidate(), stage.job()
    assert not client.file_exists(candidate_id=candidate, job_id=job, name=PDF[0])
    assert client.attach_file(candidate_id=candidate, job_id=job, file=NewFile(*PDF))
    assert client.file_exists(candidate_id=candidate, job_id=job, name=PDF[0])


def _add_tags(stage: Stage, tags: list[str], *, candidate: str = "Maya Osei", user: str = ADMINISTRATOR) -> None:
    stage.raw(ADD_TAGS, f"/candidates/{stage.candidate(candidate)}/tags", json={"tags": tags}, user=user)


def _files(stage: Stage, *, candidate: str = "Maya Osei", job: str = "Backend Engineer") -> str:
    return f"/candidates/{stage.candidate(candidate)}/jobs/{stage.job(job)}/attachments"


def attach(
    stage: Stage,
    file: tuple[str, bytes, str],
    *,
    candidate: str = "Maya Osei",
    job: str = "Backend Engineer",
    user: str = ADMINISTRATOR,
) -> Response:
    path = _files(stage, candidate=candidate, job=job)
    return stage.raw(ATTACH, path, files={"file": file}, data={"attachmentType": "GENERIC_FILE"}, user=user)


def _sources(client: SmartRecruitersAts) -> list[ats.Source]:
    return [source for kind in client.source_types() for source in client.sources(kind.id)]


def _ambiguous(client: SmartRecruitersAts) -> ats.Source:
    """A source whose id exists in several subtypes of its type."""
    found = _sources(client)
    return next(
        replace(source, subtype_id="")
        for source in found
        if len({other.subtype_id for other in found if (other.type_id, other.id) == (source.type_id, source.id)}) > 1
    )
