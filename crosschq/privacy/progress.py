"""The progress of work that a page waits for: the page polls, or reloads itself without scripts."""

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.privacy.models import PrivacyWork
from crosschq.tenancy.access import MemberRequest

MOST_POLLS = 300


def progress_response(request: MemberRequest, task: PrivacyWork) -> HttpResponse | None:
    """The fragment that a poll replaces; None if the whole page was requested.

    Once the work has ended, reloads the page.
    """
    if not request.headers.get("HX-Request"):
        return None
    asked = request.GET.get("asked", "")
    times = int(asked) + 1 if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    response = render(request, "privacy/progress.html", {"task": task, "asked": times, "polls": times < MOST_POLLS})
    if not task.is_under_way:
        response["HX-Refresh"] = "true"
    return response
