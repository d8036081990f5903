"""The part of the port about files on applications."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class NewFile:
    """A file to attach to an application. `name` is unique among the application's files."""

    name: str
    contents: bytes
    content_type: str


class Files(Protocol):
    def attach_file(
        self, *, candidate_id: str, job_id: str, file: NewFile, before_send: Callable[[], object] | None = None
    ) -> str: ...
    def file_exists(self, *, candidate_id: str, job_id: str, name: str) -> bool: ...
