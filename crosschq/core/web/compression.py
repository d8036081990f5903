"""Compressed text. Random padding hides the length of what a page repeats from its visitor (BREACH)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressionMiddleware(GZipMiddleware):
    """Django's, but only for pages and other text: downloads and images are compressed, or written while they are sent.

    It comes after WhiteNoise, whose files are compressed when they are deployed, and above everything that reads a
    page's text.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/"):
            return response
        return super().process_response(request, response)
