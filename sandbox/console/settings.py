"""Administrator settings: job fields, hiring process steps, and the company shown in the console."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import growth, hiring_steps, jobfields
from sandbox.errors import ApiError, bad_request
from sandbox.model import STATUSES_WITH_STEPS, HiringProcess, JobProperty
from sandbox.runtime import COMPANY_COOKIE, sandbox_of
from sandbox.web import own_form, page, see_other, text_of

FIELDS, PROCESSES = "/console/fields", "/console/processes"
CATEGORIES = ("job", "organization")


async def choose_company(request: Request) -> Response:
    """Field: ``company``, its identifier."""
    form = await own_form(request)
    identifier = text_of(form, "company")
    if identifier not in sandbox_of(request).state.worlds:
        raise ApiError(404, "COMPANY_NOT_FOUND", "There is no such company.")
    answer = see_other("/console/jobs")
    answer.set_cookie(COMPANY_COOKIE, identifier, path="/console", httponly=True, samesite="lax")
    return answer


async def add_job(request: Request) -> Response:
    """Fields: ``title``, ``process`` (a name), ``city``."""
    sandbox, form = sandbox_of(request), await own_form(request)
    given = {name: text_of(form, name).strip() for name in ("title", "process", "city")}
    growth.grow(sandbox, {"jobs": [{name: text for name, text in given.items() if text}]})
    return see_other("/console/jobs")


async def fields(request: Request) -> Response:
    found = sandbox_of(request).state.world.job_properties.values()
    return page(request, "fields.html", fields=list(found), categories=CATEGORIES)


async def add_field(request: Request) -> Response:
    """Field: ``label``. Adds an active, internal free-text field of the category job."""
    form = await own_form(request)
    jobfields.make(sandbox_of(request).state.world, text_of(form, "label").strip())
    return see_other(FIELDS)


async def save_field(request: Request) -> Response:
    """Fields: ``label``, ``category``, ``active``, ``visible``, ``values`` (one per line; none: free text)."""
    form, found = await own_form(request), _field(request)
    world, category = sandbox_of(request).state.world, text_of(form, "category")
    if category not in CATEGORIES:
        raise bad_request(f"category must be one of {', '.join(CATEGORIES)}.")
    labels = [line.strip() for line in text_of(form, "values").splitlines() if line.strip()]
    jobfields.rename(world, found, text_of(form, "label").strip())
    found.category, found.active, found.visible = category, bool(form.get("active")), bool(form.get("visible"))
    if labels and labels != [value.label for value in found.values or []]:
        jobfields.make_list(world, found, labels)
    elif not labels and found.values is not None:
        jobfields.make_text(world, found)
    return see_other(FIELDS)


async def remove_field(request: Request) -> Response:
    await own_form(request)
    jobfields.remove(sandbox_of(request).state.world, _field(request))
    return see_other(FIELDS)


async def processes(request: Request) -> Response:
    found = sandbox_of(request).state.world.processes.values()
    return page(request, "processes.html", processes=list(found), statuses=STATUSES_WITH_STEPS)


async def add_step(request: Request) -> Response:
    """Fields: ``status``, ``name``."""
    form = await own_form(request)
    hiring_steps.add(_process(request), text_of(form, "status"), text_of(form, "name").strip())
    return see_other(PROCESSES)


async def rename_step(request: Request) -> Response:
    """Fields: ``status``, ``name``, ``new_name``."""
    form, world = await own_form(request), sandbox_of(request).state.world
    old = text_of(form, "status"), text_of(form, "name")
    hiring_steps.rename(world, _process(request), *old, text_of(form, "new_name").strip())
    return see_other(PROCESSES)


async def remove_step(request: Request) -> Response:
    """Fields: ``status``, ``name``."""
    form = await own_form(request)
    hiring_steps.remove(_process(request), text_of(form, "status"), text_of(form, "name"))
    return see_other(PROCESSES)


def _field(request: Request) -> JobProperty:
    found = sandbox_of(request).state.world.job_properties.get(request.path_params["field_id"])
    if found is None:
        raise ApiError(404, "JOB_PROPERTY_NOT_FOUND", "There is no such job field.")
    return found


def _process(request: Request) -> HiringProcess:
    found = sandbox_of(request).state.world.processes.get(request.path_params["process_id"])
    if found is None:
        raise ApiError(404, "HIRING_PROCESS_NOT_FOUND", "There is no such hiring process.")
    return found


routes: list[BaseRoute] = [
    Route("/console/company", choose_company, methods=["POST"]),
    Route("/console/jobs", add_job, methods=["POST"]),
    Route(FIELDS, fields, methods=["GET"]),
    Route(FIELDS, add_field, methods=["POST"]),
    Route(f"{FIELDS}/{{field_id}}", save_field, methods=["POST"]),
    Route(f"{FIELDS}/{{field_id}}/remove", remove_field, methods=["POST"]),
    Route(PROCESSES, processes, methods=["GET"]),
    Route(f"{PROCESSES}/{{process_id}}/steps", add_step, methods=["POST"]),
    Route(f"{PROCESSES}/{{process_id}}/steps/rename", rename_step, methods=["POST"]),
    Route(f"{PROCESSES}/{{process_id}}/steps/remove", remove_step, methods=["POST"]),
]
