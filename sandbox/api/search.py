"""``GET /candidates``: the search; one call in flight at a time."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.access import sees_candidate
from sandbox.api.filters import after
from sandbox.api.shapes import list_json
from sandbox.errors import ApiError, bad_request
from sandbox.model import STATUSES, Application, Candidate, World
from sandbox.oddities import as_made
from sandbox.operation import Call, operation
from sandbox.paging import next_link, page

CONSENT_STATUSES = ("REQUIRED", "PENDING", "ACQUIRED")
_GROUPS = (
    ("FIELDS_CRITERIA_SIZE_VIOLATED", ("propertyId", "propertyValueId")),
    ("SOURCES_CRITERIA_SIZE_VIOLATED", ("sourceType", "sourceSubType", "sourceValueId")),
    ("SCREENING_QUESTIONS_CRITERIA_SIZE_VIOLATED", ("questionCategory", "questionFieldId", "questionFieldValueId")),
)


async def search(call: Call) -> Response:
    """Candidates with at least one application that match every filter."""
    world, request = call.state.world, call.request
    _check(request)
    found = [
        candidate
        for candidate in world.candidates.values()
        if sees_candidate(world, call.user, candidate) and _matches(world, candidate, request)
    ]
    part = page(request, found, key=lambda candidate: candidate.id, kind="candidates")
    body: dict[str, Any] = {"limit": part.limit, "offset": 0, "totalFound": part.total}
    if part.next_page_id is not None:
        body["nextPageId"] = part.next_page_id
    body["content"] = [list_json(call, candidate) for candidate in part.items]
    return JSONResponse(body, headers=next_link(request, part.next_page_id))


def _check(request: Request) -> None:
    """Known values, groups of filters of the same length, and no onboarding: this company hasn't turned it on."""
    query = request.query_params
    for name, known in (("status", STATUSES), ("consentStatus", CONSENT_STATUSES)):
        if any(value not in known for value in query.getlist(name)):
            raise bad_request(f"{name} must be one of {', '.join(known)}.")
    for code, names in _GROUPS:
        if len({len(query.getlist(name)) for name in names}) > 1:
            raise ApiError(400, code, f"{', '.join(names)} must be given the same number of times.")
    if "onboardingStatus" in query:
        raise ApiError(400, "ONBOARDING_STATUS_NOT_ACTIVE", "The onboarding status is not active in this company.")


def _matches(world: World, candidate: Candidate, request: Request) -> bool:
    query = request.query_params
    since = after(request, "updatedAfter")
    if since is not None and candidate.updated_on <= since:
        return False
    if query.get("q", "").casefold() not in f"{candidate.name} {candidate.email or ''}".casefold():
        return False
    tags = {tag.casefold() for tag in query.getlist("tag")}
    if tags and not tags & {tag.casefold() for tag in candidate.tags}:
        return False
    place = " ".join(str(part) for part in candidate.location.values()).casefold()
    locations = query.getlist("location")
    if locations and not any(location.casefold() in place for location in locations):
        return False
    consents = query.getlist("consentStatus")
    if consents and "ACQUIRED" not in consents:
        return False
    # The sandbox has no application fields or screening questions, so no candidate matches.
    if query.getlist("propertyId") or query.getlist("questionFieldId"):
        return False
    return any(_application_matches(found, request) for found in world.applications_of(candidate.id))


def _application_matches(found: Application, request: Request) -> bool:
    query = request.query_params
    jobs, statuses = [as_made(job_id) for job_id in query.getlist("jobId")], query.getlist("status")
    sources = list(
        zip(query.getlist("sourceType"), query.getlist("sourceSubType"), query.getlist("sourceValueId"), strict=True)
    )
    step = query.get("subStatus") if statuses else None
    return (
        (not jobs or found.job_id in jobs)
        and (not statuses or found.status in statuses)
        and (step is None or found.sub_status == step)
        and (not sources or (found.source.type_id, found.source.subtype_id, found.source.id) in sources)
    )


routes = [operation("GET", "/candidates", search, scopes=("candidates_read",))]
