"""Files that browsers send: kept in memory, and of all files of one request no more than a small amount."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MOST = 1_000_001  # bytes: one more than any form allows, so that a form can tell what is too large


class BoundedUploadHandler(FileUploadHandler):
    """What exceeds the amount is read and thrown away, whoever sends it: nothing of it reaches a disk."""

    kept: BytesIO
    taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start == 0:
            self.kept = BytesIO()
        part = raw_data[: MOST - self.taken]
        self.kept.write(part)
        self.taken += len(part)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        kept = self.kept if file_size else BytesIO()
        size = kept.tell()
        kept.seek(0)
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name, self.content_type, size, self.charset, self.content_type_extra
        )
