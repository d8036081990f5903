"""Uploads are limited for every visitor, and none is stored on disk."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from crosschq.core.web.uploads import MAX_BYTES


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a file was begun on the disk")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)


def sent(**files: bytes) -> dict[str, Any]:
    """The received contents of these files, and of a field next to them."""
    uploads = {name: SimpleUploadedFile(f"{name}.png", content, "image/png") for name, content in files.items()}
    request = RequestFactory().post("/", {"word": "kept", **uploads})
    return {"word": request.POST["word"], **request.FILES.dict()}


def test_a_small_file_is_received_completely() -> None:
    file = sent(logo=b"0123456789" * 20_000)["logo"]
    assert (file.name, file.size, file.content_type) == ("logo.png", 200_000, "image/png")
    assert file.read() == b"0123456789" * 20_000


def test_only_enough_of_a_large_file_is_kept_to_know_that_it_is_large() -> None:
    arrived = sent(logo=bytes(5_000_000))
    assert arrived["logo"].size == MAX_BYTES
    assert arrived["word"] == "kept"


def test_several_files_share_the_limit() -> None:
    names = [f"file{number}" for number in range(4)]
    arrived = sent(**{name: bytes(600_000) for name in names})
    assert [arrived[name].size for name in names] == [600_000, MAX_BYTES - 600_000, 0, 0]


def test_an_empty_file_is_an_empty_file() -> None:
    assert sent(logo=b"")["logo"].size == 0
