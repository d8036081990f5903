"""Jobs API: list by cursor, details with job fields, status history, hiring team and its changes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import teams
from sandbox.access import sees_job, visible_job
from sandbox.api.filters import action, after, language, optional_text
from sandbox.clock import vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.model import JOB_STATUSES, Job, JobProperty, TeamMember
from sandbox.operation import Call, operation
from sandbox.paging import Page, integer, next_link, page

POSTING_STATUSES = ("PUBLIC", "INTERNAL", "NOT_PUBLISHED", "PRIVATE")


async def all_jobs(call: Call) -> Response:
    """``sort=job_id`` pages by cursor; the default order pages by the deprecated offset."""
    request, state = call.request, call.state
    _check_choice(request, "sort", ("default", "job_id"))
    _check_choice(request, "status", JOB_STATUSES)
    _check_choice(request, "postingStatus", POSTING_STATUSES)
    jobs = [job for job in state.world.jobs.values() if sees_job(call.user, job) and _matches(job, request)]
    body: dict[str, Any]
    if request.query_params.get("sort") == "job_id":
        part = page(request, sorted(jobs, key=lambda job: job.id), key=lambda job: job.id, kind="jobs")
        offset = 0
    elif "pageId" in request.query_params:
        raise ApiError(400, "INVALID_PAGE_ID", "pageId needs sort=job_id.")
    else:
        offset = integer(request, "offset", default=0, low=0, high=10_000_000)
        limit = integer(request, "limit", default=10, low=1, high=100)
        jobs.sort(key=lambda job: job.created_on, reverse=True)
        part = Page(jobs[offset : offset + limit], len(jobs), limit, None)
    body = {"limit": part.limit, "offset": offset, "totalFound": part.total}
    if part.next_page_id is not None:
        body["nextPageId"] = part.next_page_id
    body["content"] = [_summary(call, job) for job in part.items]
    return JSONResponse(body, headers=next_link(request, part.next_page_id))


async def details(call: Call) -> Response:
    world = call.state.world
    job = visible_job(call.state, call.user, call.path("jobId"))
    url = f"{call.sandbox.api_url}/jobs/{job.id}"
    creator = world.users[job.creator_id]
    body = _base(job) | {
        "industry": {"id": "internet", "label": "Internet"},
        "function": {"id": "engineering", "label": "Engineering"},
        "typeOfEmployment": {"id": "permanent", "label": "Full-time"},
        "experienceLevel": {"id": "mid_senior_level", "label": "Mid-Senior Level"},
        "template": False,
        "creator": {"id": creator.id, "firstName": creator.first_name, "lastName": creator.last_name},
        "jobAd": {
            "sections": {"jobDescription": {"title": "Job Description", "text": f"<p>{job.title}</p>"}},
            "language": {"code": "en", "label": "English", "labelNative": "English"},
        },
        "properties": _properties(call, job),
        "actions": {
            "details": action(url),
            "hiringTeam": action(f"{url}/hiring-team"),
            "publications": action(f"{url}/publication"),
            "positions": action(f"{url}/positions"),
        },
    }
    if call.state.switches.job_names_process:
        process = world.processes[job.process_id]
        body["hiringProcess"] = {"id": process.id, "name": process.name}
    return JSONResponse(body)


async def status_history(call: Call) -> Response:
    """One entry: the sandbox never changes a job's status."""
    job = visible_job(call.state, call.user, call.path("jobId"))
    made = {
        "changedOn": vendor_time(job.created_on),
        "status": job.status,
        "actions": {"user": _user_action(call, job.creator_id)},
    }
    return JSONResponse({"totalFound": 1, "content": [made]})


async def hiring_team(call: Call) -> Response:
    job = visible_job(call.state, call.user, call.path("jobId"))
    content = [_member_json(call, member) for member in job.team]
    return JSONResponse({"totalFound": len(content), "content": content})


async def add_member(call: Call) -> Response:
    job = visible_job(call.state, call.user, call.path("jobId"))
    body = await call.json_object()
    user_id, role = optional_text(body, "id"), optional_text(body, "role")
    if not user_id or not role:
        raise bad_request("id and role must be given.")
    member = teams.add_member(call.sandbox, job, user_id=user_id, role=role)
    return JSONResponse(_member_json(call, member), status_code=call.state.switches.team_post_status)


