"""Export settings, the two export switches, and the confirmation page."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.web.switches import requested_state
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from prospects.export import progress, runs
from prospects.export import settings as export_settings
from prospects.export.forms import ExportDraft, ExportForm, select_only_match
from prospects.export.sign_in import allow_sign_in
from prospects.export_options import options
from prospects.export_options import refresh as options_refresh
from prospects.export_options.options import JOBS, TAGS, TYPES, CachedOptions, part_of
from prospects.models import ExportSettings, OptionsRefresh


def connection_or_404(vendor: str) -> Connection:
    """The organization's live connection. Call inside `tenant()`."""
    found: Connection | None = Connection.objects.select_related("organization").filter(vendor=vendor).first()
    if found is None or found.state == ConnectionState.NOT_CONNECTED:
        raise Http404(_("This connector is not connected."))
    return found


def settings_or_new(connection: Connection) -> ExportSettings:
    """The saved settings, or unsaved defaults: a GET writes nothing."""
    found: ExportSettings | None = ExportSettings.objects.filter(connection=connection).first()
    if found is None:
        return ExportSettings(organization=connection.organization, connection=connection)
    found.connection = connection
    return found


def to_connection(request: MemberRequest, connection: Connection, *, at: str) -> HttpResponse:
    answer = redirect("connectors:manage", slug=request.organization.slug, vendor=connection.vendor)
    answer["Location"] += at
    return answer


@member_page(Role.ADMIN)
def settings_page(request: MemberRequest, vendor: str) -> HttpResponseBase:
    """The form. Every button except Save only updates the form, so it works without JavaScript."""
    connection = connection_or_404(vendor)
    settings = settings_or_new(connection)
    cached = CachedOptions.load(settings)
    if request.method != "POST":
        refresh = options_refresh.latest(settings)
        if refresh and refresh.is_in_progress and "earlier" not in request.GET:
            return _refresh_page(request, connection, settings, refresh)
        form = ExportForm(ExportDraft.from_settings(settings, cached), cached, settings)
        return _form_page(request, connection, form, is_due=options_refresh.is_due(settings, refresh))
    draft = ExportDraft.from_post(request.POST)
    if "save" not in request.POST:
        draft = select_only_match(draft, settings) if "add" in request.POST else draft
        form = ExportForm(draft, cached, settings)
        if "add" in request.POST or "search" in request.POST:
            form.focus("tag" if draft.tag else "find")
        return _form_page(request, connection, form)
    form = ExportForm(draft, cached, settings, request.POST)
    if not form.is_valid():
        return _form_page(request, connection, form)
    saved = export_settings.save(connection=connection, submitted=form.submitted(), actor=request.user)
    if saved.problem:
        messages.warning(request, _("Settings saved. The export is still on hold."))
    else:
        messages.success(request, _("These settings apply to everyone exported from now on."))
    if saved.existing_on and runs.latest(saved) is None and runs.count_to_send(saved):
        # The switch was turned on before there were numbers to confirm.
        return redirect("prospects:export_start", slug=request.organization.slug, vendor=vendor)
    return to_connection(request, connection, at="#export")


def _refresh_page(
    request: MemberRequest, connection: Connection, settings: ExportSettings, refresh: OptionsRefresh
) -> HttpResponseBase:
    """Show the progress of loading; the page polls until the form can be shown."""
    context = {
        "connection": connection,
        "of_connector": True,
        "settings": settings,
        "refresh": refresh,
        "current_part": _part_names(CachedOptions.load(settings)).get(refresh.part, _("Sources"))
        if refresh.part
        else "",
    }
    return render(request, "prospects/export/refreshing.html", context)


