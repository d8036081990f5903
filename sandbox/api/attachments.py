"""Candidates API: files on applications."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import JSONResponse, Response

from sandbox.access import sees_job, visible_candidate, works_on
from sandbox.api.filters import action
from sandbox.errors import ApiError, bad_request
from sandbox.files import KINDS, attach
from sandbox.model import Application, Attachment
from sandbox.operation import Call, operation, read_body

# Form parts allowed besides the file.
FORM_BYTES = 100_000


async def upload(call: Call) -> Response:
    """Fields of the form: ``attachmentType`` and ``file``."""
    found = _application(call)
    if not works_on(call.user, call.state.world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to add a file.")
    form = await _form(call)
    try:
        kind, file = _fields(form)
        content = await file.read()
    finally:
        await form.close()
    made = attach(
        call.sandbox,
        found,
        name=file.filename or "",
        kind=kind,
        content_type=file.content_type or "",
        content=content,
    )
    return JSONResponse(_attachment_json(call, made), status_code=201)


async def of_application(call: Call) -> Response:
    found = _application(call)
    if not sees_job(call.user, call.state.world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to see the files.")
    return _list(call, call.state.world.attachments_of(found.candidate_id, found.job_id))


async def of_candidate(call: Call) -> Response:
    """Deprecated by the vendor: the files of all applications."""
    candidate = visible_candidate(call.state, call.user, call.path("id"))
    world = call.state.world
    found = [file for file in world.attachments_of(candidate.id) if sees_job(call.user, world.jobs[file.job_id])]
    return _list(call, found)


async def download(call: Call) -> Response:
    found = _attachment(call)
    if not sees_job(call.user, call.state.world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to download the file.")
    if found.quarantined:
        raise ApiError(403, "MALWARE_DETECTED", "The file was flagged as malware.")
    return file_response(found)


async def delete(call: Call) -> Response:
    found = _attachment(call)
    if not works_on(call.user, call.state.world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to delete the file.")
    del call.state.world.attachments[found.id]
    return Response(status_code=204)


def file_response(found: Attachment) -> Response:
    """The file as a download, so that a browser neither shows nor runs it."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    kind = found.content_type if found.content_type.isascii() and found.content_type.isprintable() else ""
    return Response(found.content, media_type=kind or "application/octet-stream", headers=headers)


async def _form(call: Call) -> FormData:
    request, limit = call.request, call.state.switches.attachment_max_bytes + FORM_BYTES
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise bad_request("The body must be multipart/form-data.")
    raw = await read_body(request, limit=limit)
    try:
        return await MultiPartParser(request.headers, _once(raw), max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise bad_request("The form cannot be read.") from error


def _fields(form: FormData) -> tuple[str, UploadFile]:
    kind, file = _single(form, "attachmentType"), _single(form, "file")
    if not isinstance(kind, str) or kind not in KINDS:
        raise bad_request(f"attachmentType must be one of {', '.join(KINDS)}.")
    if not isinstance(file, UploadFile):
        raise bad_request("file is missing.")
    return kind, file


def _single(form: FormData, name: str) -> UploadFile | str | None:
    found = form.getlist(name)
    return found[0] if len(found) == 1 else None


async def _once(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw


def _application(call: Call) -> Application:
    found = call.state.world.applications.get((call.path("id"), call.path("jobId")))
    if found is None:
        raise ApiError(404, "JOB_NOT_FOUND", "The candidate is not assigned to this job.")
    return found


def _attachment(call: Call) -> Attachment:
    found = call.state.world.attachments.get(call.path("attachmentId"))
    if found is None:
        raise ApiError(404, "FILE_NOT_FOUND", "The attachment does not exist.")
    return found


def _list(call: Call, found: list[Attachment]) -> Response:
    content = [_attachment_json(call, attachment) for attachment in found]
    return JSONResponse({"totalFound": len(content), "content": content})


def _attachment_json(call: Call, found: Attachment) -> dict[str, Any]:
    url = f"{call.sandbox.api_url}/candidates/attachments/{found.id}"
    return {
        "id": found.id,
        "name": found.name,
        "type": found.type,
        "contentType": found.content_type,
        "actions": {"download": action(url), "remove": action(url, "DELETE")},
    }


READ, CREATE, MANAGE = ("candidates_read",), ("candidates_create",), ("candidates_manage",)
ONE, ON_JOB = "/candidates/attachments/{attachmentId}", "/candidates/{id}/jobs/{jobId}/attachments"
routes = [
    operation("GET", ONE, download, scopes=READ),
    operation("DELETE", ONE, delete, scopes=MANAGE),
    operation("POST", ON_JOB, upload, scopes=CREATE),
    operation("GET", ON_JOB, of_application, scopes=READ),
    operation("GET", "/candidates/{id}/attachments", of_candidate, scopes=READ),
]
