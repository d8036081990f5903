"""The progress that a waiting page polls, and the button that retries a failed task."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page


@member_or_owner_page(Role.RECRUITER, owner_of=lifecycle.owner_of_task)
def show(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Return the progress as a fragment. Once the task has ended, make the page reload."""
    task = _find(request, vendor, uid)
    if not request.headers.get("HX-Request"):
        return redirect(task.url)
    response = render(request, "connectors/background_tasks/task.html", {"task": task, "asked": _times_asked(request)})
    if not task.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@member_or_owner_page(Role.RECRUITER, owner_of=lifecycle.owner_of_task)
@require_POST
def try_again(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    task = _find(request, vendor, uid)
    if task.has_failed and task.task_kind.can_repeat:
        task = lifecycle.try_again(task)
    return redirect(task.url)


def _find(request: MemberRequest, vendor: str, uid: UUID) -> BackgroundTask:
    found: BackgroundTask = get_object_or_404(BackgroundTask, vendor=vendor, uid=uid)
    if not request.membership.may(found.task_kind.role):
        raise PermissionDenied
    return found


def _times_asked(request: MemberRequest) -> int:
    asked = request.GET.get("asked", "")
    return int(asked) + 1 if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
