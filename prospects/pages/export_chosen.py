"""The export of prospects who are ticked in the list: the numbers first, then a press."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import background
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from prospects import export_some, export_tasks

from .export import begin, connection_or_404, settings_or_new

MOST = 200


@member_page(Role.ADMIN)
def chosen(request: MemberRequest, vendor: str) -> HttpResponse:
    """Who is ticked stands in the address. Source and jobs are looked up once more before it starts."""
    uids, slug = _uids(request), request.organization.slug
    connection = connection_or_404(vendor)
    task = background.find(request.GET.get("task"), export_tasks.START_CHOSEN, vendor=vendor)
    if task and task.is_done and request.method != "POST":
        return _started(request, task.answer["count"])
    settings = settings_or_new(connection)
    numbers = export_some.numbers(settings, export_some.chosen(uids)) if settings.is_complete else None
    if numbers is None:
        return redirect("prospects:export_settings", slug=slug, vendor=vendor)
    if not numbers.prospects:
        messages.warning(request, _("Tick the prospects to export, then press the button below the list."))
        return redirect("prospects:list", slug=slug)
    if request.method == "POST":
        ids = [str(uid) for uid in uids]
        page = f"{request.path}?{urlencode({'prospect': ids}, doseq=True)}"
        return redirect(begin(request, vendor, export_tasks.START_CHOSEN, page=page, arguments={"prospects": ids}).url)
    context = {"connection": connection, "settings": settings, "numbers": numbers, "task": task}
    return render(request, "prospects/export_chosen.html", context)


def _started(request: MemberRequest, count: int) -> HttpResponse:
    said = ngettext("%(count)s prospect is on the way.", "%(count)s prospects are on the way.", count)
    messages.success(request, said % {"count": count}, extra_tags=_("Started"))
    return redirect("prospects:list", slug=request.organization.slug)


def _uids(request: MemberRequest) -> list[UUID]:
    found = []
    for text in request.GET.getlist("prospect")[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