async def remove_member(call: Call) -> Response:
    job = visible_job(call.state, call.user, call.path("jobId"))
    teams.remove_member(call.sandbox, job, user_id=call.path("userId"))
    return Response(status_code=204)


def _member_json(call: Call, member: TeamMember) -> dict[str, Any]:
    """A company can rename its roles, and the vendor's own example of the list shows none."""
    shown = {"id": member.user_id, "actions": {"details": _user_action(call, member.user_id)}}
    roles = call.state.switches.team_roles
    if roles == "missing":
        return shown
    return shown | {"role": member.role.replace("_", " ").title() if roles == "renamed" else member.role}


def _user_action(call: Call, user_id: str) -> dict[str, str]:
    return action(f"{call.sandbox.api_url}/user-api/v201804/users/{user_id}")


def _base(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "title": job.title,
        "refNumber": job.ref_number,
        "createdOn": vendor_time(job.created_on),
        "updatedOn": vendor_time(job.updated_on),
        "lastActivityOn": vendor_time(job.updated_on),
        "department": {"id": job.department.casefold(), "label": job.department, "description": job.department},
        "location": {
            "country": job.country,
            "countryCode": job.country_code,
            "city": job.city,
            "manual": False,
            "remote": False,
        },
        "status": job.status,
        "postingStatus": job.posting_status,
    }


def _summary(call: Call, job: Job) -> dict[str, Any]:
    """A list item: no job fields."""
    language = {"code": "en", "label": "English", "labelNative": "English"}
    details = action(f"{call.sandbox.api_url}/jobs/{job.id}")
    return _base(job) | {"language": language, "actions": {"details": details}}


def _properties(call: Call, job: Job) -> list[dict[str, Any]]:
    """The job's active fields. Question 20 covers free-text and empty ones."""
    switches, found = call.state.switches, []
    for field in call.state.world.job_properties.values():
        if not field.active or (field.values is None and switches.text_field_value == "missing"):
            continue
        stored = job.properties.get(field.id)
        if stored is not None:
            value = _value_json(field, stored, switches.text_field_value)
        elif field.values is None and switches.empty_text_field != "missing":
            value = {} if switches.empty_text_field == "empty_value" else {"label": None}
        else:
            continue
        found.append({"id": field.id, "label": field.label_in(language(call.request)), "value": value})
    return found


def _value_json(field: JobProperty, stored: str, form: str) -> Any:
    """Free text is the value's label, or the value itself; list values also have an id."""
    if field.values is not None:
        label = next((value.label for value in field.values if value.id == stored), stored)
        return {"id": stored, "label": label}
    if form == "text":
        return int(stored) if stored.isascii() and stored.isdigit() else stored
    return {"id": field.id, "label": stored} if form == "label_and_id" else {"label": stored}


def _matches(job: Job, request: Request) -> bool:
    query = request.query_params
    since, active_since = after(request, "updatedAfter"), after(request, "lastActivityAfter")
    cities, departments = query.getlist("city"), query.getlist("department")
    return (
        query.get("q", "").casefold() in job.title.casefold()
        and (not cities or job.city in cities)
        and (not departments or job.department in departments)
        and query.get("status", job.status) == job.status
        and query.get("postingStatus", job.posting_status) == job.posting_status
        and query.get("language", "en") == "en"
        and (since is None or job.updated_on > since)
        and (active_since is None or job.updated_on > active_since)
    )


def _check_choice(request: Request, name: str, known: tuple[str, ...]) -> None:
    value = request.query_params.get(name)
    if value is not None and value not in known:
        raise bad_request(f"{name} must be one of {', '.join(known)}.")


routes = [
    operation("GET", "/jobs", all_jobs, scopes=("jobs_read",)),
    operation("GET", "/jobs/{jobId}", details, scopes=("jobs_read",)),
    operation("GET", "/jobs/{jobId}/status/history", status_history, scopes=("jobs_read",)),
    operation("GET", "/jobs/{jobId}/hiring-team", hiring_team, scopes=("jobs_read",)),
    operation("POST", "/jobs/{jobId}/hiring-team", add_member, scopes=("jobs_manage",)),
    operation("DELETE", "/jobs/{jobId}/hiring-team/{userId}", remove_member, scopes=("jobs_manage",)),
]
