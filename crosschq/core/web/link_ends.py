"""Links that a sentence's punctuation became part of: "Open https://…/c/abc." leads to an address with an extra dot."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve

# What follows a link in prose, in Markdown and in HTML, also percent-encoded again or as an HTML entity. Tokens end
# with a letter, a digit, "-" or "_", so no part of a link is lost.
_ENDS = re.compile(
    r"(?:[\s.,;:!?)\]}>\"'*\u00bb\u201d\u2019\u2026\\\u200b\ufeff]|%(?:2e|2c|3b|3a|21|3f|29|5d|7d|3e|22|27|2a|20)|&(?:gt|quot|apos|#39|#34);)+",
    re.IGNORECASE,
)
_TRAILING = re.compile(f"{_ENDS.pattern}(?P<slash>/?)$", re.IGNORECASE)


def without_punctuation(path: str) -> str:
    """The path without punctuation at its end, even if a slash follows it."""
    bare = path
    while (found := _TRAILING.search(bare)) and found.start() > 0:
        bare = bare[: found.start()] + found["slash"]
    return bare if bare.endswith("/") else f"{bare}/"


class LinkEndMiddleware:
    """Redirects a page that isn't found to the same address without punctuation at its end, if there is such a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD") or not _TRAILING.search(request.path):
            return response
        bare = without_punctuation(request.path_info)
        try:
            resolve(bare)
        except Resolver404:
            return response
        query = request.META.get("QUERY_STRING", "")
        moved = HttpResponseRedirect(f"{bare}?{query}" if query else bare)
        moved["Cache-Control"], moved["Referrer-Policy"] = "no-store", "same-origin"
        return moved
