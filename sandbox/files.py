"""Files attached to applications: which are accepted, and the vendor's error codes for the rest."""

from __future__ import annotations

from sandbox.errors import ApiError
from sandbox.model import Application, Attachment
from sandbox.runtime import Sandbox
from sandbox.state import State, new_hex

KINDS = ("GENERIC_FILE", "RESUME", "COVER_LETTER")
MAX_NAME = 255
# The first bytes of a file with each accepted extension; the vendor's message is "corrupted file or wrong file type".
BEGINNINGS = {
    "pdf": b"%PDF-",
    "doc": b"\xd0\xcf\x11\xe0",
    "docx": b"PK\x03\x04",
    "rtf": b"{\\rtf",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
}


def attach(
    sandbox: Sandbox, application: Application, *, name: str, kind: str, content_type: str, content: bytes
) -> Attachment:
    """Attach a file; fires ``application.attachment.created``. Raises ApiError 400, 413 or 422."""
    state = sandbox.state
    _check_size(state, content)
    _check_kind(state, name, content)
    there = state.world.attachments_of(application.candidate_id, application.job_id)
    if any(_same(state, other, name, content) for other in there):
        raise ApiError(400, "FILE_ALREADY_EXIST", "The file exists already.")
    if len(there) >= state.switches.attachment_limit:
        raise ApiError(422, "ATTACHMENT_LIMIT_EXCEEDED", "No more files can be added.")
    made = Attachment(new_hex(), application.candidate_id, application.job_id, name, kind, content_type, content)
    state.world.attachments[made.id] = made
    sandbox.tell_application("application.attachment.created", application, attachment_id=made.id)
    return made


def _check_size(state: State, content: bytes) -> None:
    limit = state.switches.attachment_max_bytes
    if len(content) > limit:
        raise ApiError(413, "PAYLOAD_TOO_LARGE", f"The file is larger than {limit} bytes.")


def _check_kind(state: State, name: str, content: bytes) -> None:
    wrong = ApiError(400, "INVALID_FILE", "The file is empty, damaged or of a type that is not accepted.")
    if not content or not 1 <= len(name) <= MAX_NAME or not name.isprintable() or "/" in name:
        raise wrong
    if state.switches.attachment_types == "any":
        return
    beginning = BEGINNINGS.get(name.rpartition(".")[2].lower())
    if "." not in name or beginning is None or not content.startswith(beginning):
        raise wrong


def _same(state: State, other: Attachment, name: str, content: bytes) -> bool:
    rule = state.switches.attachment_exists_by
    by_name = rule in ("name", "either") and other.name == name
    return by_name or (rule in ("content", "either") and other.content == content)
