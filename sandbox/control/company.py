"""The company's configuration: job fields and their values on jobs, hiring steps, users, sources."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox import hiring_steps, jobfields
from sandbox.control import plane
from sandbox.control.plane import Json, post
from sandbox.errors import ApiError, bad_request
from sandbox.model import FULL_ACCESS_ROLES
from sandbox.runtime import Sandbox

ROLES = (*FULL_ACCESS_ROLES, "STANDARD", "RESTRICTED", "EMPLOYEE")
FIELD_CATEGORIES = ("job", "organization")


async def tag_job(sandbox: Sandbox, body: Json) -> Json:
    job = plane.job(sandbox, body)
    event_id = jobfields.set_tag(sandbox, job, plane.text(body, "tag", empty=True))
    return {"job_id": job.id, "tag": body["tag"], "event_id": event_id}


async def set_field(sandbox: Sandbox, body: Json) -> Json:
    """Set any job field. ``field`` is its label; an empty value clears it."""
    job, field = plane.job(sandbox, body), jobfields.find(sandbox.state.world, plane.text(body, "field"))
    return {"event_id": jobfields.set_value(sandbox, job, field, plane.text(body, "value", empty=True))}


async def change_field(sandbox: Sandbox, body: Json) -> Json:
    """Add, change, or remove a job field by its ``label``; ``values`` null means free text."""
    world, label = sandbox.state.world, plane.text(body, "label")
    known = {"label", "make", "remove", "rename", "active", "category", "visible", "required", "translations", "values"}
    if set(body) - known:
        raise bad_request(f"Valid fields: {', '.join(sorted(known))}.")
    field = jobfields.make(world, label) if plane.flag(body, "make") else jobfields.find(world, label)
    if plane.flag(body, "remove"):
        jobfields.remove(world, field)
        return {}
    if "rename" in body:
        jobfields.rename(world, field, plane.text(body, "rename"))
    for name in ("active", "visible", "required"):
        value = plane.flag(body, name)
        if value is not None:
            setattr(field, name, value)
    if "category" in body:
        field.category = _category(plane.text(body, "category"))
    if "translations" in body:
        field.translations = _texts_by_name(body["translations"])
    if "values" in body and body["values"] is None:
        jobfields.make_text(world, field)
    elif "values" in body:
        jobfields.make_list(world, field, _texts(body["values"]))
    return {"id": field.id, "label": field.label}


async def change_step(sandbox: Sandbox, body: Json) -> Json:
    """Add a step to a hiring process, or ``remove`` it, or ``rename`` it; see hiring_steps.py."""
    world, name, status = sandbox.state.world, plane.text(body, "name"), plane.text(body, "status")
    process = hiring_steps.find_process(world, plane.text(body, "process"))
    if plane.flag(body, "remove"):
        hiring_steps.remove(process, status, name)
    elif "rename" in body:
        hiring_steps.rename(world, process, status, name, plane.text(body, "rename"))
    else:
        hiring_steps.add(process, status, name, required=bool(plane.flag(body, "required")))
    return {"steps": [{"status": step.status, "name": step.name} for step in process.steps]}


async def change_user(sandbox: Sandbox, body: Json) -> Json:
    """``active``, ``email``, ``role``. An inactive user's grants are invalid."""
    user = sandbox.state.world.users[plane.user_id(sandbox, body)]
    active = plane.flag(body, "active")
    role = plane.text(body, "role") if "role" in body else user.system_role
    if role not in ROLES:
        raise bad_request(f"role must be one of {', '.join(ROLES)}.")
    user.email = plane.text(body, "email") if "email" in body else user.email
    user.active, user.system_role = user.active if active is None else active, role
    user.updated_on = sandbox.state.clock.now()
    return {"id": user.id, "email": user.email, "role": user.system_role, "active": user.active}


async def delete_source(sandbox: Sandbox, body: Json) -> Json:
    """A deleted source can only be read by its identifier."""
    found = sandbox.state.world.sources.get(plane.text(body, "identifier"))
    if found is None:
        raise ApiError(404, "SOURCE_NOT_FOUND", "There is no such source.")
    found.deleted = True
    return {}


def _category(text: str) -> str:
    if text not in FIELD_CATEGORIES:
        raise bad_request(f"category must be one of {', '.join(FIELD_CATEGORIES)}.")
    return text


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request("values must be a list of texts, or null for free text.")
    return value


def _texts_by_name(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise bad_request("translations must map languages to labels.")
    return value


routes: list[BaseRoute] = [
    post("/job-tag", tag_job),
    post("/job-value", set_field),
    post("/job-field", change_field),
    post("/step", change_step),
    post("/user", change_user),
    post("/source/delete", delete_source),
]
