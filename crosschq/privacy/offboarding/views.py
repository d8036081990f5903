"""Deleting an organization: an export of everything, a week to cancel it, and its state."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.privacy.models import DataExport
from crosschq.privacy.offboarding.forms import DeleteOrganizationForm
from crosschq.privacy.offboarding.request import (
    GRACE_DAYS,
    ask_for_everything,
    ask_to_delete,
    current,
    is_on_hold,
    keep,
)
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Membership, Role


@member_page(Role.OWNER)
@never_cache
def index(request: MemberRequest) -> HttpResponse:
    organization = request.organization
    offboarding = current(organization)
    form = DeleteOrganizationForm(request.POST if request.method == "POST" else None, name=organization.name)
    on_hold = is_on_hold()
    if request.method == "POST" and offboarding is None and not on_hold and form.is_valid():
        sentence = _("Delete %(organization)s and everything it holds in %(days)s days") % {
            "organization": organization,
            "days": GRACE_DAYS,
        }
        return ask_first(request, sentence, back=request.path) or _asked(request)
    exports = DataExport.objects.filter(of_organization=True).defer("sought").order_by("-created_at", "-pk")
    context = {
        "form": form,
        "offboarding": offboarding,
        "has_failed": offboarding is not None and offboarding.state == WorkState.DEAD,
        "days": GRACE_DAYS,
        "is_on_hold": on_hold,
        "exports": list(exports[:5]),
        "members": Membership.objects.filter(organization=organization).count(),
    }
    return render(request, "privacy/offboarding/offboarding.html", context)


def _asked(request: MemberRequest) -> HttpResponse:
    ask_to_delete(request.organization, actor=request.user)
    return _to(request)


@member_page(Role.OWNER)
@require_POST
def keep_organization(request: MemberRequest) -> HttpResponse:
    if keep(request.organization, actor=request.user):
        messages.success(request, _("The organization stays. Nothing was deleted."), extra_tags=_("Kept"))
    else:
        messages.info(request, _("There is no deletion to cancel, or it has already begun."))
    return _to(request)


@member_page(Role.OWNER)
@require_POST
def export(request: MemberRequest) -> HttpResponse:
    made = ask_for_everything(request.organization, actor=request.user)
    return redirect("privacy:export", slug=request.organization.slug, uid=made.uid)


@member_page(Role.OWNER)
@require_POST
def try_again(request: MemberRequest) -> HttpResponse:
    offboarding = current(request.organization)
    if offboarding and offboarding.state == WorkState.DEAD:
        work_item.try_again(offboarding)
    return _to(request)


def _to(request: MemberRequest) -> HttpResponse:
    return redirect("privacy:offboarding", slug=request.organization.slug)
