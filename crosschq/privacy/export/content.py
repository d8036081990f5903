"""The stored content of an export: a ZIP file in encrypted parts. Call everything inside `tenant()`."""

import base64
import io
import zipfile
from collections.abc import Iterable
from typing import IO

from crosschq.privacy.models import DataExport, ExportPart

PART_BYTES = 750_000


def store(export: DataExport, file: IO[bytes]) -> int:
    """Store the ZIP file, replacing an earlier one. Returns its size in bytes."""
    ExportPart.objects.filter(export=export).delete()
    file.seek(0)
    for number, part in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
        content = base64.b64encode(part).decode()
        ExportPart.objects.create(organization_id=export.organization_id, export=export, number=number, content=content)
    return file.tell()


def content_of(export: DataExport) -> bytes:
    """The ZIP file."""
    parts = ExportPart.objects.filter(export=export).order_by("number")
    return b"".join(base64.b64decode(part.content) for part in parts)


def text_of(export: DataExport) -> str:
    """All text in the files of the export."""
    content = content_of(export)
    if not content:
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def mentions(export: DataExport, words: Iterable[str]) -> bool:
    """Whether one of these words is in the export."""
    text = text_of(export).casefold()
    return any(word.casefold() in text for word in words if word.strip())
