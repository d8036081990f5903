"""SmartRecruiters' JSON → the port's dataclasses. Field names follow the reference pages of the Customer API."""

from typing import Any

from connectors import ats

from .client import listed, text

# Steps exist under these three; the others are before the process or after its end.
UNDER_REVIEW = {"IN_REVIEW", "INTERVIEW", "OFFERED"}
ROLES = {"RECRUITER": "recruiter", "COORDINATOR": "coordinator", "HIRING_MANAGER": "hiring_manager"}


def company(body: Any) -> ats.Company:
    return ats.Company(id=text(body, "identifier"), name=text(body, "name"))


def person(body: Any) -> ats.Person:
    first, last = text(body, "firstName", required=False), text(body, "lastName", required=False)
    return ats.Person(
        id=text(body, "id"),
        name=f"{first} {last}".strip(),
        email=text(body, "email", required=False),
        active=body.get("active") is not False,
    )


def candidate(body: Any) -> ats.Candidate:
    return ats.Candidate(
        id=text(body, "id"),
        first_name=text(body, "firstName", required=False),
        last_name=text(body, "lastName", required=False),
        email=text(body, "email", required=False),
        phone=text(body, "phoneNumber", required=False),
    )


def application(body: Any, *, candidate_id: str, job_id: str) -> ats.Application:
    status = text(body, "status")
    return ats.Application(
        candidate_id=candidate_id,
        job_id=job_id,
        application_id=text(body, "applicationId", required=False),
        status=status,
        step=text(body, "subStatus", required=False),
        under_review=status in UNDER_REVIEW,
    )


def job(body: Any) -> ats.Job:
    creator = body.get("creator") or {}
    return ats.Job(
        id=text(body, "id"),
        title=text(body, "title"),
        creator_id=text(creator, "id", required=False),
        fields=tuple(_job_field(item) for item in body.get("properties") or [] if isinstance(item, dict)),
    )


def _job_field(item: dict[str, Any]) -> ats.JobField:
    """A free text stands in `value.label`, without an id; an unset field has an empty value or is left out."""
    value = item.get("value")
    written = text(value, "label", required=False) if isinstance(value, dict) else ""
    return ats.JobField(id=text(item, "id"), label=text(item, "label", required=False), text=written)


def hiring_team(body: Any) -> list[ats.TeamMember]:
    return [
        ats.TeamMember(person_id=text(item, "id"), role=ROLES.get(text(item, "role"), text(item, "role").lower()))
        for item in listed(body, "content")
    ]


def job_fields(body: Any) -> list[ats.JobFieldSetting]:
    return [
        ats.JobFieldSetting(
            id=text(item, "id"),
            label=text(item, "label"),
            for_jobs=item.get("category") == "job",
            active=item.get("active") is not False,
        )
        for item in listed(body, "content")
    ]


def hook(item: Any) -> ats.Hook:
    return ats.Hook(id=text(item, "id"), url=text(item, "callbackUrl"), active=item.get("status") == "active")
