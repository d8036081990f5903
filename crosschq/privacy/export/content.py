"""The stored content of an export: a ZIP file in encrypted parts. Call everything inside `tenant()`."""

import base64
import io
import zipfile
from collections.abc import Iterable

from crosschq.privacy.models import DataExport, ExportPart

PART_BYTES = 750_000


def store(export: DataExport, content: bytes) -> None:
    """Store the ZIP file, replacing an earlier one."""
    ExportPart.objects.filter(export=export).delete()
    ExportPart.objects.bulk_create(
        ExportPart(
            organization_id=export.organization_id,
            export=export,
            number=number,
            content=base64.b64encode(content[start : start + PART_BYTES]).decode(),
        )
        for number, start in enumerate(range(0, len(content), PART_BYTES))
    )


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
