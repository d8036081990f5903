"""Exporting the prospects selected in the list: show the numbers, then start."""

from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from prospects.export import selected
from prospects.export.views.settings import connection_or_404, settings_or_new
from prospects.models import ExportSettings

MAX_SELECTED = 200


@member_page(Role.ADMIN)
def export_selected(request: MemberRequest, vendor: str) -> HttpResponse:
    """The selection is in the query string. Source and jobs are checked again before the export starts."""
    uids, slug = _uids(request), request.organization.slug
    connection = connection_or_404(vendor)
    settings = settings_or_new(connection)
    if not settings.is_complete:
        return redirect("prospects:export_settings", slug=slug, vendor=vendor)
    numbers = selected.counts(settings, selected.by_uid(uids))
    if not numbers.prospects:
        messages.warning(request, _("Select the prospects to export, then click “Export selected”."))
        return redirect("prospects:list", slug=slug)
    if request.method == "POST":
        return _start(request, settings, uids)
    context = {"connection": connection, "settings": settings, "numbers": numbers}
    return render(request, "prospects/export/selected.html", context)


def _start(request: MemberRequest, settings: ExportSettings, uids: list[UUID]) -> HttpResponse:
    count = selected.start(settings=settings, prospects=selected.by_uid(uids), actor=request.user)
    said = ngettext("%(count)s prospect queued.", "%(count)s prospects queued.", count)
    messages.success(request, said % {"count": intcomma(count)}, extra_tags=_("Started"))
    return redirect("prospects:list", slug=request.organization.slug)


def _uids(request: MemberRequest) -> list[UUID]:
    found = []
    for text in request.GET.getlist("prospect")[:MAX_SELECTED]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
