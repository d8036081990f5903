"""Download the PDF of a report: members by sign-in, readers with the pass that a one-time code gave their browser."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crosschq.tenancy.access import MemberRequest, public_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.models import ReferenceRequest, ReportVersion
from requests_app.report import access, readership
from requests_app.report.pdf import files
from requests_app.report.versions import shown
from requests_app.report.views import find_report
from requests_app.staff.views.detail import record_view

PDF = "application/pdf"


@member_or_owner_page(Role.VIEWER, owner_of=access.owner_of_request)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff(request: MemberRequest, uid: uuid.UUID, number: int = 0) -> HttpResponse:
    reference_request = access.opened(request, uid)
    if not access.can_open(request, reference_request):
        return SeeOther(request.path.removesuffix("pdf/"))
    _versions, version = shown.choose(reference_request, number)
    page = _page(request, reference_request, version, base="base_staff.html")
    if page.headers.get("Content-Type") == PDF and request.method == "GET":
        record_view(request, reference_request, version, is_page=False)
    return page


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def public(request: HttpRequest, uid: uuid.UUID, number: int = 0) -> HttpResponse:
    """Without a pass, this leads to the page that asks for a code."""
    reference_request = find_report(uid)
    if reference_request is None:
        raise Http404(_("This report doesn't exist."))
    with tenant(reference_request.organization):
        reader = access.reader_of_pass(request, reference_request)
        if reader is None:
            return SeeOther(reverse("public:report", args=[uid]))
        _versions, version = shown.choose(reference_request, number)
        page = _page(request, reference_request, version, base="requests_app/report/base_reader.html")
        if version and page.headers.get("Content-Type") == PDF and request.method == "GET":
            readership.record_reader(reference_request, reader, version.number, is_page=False)
    page["X-Robots-Tag"] = "noindex"
    return page


def _page(
    request: HttpRequest, reference_request: ReferenceRequest, version: ReportVersion | None, *, base: str
) -> HttpResponse:
    """The PDF, or a page that waits for it. A POST asks for it. Call inside `tenant()`."""
    report_path = request.path.removesuffix("pdf/")
    if version is None:
        return SeeOther(report_path)  # it says why there is none
    if request.method == "POST":
        access.hold_request(reference_request)
        files.ask_for(version)
        return SeeOther(request.path)
    file = files.current(version)
    if file is not None and file.is_made:
        words = {"name": reference_request.candidate_name, "number": version.number}
        name = _("Reference report %(name)s") % words
        if version.number > 1:
            name = _("Reference report %(name)s, version %(number)d") % words
        return HttpResponse(
            files.contents(file),
            content_type=PDF,
            headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=f"{name}.pdf")},
        )
    context = {
        "reference_request": reference_request,
        "organization": reference_request.organization,
        "file": file,
        "base": base,
        "report_path": report_path,
    }
    return render(request, "requests_app/report/pdf/pdf.html", context)
