"""What is compressed over the wire, and what isn't."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from crosschq.core.web.compression import CompressionMiddleware

TEXT = "a page " * 1000


def sent(response: HttpResponse | StreamingHttpResponse, accepts: str = "gzip") -> Any:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    return CompressionMiddleware(lambda _request: response)(request)


def test_a_page_is_compressed_with_padding_of_varying_length() -> None:
    answers = [sent(HttpResponse(TEXT)) for _ in range(20)]
    assert {gzip.decompress(answer.content).decode() for answer in answers} == {TEXT}
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 5


def test_pages_vary_by_encoding_and_an_etag_becomes_weak() -> None:
    answer = sent(HttpResponse(TEXT, headers={"ETag": '"1"', "Cache-Control": "no-store"}))
    assert (answer["ETag"], answer["Vary"], answer["Cache-Control"]) == ('W/"1"', "Accept-Encoding", "no-store")


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(b"\x89PNG" * 1000, content_type="image/png"),
        HttpResponse(b"PK" * 1000, content_type="application/zip"),
        StreamingHttpResponse(iter([TEXT]), content_type="text/csv"),
    ],
)
def test_images_archives_and_streamed_downloads_are_sent_as_they_are(
    response: HttpResponse | StreamingHttpResponse,
) -> None:
    assert not sent(response).has_header("Content-Encoding")


def test_a_browser_that_does_not_ask_for_it_gets_plain_text() -> None:
    assert sent(HttpResponse(TEXT), accepts="").content.decode() == TEXT


@pytest.mark.django_db
def test_the_product_compresses_its_pages() -> None:
    answer = Client(headers={"Accept-Encoding": "gzip"}).get("/accounts/login/")
    assert answer["Content-Encoding"] == "gzip"
    assert b"Sign in" in gzip.decompress(answer.content)
