"""Configuration API: source types and their values. Candidates API: the source of an application."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox import sources
from sandbox.access import visible_candidate
from sandbox.api.filters import action, optional_text
from sandbox.errors import ApiError, bad_request
from sandbox.model import Source
from sandbox.operation import Call, operation
from sandbox.paging import integer

BASE = "/configuration/sources"


async def types(call: Call) -> Response:
    content = [
        {
            "id": found.id,
            "label": found.label,
            "subtypes": [{"id": subtype} for subtype in found.subtypes],
            "actions": {"values": action(f"{call.sandbox.api_url}{BASE}/{found.id}/values")},
        }
        for found in call.state.world.source_types.values()
    ]
    return JSONResponse({"totalFound": len(content), "content": content})


async def values(call: Call) -> Response:
    """The sources of a type, paged by offset."""
    limit = integer(call.request, "limit", default=100, low=1, high=100)
    offset = integer(call.request, "offset", default=0, low=0, high=10_000_000)
    try:
        found = sources.values(
            call.state.world, call.path("sourceType"), call.request.query_params.get("sourceSubType")
        )
    except sources.UnknownType as error:
        raise ApiError(404, "SOURCE_NOT_FOUND", "There is no such source type.") from error
    except sources.WrongSubtype as error:
        raise _wrong_pair() from error
    content = [_source_json(call, source) for source in found[offset : offset + limit]]
    return JSONResponse({"totalFound": len(found), "limit": limit, "offset": offset, "content": content})


async def value(call: Call) -> Response:
    type_id, subtype_id = call.path("sourceType"), call.request.query_params.get("sourceSubType")
    try:
        found = sources.source(call.state.world, type_id, call.path("sourceValueId"), subtype_id)
    except sources.UnknownType as error:
        raise ApiError(400, "SOURCE_TYPE_INVALID", "There is no such source type.") from error
    except sources.WrongSubtype as error:
        raise _wrong_pair() from error
    except sources.Ambiguous as error:
        raise ApiError(400, "SUBTYPE_REQUIRED", "Several sources match: sourceSubType is needed.") from error
    except sources.UnknownSource as error:
        raise ApiError(404, "SOURCE_NOT_FOUND", "There is no such source.") from error
    return JSONResponse(_source_json(call, found))


async def by_identifier(call: Call) -> Response:
    """One source by its UUID, even if deleted."""
    identifier = call.path("sourceIdentifier")
    try:
        valid = str(uuid.UUID(identifier)) == identifier.lower()
    except ValueError:
        valid = False
    if not valid:
        raise ApiError(400, "INVALID_IDENTIFIER", "A source identifier is a UUID.")
    found = call.state.world.sources.get(identifier.lower())
    if found is None:
        raise ApiError(404, "SOURCE_NOT_FOUND", "There is no such source.")
    return JSONResponse({"label": found.label, "type": {"id": found.type_id}, "subType": {"id": found.subtype_id}})


async def set_source(call: Call) -> Response:
    """Change where an application came from; fires ``application.source.updated``."""
    candidate = visible_candidate(call.state, call.user, call.path("id"))
    application = call.state.world.applications.get((candidate.id, call.path("jobId")))
    if application is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "Candidate is not assigned to given job.")
    body = await call.json_object()
    type_id, source_id = optional_text(body, "sourceTypeId"), optional_text(body, "sourceId")
    if not type_id or not source_id:
        raise bad_request("sourceTypeId and sourceId must be given.")
    try:
        found = sources.source(call.state.world, type_id, source_id, optional_text(body, "sourceSubTypeId"))
    except sources.UnknownType as error:
        raise ApiError(400, "INVALID_SOURCE_TYPE", "There is no such source type.") from error
    except sources.Ambiguous as error:
        raise ApiError(400, "SUBTYPE_REQUIRED", "Several sources match: sourceSubTypeId is needed.") from error
    except (sources.WrongSubtype, sources.UnknownSource) as error:
        raise ApiError(400, "INVALID_SOURCE", "The source type has no such source.") from error
    if application.source is not found:
        application.source = found
        call.sandbox.tell_application("application.source.updated", application)
    return Response(status_code=204)


def _wrong_pair() -> ApiError:
    return ApiError(400, "SOURCE_TYPE_AND_SUBTYPE_INVALID", "The source type has no such subtype.")


def _source_json(call: Call, source: Source) -> dict[str, Any]:
    url = f"{call.sandbox.api_url}{BASE}/{source.type_id}/values/{source.id}?sourceSubType={source.subtype_id}"
    return {
        "id": source.id,
        "sourceIdentifier": source.identifier,
        "label": source.label,
        "sourceSubType": {"id": source.subtype_id},
        "actions": {"sourceDetails": action(url)},
    }


READ = ("configuration_read",)
routes = [
    operation("GET", BASE, types, scopes=READ),
    operation("GET", f"{BASE}/{{sourceIdentifier}}", by_identifier, scopes=READ),
    operation("GET", f"{BASE}/{{sourceType}}/values", values, scopes=READ),
    operation("GET", f"{BASE}/{{sourceType}}/values/{{sourceValueId}}", value, scopes=READ),
    operation("PUT", "/candidates/{id}/jobs/{jobId}/source", set_source, scopes=("candidates_manage",)),
]
