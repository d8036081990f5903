"""Candidates and applications in the format of the vendor's responses."""

from __future__ import annotations

from typing import Any

from sandbox.api.filters import action
from sandbox.clock import vendor_time
from sandbox.model import Application, Candidate, Source, World
from sandbox.operation import Call
from sandbox.sources import shown


def details_json(call: Call, candidate: Candidate) -> dict[str, Any]:
    """CandidateDetails. In the talent pool the primary assignment names no job (question 19)."""
    url = f"{call.sandbox.api_url}/candidates/{candidate.id}"
    body = _common(candidate) | {
        "web": candidate.web,
        "education": candidate.education,
        "experience": candidate.experience,
        "actions": {
            "properties": action(f"{url}/properties"),
            "attachments": action(f"{url}/attachments"),
            "consent": action(f"{url}/consent"),
            "consents": action(f"{url}/consents"),
        },
    }
    if candidate.phone is not None:
        body["phoneNumber"] = candidate.phone
    applications = call.state.world.applications_of(candidate.id)
    assignments = [_job_of(call, a) | assignment_json(call, a) for a in applications]
    return body | _primary_and_others(assignments or _in_pool(call, candidate))


def list_json(call: Call, candidate: Candidate) -> dict[str, Any]:
    """A search result: the primary assignment with its status, the others by job alone."""
    url = f"{call.sandbox.api_url}/candidates/{candidate.id}"
    assignments = []
    for number, found in enumerate(call.state.world.applications_of(candidate.id)):
        item = _job_of(call, found)
        if number == 0:
            item["status"] = found.status
            if found.sub_status is not None:
                item["subStatus"] = found.sub_status
        else:
            del item["job"]["title"]
        assignments.append(item)
    actions = {"details": action(url), "properties": action(f"{url}/properties")}
    consent = {"consent": {"status": "ACQUIRED"}}
    return _common(candidate) | consent | {"actions": actions} | _primary_and_others(assignments)


def assignment_json(call: Call, found: Application) -> dict[str, Any]:
    """Status, step, source and reason of an application."""
    body = {"status": found.status} | _source_json(call, found.source)
    if found.sub_status is not None:
        body["subStatus"] = found.sub_status
    if found.starts_on is not None:
        body["startsOn"] = found.starts_on
    return body | _reason_json(call.state.world, found)


def _reason_json(world: World, found: Application) -> dict[str, Any]:
    if found.reason_id is None:
        return {}
    reason = world.reasons[found.reason_id]
    name = "reasonOfRejection" if found.status == "REJECTED" else "reasonOfWithdrawal"
    return {name: {"id": reason.id, "label": reason.label}}


def _source_json(call: Call, source: Source) -> dict[str, Any]:
    url = f"{call.sandbox.api_url}/configuration/sources/{source.type_id}/values/{source.id}"
    return {"source": shown(source), "actions": {"sourceDetails": action(url)}}


def _in_pool(call: Call, candidate: Candidate) -> list[dict[str, Any]]:
    status = call.state.switches.pool_start_status
    if status == "none" or candidate.pool_source is None:
        return []
    return [{"status": status} | _source_json(call, candidate.pool_source)]


def _common(candidate: Candidate) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": candidate.id,
        "internal": candidate.internal,
        "firstName": candidate.first_name,
        "lastName": candidate.last_name,
        "createdOn": vendor_time(candidate.created_on),
        "updatedOn": vendor_time(candidate.updated_on),
        "location": candidate.location,
        "tags": candidate.tags,
    }
    if candidate.email is not None:
        body["email"] = candidate.email
    return body


def _primary_and_others(assignments: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if assignments:
        found["primaryAssignment"] = assignments[0]
    if len(assignments) > 1:
        found["secondaryAssignments"] = assignments[1:]
    return found


def _job_of(call: Call, found: Application) -> dict[str, Any]:
    job = call.state.world.jobs[found.job_id]
    details = action(f"{call.sandbox.api_url}/jobs/{job.id}")
    return {"job": {"id": job.id, "title": job.title, "actions": {"details": details}}}
