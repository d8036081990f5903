"""Requesting an export of one person, its progress, and its download."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.core.outbox import work_item
from crosschq.privacy.desk.views import person_context, person_or_404
from crosschq.privacy.export.content import content_of
from crosschq.privacy.export.forms import PersonExportForm
from crosschq.privacy.export.request import KEPT_DAYS, ask_for_export, delete_export, record_download
from crosschq.privacy.models import DataExport
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.person import PersonKind
from crosschq.tenancy.work_progress import progress_response


@member_page(Role.ADMIN)
@never_cache
def ask(request: MemberRequest, uid: UUID) -> HttpResponse:
    person = person_or_404(request, uid)
    form = PersonExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        export = ask_for_export(
            person,
            organization=request.organization,
            actor=request.user,
            uid=uid,
            with_answers=form.cleaned_data["with_answers"],
        )
        return _to(request, export)
    context = {
        **person_context(person, uid),
        "form": form,
        "is_candidate": bool(person.uids(PersonKind.CANDIDATE)),
        "days": KEPT_DAYS,
    }
    return render(request, "privacy/export/ask.html", context)


@member_page(Role.ADMIN)
@never_cache
def show(request: MemberRequest, uid: UUID) -> HttpResponse:
    export = _find(request, uid)
    return progress_response(request, export) or render(
        request, "privacy/export/show.html", {"export": export, "task": export, "title": _title()}
    )


@member_page(Role.ADMIN)
@require_POST
def download(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Download the ZIP file. It is a POST, so that no link scanner gets the file, and it is recorded."""
    export = _find(request, uid)
    if not export.is_done:
        return _to(request, export)
    record_download(export, actor=request.user)
    day = timezone.localtime(export.finished_at).date().isoformat()
    response = HttpResponse(content_of(export), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="personal-data-{day}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@member_page(Role.ADMIN)
@require_POST
def try_again(request: MemberRequest, uid: UUID) -> HttpResponse:
    export = _find(request, uid)
    if export.has_failed:
        work_item.try_again(export)
    return _to(request, export)


@member_page(Role.ADMIN)
@require_POST
def delete(request: MemberRequest, uid: UUID) -> HttpResponse:
    delete_export(_find(request, uid), actor=request.user)
    messages.success(request, _("The export was deleted."), extra_tags=_("Deleted"))
    return redirect("privacy:desk", slug=request.organization.slug)


def _title() -> str:
    return _("Collecting everything about this person")


def _find(request: MemberRequest, uid: UUID) -> DataExport:
    """The export, or 404. One of everything is for owners only."""
    visible = DataExport.objects.defer("sought")
    if not request.membership.may(Role.OWNER):
        visible = visible.filter(of_organization=False)
    found: DataExport = get_object_or_404(visible, uid=uid)
    return found


def _to(request: MemberRequest, export: DataExport) -> HttpResponse:
    return redirect("privacy:export", slug=request.organization.slug, uid=export.uid)
