"""Retention: periods, what the nightly task deletes next, what it deleted recently, and legal holds."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core import clock
from crosschq.privacy.retention import actions, holds
from crosschq.privacy.retention.forms import HoldForm, PeriodsForm
from crosschq.privacy.retention.models import LegalHold, RemovedRows
from crosschq.privacy.retention.outlook import dry_run, next_night
from crosschq.privacy.retention.tables import table_name
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role

NIGHTS_SHOWN = 40
RELEASED_SHOWN = 20


@member_page(Role.ADMIN)
@never_cache
def retention(request: MemberRequest) -> HttpResponse:
    form = PeriodsForm(request.POST if request.method == "POST" else None, organization=request.organization)
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            # Not saved: the page only counts with these periods.
            request.organization.retention = form.periods()
            return _page(request, form=form, is_preview=True)
        deletes = form.what_it_deletes()
        if deletes and (confirmation := ask_first(request, deletes, back=request.path)):
            return confirmation
        if actions.change_settings(
            organization=request.organization,
            actor=request.user,
            periods=form.periods(),
            candidate_deleted=form.cleaned_data["candidate_deleted"],
        ):
            messages.success(request, _("They apply starting tonight."))
        return _back(request)
    return _page(request, form=form)


@member_page(Role.ADMIN)
@require_POST
def place_hold(request: MemberRequest) -> HttpResponse:
    form = HoldForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            hold = actions.place_hold(
                organization=request.organization, actor=request.user, subject=given["subject"], reason=given["reason"]
            )
        except actions.HoldRefused as refused:
            form.add_error("subject", refused.sentence)
        else:
            messages.success(request, _protection(hold))
            return _back(request)
    return _page(request, hold_form=form)


@member_page(Role.ADMIN)
@require_POST
def release_hold(request: MemberRequest, uid: UUID) -> HttpResponse:
    hold = get_object_or_404(LegalHold, uid=uid)
    if hold.released_at is None:
        sentence = _("Release a legal hold of %(organization)s, so that what it protected can be deleted")
        back = reverse("privacy:retention", args=[request.organization.slug])
        if confirmation := ask_first(request, sentence % {"organization": request.organization}, back=back):
            return confirmation
    if actions.release_hold(hold, actor=request.user):
        messages.success(
            request, _("What it protected is deleted once its retention period ends."), extra_tags=_("Released")
        )
    return _back(request)


def _protection(hold: LegalHold) -> str:
    """What a new hold protects, so that a mistyped address is noticed."""
    protected = holds.protected_by([hold])
    if not (protected.requests or protected.prospects):
        return _("We store no request of this person now. Check the spelling of the address.")
    counts = {"requests": len(protected.requests), "prospects": len(protected.prospects)}
    return (
        _(
            "Nothing about it is deleted until you release the hold. Requests it protects now: %(requests)d. "
            "Prospects: %(prospects)d."
        )
        % counts
    )


def _page(
    request: MemberRequest,
    *,
    form: PeriodsForm | None = None,
    hold_form: HoldForm | None = None,
    is_preview: bool = False,
) -> HttpResponse:
    night = next_night(clock.now())
    nights = RemovedRows.objects.order_by("-night", "table")[:NIGHTS_SHOWN]
    released = LegalHold.objects.exclude(released_at=None).order_by("-released_at", "-pk")[:RELEASED_SHOWN]
    context: dict[str, Any] = {
        "form": form or PeriodsForm(organization=request.organization),
        "hold_form": hold_form or HoldForm(),
        "is_preview": is_preview,
        "night": night,
        "outlooks": dry_run(request.organization, at=night),
        "removed": [(row, table_name(row.table)) for row in nights],
        "holds": holds.current().select_related("placed_by").order_by("-placed_at", "-pk"),
        "released": released,
    }
    return render(request, "privacy/retention/retention.html", context)


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("privacy:retention", slug=request.organization.slug)
