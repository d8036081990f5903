from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from connectors import registry
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.tenancy import tenant
from webhooks import dry_run as trying

from .find import find_connection


class Wanted(forms.Form):
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    job_id = forms.CharField(required=False, max_length=100)


def _asked(request: MemberRequest, vendor: str) -> tuple[dict[str, Any], Wanted]:
    with tenant(request.organization):
        connection = find_connection(vendor)
    wanted = Wanted(request.POST)
    wanted.is_valid()
    return {"connection": connection, "vendor": registry.vendor(vendor)}, wanted


@member_page(Role.ADMIN, opens_tenant=False)
def jobs(request: MemberRequest, vendor: str) -> HttpResponse:
    """The table stands on the same page. It is posted for, since SmartRecruiters is asked and what it says kept."""
    context, wanted = _asked(request, vendor)
    if request.method == "POST":
        try:
            context["table"] = trying.table(context["connection"], number=wanted.cleaned_data.get("page") or 1)
        except trying.NotRead as error:
            context["problem"] = str(error)
    return render(request, "webhooks/dry_run.html", context)


@member_page(Role.ADMIN, opens_tenant=False)
@require_POST
def preview(request: MemberRequest, vendor: str) -> HttpResponse:
    context, wanted = _asked(request, vendor)
    try:
        context["preview"] = trying.preview(context["connection"], wanted.cleaned_data.get("job_id") or "")
    except trying.NotRead as error:
        context["problem"] = str(error)
    return render(request, "webhooks/dry_run_preview.html", context)
