"""The progress of work that a page waits for: the page polls, or has a link to refresh it without scripts."""

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.requested_work import RequestedWork

MOST_POLLS = 300
STANDARD = "includes/work_progress.html"


def progress_response(
    request: MemberRequest, work: RequestedWork, template: str = STANDARD, **context: object
) -> HttpResponse | None:
    """The fragment that a poll replaces; None if the whole page was requested.

    Once the work has ended, reloads the page.
    """
    if not request.headers.get("HX-Request"):
        return None
    asked = request.GET.get("asked", "")
    times = int(asked) + 1 if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    shown = {**context, "task": work, "asked": times, "polls": times < MOST_POLLS}
    response = render(request, template, shown)
    if not work.is_under_way:
        response["HX-Refresh"] = "true"
    return response
