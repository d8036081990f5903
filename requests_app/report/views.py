"""The link in the note. Members go straight to the report; others prove that an address of theirs may read it."""

import uuid
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crosschq.accounts.email_code.codes import CodePage, Opener
from crosschq.accounts.email_code.views.steps import Steps, answer
from crosschq.core.text.email_keys import address_key
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.access import MemberRequest, public_page
from crosschq.tenancy.models import Membership
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import Reader, ReferenceRequest
from requests_app.notifications import send
from requests_app.report import access, deleted_reports, readership
from requests_app.report.sharing.ask import can_ask
from requests_app.report.sharing.forms import ReasonForm
from requests_app.report.versions import shown


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, uid: uuid.UUID, number: int = 0, since: int = 0) -> HttpResponse:
    """The report; with a number one of its versions, and with `since` how that differs from an earlier one."""
    response = _answer(request, uid, number, since)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, uid: uuid.UUID, number: int, since: int) -> HttpResponse:
    reference_request = find_report(uid)
    if reference_request is None:
        return _deleted(request, uid)
    request.is_test = reference_request.is_test  # type: ignore[attr-defined]  # what the base of each page reads
    if _is_member(request, reference_request):
        slug = reference_request.organization.slug
        staff = reverse("requests:report", args=[slug, uid])
        return redirect(staff + request.path.removeprefix(reverse("public:report", args=[uid])))
    with timezone.override(find_time_zone(reference_request.organization.time_zone)):
        with tenant(reference_request.organization):
            reader = access.reader_of_pass(request, reference_request)
            if reader is not None:
                return _show(request, reference_request, reader, number, since)
        return _code_steps(request, reference_request)


def _show(
    request: HttpRequest, reference_request: ReferenceRequest, reader: Reader, number: int, since: int
) -> HttpResponse:
    context = {
        "reference_request": reference_request,
        "organization": reference_request.organization,
        "reader": reader,
        "report_path": reverse("public:report", args=[reference_request.uid]),
        "is_earlier": bool(number),
    }
    if since:
        context |= {"base": "requests_app/report/base_reader.html"}
        context |= shown.difference(reference_request, number, since)
        return render(request, "requests_app/report/versions/changes.html", context)
    versions, version = shown.choose(reference_request, number)
    if version is None:
        return render(request, "requests_app/report/not_ready.html", {**context, "versions": versions})
    if number and shown.is_current(version, versions):
        return redirect("public:report", uid=reference_request.uid)
    read = readership.record_reader(reference_request, reader, version.number) if request.method == "GET" else 0
    built, changed = shown.report_for(reference_request, version, versions, 0 if number else read)
    page = {
        **context,
        "report": built,
        "versions": versions,
        "changed": changed,
        "by": request.GET.get("by", ""),
        "is_owner": access.is_owner(reference_request, reader),
    }
    return render(request, "requests_app/report/reader.html", page)


def _code_steps(request: HttpRequest, reference_request: ReferenceRequest) -> HttpResponse:
    def find_opener(email: str) -> Opener | None:
        reader = access.reader_by_address(reference_request, email)
        return Opener(reader.email, partial(send.send_code, reference_request, reader)) if reader else None

    words = _("Your network requested too many codes. Wait an hour, or ask %(owner)s for the report.")
    steps = Steps(
        CodePage(reference_request.organization, reference_request.uid, find_opener),
        request.path,
        ("requests_app/report/ask.html", "requests_app/report/code.html"),
        words % {"owner": reference_request.owner_name},
        {
            "reference_request": reference_request,
            "target": request.path,
            "can_ask": can_ask(reference_request),
        },
    )
    return answer(request, steps)


def _deleted(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say when the report was deleted, and nothing else about it."""
    deleted_at = deleted_reports.deleted_at(uid)
    if deleted_at is None:
        raise Http404(_("This report doesn't exist."))
    return render(request, "requests_app/report/deleted.html", {"deleted_at": deleted_at}, status=410)


def private_page(
    request: MemberRequest, reference_request: ReferenceRequest, form: ReasonForm | None = None
) -> HttpResponse:
    """Tell a member who can't open a private report that it exists and who owns it, and offer to ask the owner."""
    asked = Reader.objects.filter(reference_request=reference_request, email_key=address_key(request.actor.email))
    context = {
        "reference_request": reference_request,
        "form": form or ReasonForm(),
        "can_ask": can_ask(reference_request),
        "asked_at": asked.values_list("asked_at", flat=True).first(),
    }
    return render(request, "requests_app/report/sharing/private.html", context)


def find_report(uid: uuid.UUID) -> ReferenceRequest | None:
    with cross_tenant("a report's link doesn't say which organization it belongs to"):
        rows = ReferenceRequest.objects.select_related(
            "organization", "version__survey_version__survey", "version__template"
        )
        found: ReferenceRequest | None = rows.filter(uid=uid).first()
    return found


def _is_member(request: HttpRequest, reference_request: ReferenceRequest) -> bool:
    user = request.user
    return bool(
        user.is_authenticated
        and Membership.objects.filter(user=user.pk, organization=reference_request.organization).exists()
    )
