"""The list as a CSV file: immediately if it is short, else prepared by a worker."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.core import clock
from crosschq.core.database.counting import MOST_COUNTED, count_up_to
from crosschq.core.outbox import work_item
from crosschq.core.text.csv_lines import separator_for
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther
from crosschq.tenancy.work_progress import progress_response
from requests_app.bulk.views import list_url, selected_requests, selection_of
from requests_app.list_download import downloads, lines
from requests_app.models import ListDownload

# A file that takes longer than a second or so is prepared by a worker.
DIRECT = lines.BATCH


@member_page(Role.RECRUITER)
@never_cache
def download(request: MemberRequest) -> HttpResponseBase:
    """Say what the file will contain, and create it. With nothing checked, it has all that match the filters."""
    selected = selected_requests(request, all_by_default=True)
    count, separator = count_up_to(selected), separator_for(request.headers.get("Accept-Language", ""))
    if not count:
        messages.warning(request, _("No requests match, so the file would be empty."))
        return redirect(list_url(request))
    if request.method == "POST" and count <= DIRECT:
        batch = lines.batch_after(selected, None, most=DIRECT)
        downloads.record(request.organization, request.user, len(batch))
        text = lines.header(separator) + lines.lines(batch, request.organization, separator, clock.now())
        return _as_file(HttpResponse(text, content_type="text/csv; charset=utf-8"))
    if request.method == "POST":
        started = downloads.begin(
            selection_of(request),
            organization=request.organization,
            actor=request.user,
            separator=separator,
            total=count if count <= MOST_COUNTED else 0,
        )
        return _to(request, started)
    context = {
        "count": count,
        "is_direct": count <= DIRECT,
        "has_semicolons": separator == ";",
        "list_url": list_url(request),
    }
    return render(request, "requests_app/list_download/ask.html", context)


@member_page(Role.RECRUITER)
@never_cache
def show(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    found = _find(uid)
    fragment = progress_response(request, found, title=_title())
    return fragment or render(
        request, "requests_app/list_download/show.html", {"download": found, "task": found, "title": _title()}
    )


@member_page(Role.RECRUITER, opens_tenant=False)
@require_POST
def file(request: MemberRequest, uid: uuid.UUID) -> HttpResponseBase:
    """The file. It is a POST, so that no link scanner gets it, and it is recorded."""
    with tenant(request.organization):
        found = _find(uid)
        if not found.is_done:
            return _to(request, found)
        downloads.record(request.organization, request.user, found.rows)
    return _as_file(StreamingHttpResponse(downloads.content(found), content_type="text/csv; charset=utf-8"))


@member_page(Role.RECRUITER)
@require_POST
def try_again(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    found = _find(uid)
    if found.has_failed:
        work_item.try_again(found)
    return _to(request, found)


@member_page(Role.RECRUITER)
@require_POST
def delete(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    _find(uid).delete()
    messages.success(request, _("The file was deleted."), extra_tags=_("Deleted"))
    return SeeOther(reverse("requests:list", args=[request.organization.slug]))


def _title() -> str:
    return _("Preparing the file")


def _find(uid: uuid.UUID) -> ListDownload:
    rows = ListDownload.objects.select_related("organization").defer("filters")
    found: ListDownload = get_object_or_404(rows, uid=uid)
    return found


def _to(request: MemberRequest, found: ListDownload) -> HttpResponse:
    return SeeOther(reverse("requests:download_show", args=[request.organization.slug, found.uid]))


def _as_file(response: HttpResponseBase) -> HttpResponseBase:
    day = timezone.localtime(clock.now()).date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="requests-{day}.csv"'
    response["Cache-Control"] = "no-store"
    return response
