"""Uploads stay in memory, with a small limit for all files of a request together."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MAX_BYTES = 1_000_001  # bytes: one more than any form allows, so that a form can see that a file is too large


class BoundedUploadHandler(FileUploadHandler):
    """Discards what exceeds the limit. Nothing reaches the disk."""

    kept: BytesIO
    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start == 0:
            self.kept = BytesIO()
        part = raw_data[: MAX_BYTES - self.received]
        self.kept.write(part)
        self.received += len(part)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        kept = self.kept if file_size else BytesIO()
        size = kept.tell()
        kept.seek(0)
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name, self.content_type, size, self.charset, self.content_type_extra
        )