def _form_page(
    request: MemberRequest, connection: Connection, form: ExportForm, *, is_due: bool = False
) -> HttpResponseBase:
    suggested = options.suggested_tags(form.settings, "") if form.settings.pk else []
    context = {
        "connection": connection,
        "of_connector": True,
        "settings": form.settings,
        "options": form.options,
        "form": form,
        "is_due": is_due,
        "suggested": suggested,
        "age": progress.age(form.settings),
        "outdated": _outdated(form.options),
        "is_unread": form.options.is_unread(form.draft.source_type),
        "type_label": dict(form.options.types).get(form.draft.source_type, ""),
    }
    return allow_sign_in(request, connection, render(request, "prospects/export/settings.html", context))


def _outdated(cached: CachedOptions) -> list[dict[str, Any]]:
    """Parts that the last refresh couldn't load: their name, when they were last loaded, and why."""
    names, found = _part_names(cached), []
    for part, why in cached.unread.items():
        at = datetime.fromisoformat(cached.read_at[part]) if part in cached.read_at else None
        if at is None and why == cached.missing:
            continue  # the page already says so
        ago = timesince(at, clock.now(), depth=1) if at and clock.now() - at > timedelta(minutes=1) else ""
        found.append({"name": names.get(part, part), "at": at, "ago": ago, "why": "" if why == cached.missing else why})
    return found


def _part_names(cached: CachedOptions) -> dict[str, str]:
    names = {TYPES: _("Sources"), JOBS: _("Jobs"), TAGS: _("Suggested tags")}
    types = {part_of(type_id): _("Sources of type %(type)s") % {"type": label} for type_id, label in cached.types}
    return names | types


@member_page(Role.ADMIN)
@require_POST
def refresh_options(request: MemberRequest, vendor: str) -> HttpResponse:
    """Have a worker reload the options from the ATS."""
    options_refresh.enqueue(connection_or_404(vendor))
    return redirect("prospects:export_settings", slug=request.organization.slug, vendor=vendor)


@member_page(Role.ADMIN)
def tags(request: MemberRequest, vendor: str) -> HttpResponse:
    """Suggestions for the tag that is being typed."""
    settings = settings_or_new(connection_or_404(vendor))
    found = options.suggested_tags(settings, request.GET.get("tag", "")[:150]) if settings.pk else []
    return render(request, "prospects/export/tags.html", {"suggested": found})


@member_page(Role.ADMIN)
@require_POST
def switch_existing(request: MemberRequest, vendor: str) -> HttpResponse:
    """On: show the numbers to confirm, if the settings are complete. Off: stop the run."""
    connection = connection_or_404(vendor)
    if requested_state(request):
        settings = settings_or_new(connection)
        if settings.is_complete:
            return redirect("prospects:export_start", slug=request.organization.slug, vendor=vendor)
        export_settings.switch_existing(connection=connection, on=True, actor=request.user)
    else:
        export_settings.switch_existing(connection=connection, on=False, actor=request.user)
        messages.success(
            request, _("Turned off. Candidates already in %(ats)s stay there.") % {"ats": connection.ats_name}
        )
    return to_connection(request, connection, at="#export-existing")


@member_page(Role.ADMIN)
@require_POST
def switch_new(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = connection_or_404(vendor)
    export_settings.switch_new(connection=connection, on=requested_state(request), actor=request.user)
    return to_connection(request, connection, at="#export-new")


@member_page(Role.ADMIN)
def start(request: MemberRequest, vendor: str) -> HttpResponse:
    """Show the numbers; a POST starts the run. Source and jobs are checked again before anything is sent."""
    connection = connection_or_404(vendor)
    settings = settings_or_new(connection)
    if not settings.is_complete:
        return redirect("prospects:export_settings", slug=request.organization.slug, vendor=vendor)
    if request.method == "POST":
        run = runs.start_after_check(settings=settings, actor=request.user)
        return redirect("prospects:export_run", slug=request.organization.slug, uid=run.uid)
    numbers = runs.counts(settings)
    context = {"connection": connection, "of_connector": True, "settings": settings, "numbers": numbers}
    return render(request, "prospects/export/start.html", context)
