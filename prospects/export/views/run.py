"""One run of the export: progress, results, and problems."""

import uuid

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from prospects.export import progress as export_progress
from prospects.export import runs
from prospects.export.progress import RunProgress
from prospects.export.sign_in import allow_sign_in
from prospects.models import ExportItem, ExportOutcome, ExportRun

PER_PAGE = 50
FIRST_SECONDS, MOST_SECONDS = 2, 10


def run_or_404(uid: uuid.UUID) -> ExportRun:
    """The run, or 404. Call inside `tenant()`."""
    rows = ExportRun.objects.select_related("settings__connection", "organization").defer("settings__cached_options")
    found: ExportRun = get_object_or_404(rows, uid=uid)
    return found


@member_page(Role.ADMIN)
def show(request: MemberRequest, uid: uuid.UUID) -> HttpResponseBase:
    run = run_or_404(uid)
    progress = export_progress.run_progress(run)
    # The page polls after 2 s, then one second later each time, up to 10 s. Reloading the page starts over.
    asked = request.GET.get("asked", "")
    times = min(int(asked), MOST_SECONDS) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0
    if request.headers.get("HX-Request"):
        return _poll(request, run, progress, times)
    problems = ExportItem.objects.filter(run=run, state__in=runs.FAILED_STATES)
    problems = problems.select_related("prospect").order_by("pk")
    listed = notes(run) if progress.state == "finished" else ExportItem.objects.none()
    context = {
        "run": run,
        "connection": run.settings.connection,
        "of_connector": True,
        "progress": progress,
        **_pace(times),
        "page": Paginator(problems, PER_PAGE).get_page(request.GET.get("page")),
        "notes": Paginator(listed, PER_PAGE).get_page(request.GET.get("notes")),
        "waits_for_sign_in": progress.state == "waiting" and _waits_for_sign_in(run),
    }
    return allow_sign_in(request, run.settings.connection, render(request, "prospects/export/run.html", context))


def notes(run: ExportRun) -> QuerySet[ExportItem]:
    """What was exported, but to a candidate who was there already, or without something."""
    done: QuerySet[ExportItem] = ExportItem.objects.filter(run=run, state=WorkState.DONE)
    # The condition of the index prospects_export_notes.
    return done.exclude(outcome=ExportOutcome.CREATED, reason="").select_related("prospect").order_by("pk")


def _waits_for_sign_in(run: ExportRun) -> bool:
    """Whether a new sign-in would fix it. Anything else is fixed in the export settings."""
    held = ExportItem.objects.filter(run=run, state=WorkState.HELD)
    return held.filter(held_for=run.settings.connection.sign_in_hold).exists()


def _pace(times: int) -> dict[str, int]:
    return {"next": times + 1, "seconds": min(FIRST_SECONDS + times, MOST_SECONDS)}


def _poll(request: MemberRequest, run: ExportRun, progress: RunProgress, times: int) -> HttpResponse:
    """The bar, plus an announcement at each quarter; reloads the whole page when the run ends."""
    context = {"run": run, "progress": progress, **_pace(times)}
    context["is_announced"] = request.GET.get("announced") == str(progress.quarter)
    response = render(request, "prospects/export/poll.html", context)
    if not progress.is_moving:
        response["HX-Refresh"] = "true"
    return response


@member_page(Role.ADMIN)
@require_POST
def stop(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    run = run_or_404(uid)
    runs.stop(run, actor=request.user)
    return to_run(request, run)


@member_page(Role.ADMIN)
@require_POST
def resume(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    run = run_or_404(uid)
    runs.resume(run, actor=request.user)
    return to_run(request, run)


@member_page(Role.ADMIN)
@require_POST
def try_again(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Retry one item or all failed items."""
    run = run_or_404(uid)
    try:
        item_uid = uuid.UUID(request.POST["item"]) if "item" in request.POST else None
    except ValueError:
        item_uid = uuid.UUID(int=0)
    item = get_object_or_404(ExportItem, run=run, uid=item_uid) if item_uid else None
    count = runs.try_again(run, item=item)
    said = ngettext("Retrying %(count)s prospect.", "Retrying %(count)s prospects.", count)
    if count:
        messages.success(request, said % {"count": intcomma(count)}, extra_tags=_("Started"))
    else:
        messages.info(request, _("There was nothing left to retry. Someone may have already retried it."))
    return to_run(request, runs.current(run.settings) or run)


def to_run(request: MemberRequest, run: ExportRun) -> HttpResponse:
    return redirect("prospects:export_run", slug=request.organization.slug, uid=run.uid)
