"""Configuration API: company, job fields and their values, hiring processes, reasons."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.api.filters import action, language
from sandbox.errors import ApiError
from sandbox.model import STATUSES_WITH_STEPS, HiringProcess, JobProperty
from sandbox.operation import Call, operation
from sandbox.paging import page

READ = ("configuration_read",)


async def company(call: Call) -> Response:
    world = call.state.world
    return JSONResponse(
        {
            "identifier": world.company_identifier,
            "name": world.company_name,
            "location": {"country": "Germany", "countryCode": "de", "city": "Berlin"},
            "website": "https://www.acme.example",
            "industry": {"id": "internet", "label": "Internet"},
            "logo": "https://www.acme.example/logo.png",
        }
    )


def property_json(call: Call, prop: JobProperty) -> dict[str, Any]:
    values = f"{call.sandbox.api_url}/configuration/job-properties/{prop.id}/values"
    return {
        "id": prop.id,
        "label": prop.label_in(language(call.request)),
        "category": prop.category,
        "active": prop.active,
        "visible": prop.visible,
        "required": prop.required,
        "actions": {"values": action(values)},
    }


async def job_properties(call: Call) -> Response:
    found = list(call.state.world.job_properties.values())
    return JSONResponse({"totalFound": len(found), "content": [property_json(call, prop) for prop in found]})


async def job_property(call: Call) -> Response:
    return JSONResponse(property_json(call, _property(call)))


async def job_property_values(call: Call) -> Response:
    """The values of a field; a free-text field has none."""
    found = _property(call).values or []
    part = page(
        call.request,
        found,
        key=lambda value: value.id,
        kind="values",
        limit_name="pageSize",
        default=1000,
        maximum=20000,
    )
    content = [{"id": value.id, "label": value.label, "archived": value.archived} for value in part.items]
    body: dict[str, Any] = {"totalFound": part.total, "content": content}
    if part.next_page_id is not None:
        body["nextPageId"] = part.next_page_id
    return JSONResponse(body)


async def rejection_reasons(call: Call) -> Response:
    return _reasons(call, "REJECTED")


async def withdrawal_reasons(call: Call) -> Response:
    return _reasons(call, "WITHDRAWN")


def _reasons(call: Call, status: str) -> Response:
    reasons = call.state.world.reasons.values()
    content = [{"id": reason.id, "label": reason.label} for reason in reasons if reason.status == status]
    return JSONResponse({"totalFound": len(content), "content": content})


async def hiring_processes(call: Call) -> Response:
    found = list(call.state.world.processes.values())
    return JSONResponse({"totalFound": len(found), "content": [_process_json(process) for process in found]})


async def hiring_process(call: Call) -> Response:
    found = call.state.world.processes.get(call.path("id"))
    if found is None:
        raise ApiError(404, "HIRING_PROCESS_NOT_FOUND", "Hiring process not found.")
    return JSONResponse(_process_json(found))


def _process_json(process: HiringProcess) -> dict[str, Any]:
    steps = {status: [s.name for s in process.steps if s.status == status] for status in STATUSES_WITH_STEPS}
    return {"id": process.id, "name": process.name, "active": process.active, "subStatuses": steps}


def _property(call: Call) -> JobProperty:
    found = call.state.world.job_properties.get(call.path("id"))
    if found is None:
        raise ApiError(404, "JOB_PROPERTY_NOT_FOUND", "Job property not found.")
    return found


routes = [
    operation("GET", "/configuration/company", company, scopes=("company_read", "configuration_read")),
    operation("GET", "/configuration/job-properties", job_properties, scopes=READ),
    operation("GET", "/configuration/job-properties/{id}", job_property, scopes=READ),
    operation("GET", "/configuration/job-properties/{id}/values", job_property_values, scopes=READ),
    operation("GET", "/configuration/rejection-reasons", rejection_reasons, scopes=READ),
    operation("GET", "/configuration/withdrawal-reasons", withdrawal_reasons, scopes=READ),
    operation("GET", "/configuration/hiring-processes", hiring_processes, scopes=READ),
    operation("GET", "/configuration/hiring-processes/{id}", hiring_process, scopes=READ),
]
