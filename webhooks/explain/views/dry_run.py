from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connectors import registry
from connectors.background_tasks import lifecycle
from connectors.task_kinds import TaskKind
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from webhooks.explain.background_tasks import PREVIEW, READ_JOBS, preview_of, table_of
from webhooks.log.lookup import find_connection


class DryRunForm(forms.Form):
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    job_id = forms.CharField(required=False, max_length=100)


@member_page(Role.ADMIN)
def jobs(request: MemberRequest, vendor: str) -> HttpResponse:
    """Read the table on demand, and show it on the same page."""
    connection = find_connection(vendor)
    if request.method == "POST":
        form = DryRunForm(request.POST)
        form.is_valid()
        page = form.cleaned_data.get("page") or 1
        return _begin(request, vendor, READ_JOBS, "events:dry_run", page=page)
    task = lifecycle.find(request.GET.get("task"), READ_JOBS, vendor=vendor)
    context = {"connection": connection, "vendor": registry.vendor(vendor), "task": task}
    context["table"] = table_of(task) if task and task.is_done else None
    return render(request, "webhooks/explain/dry_run.html", context)


@member_page(Role.ADMIN)
def preview(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    if request.method == "POST":
        form = DryRunForm(request.POST)
        form.is_valid()
        job_id = form.cleaned_data.get("job_id") or ""
        return _begin(request, vendor, PREVIEW, "events:dry_run_preview", job_id=job_id)
    task = lifecycle.find(request.GET.get("task"), PREVIEW, vendor=vendor)
    if task is None:
        return redirect("events:dry_run", slug=request.organization.slug, vendor=vendor)
    context = {"connection": connection, "vendor": registry.vendor(vendor), "task": task}
    context["preview"] = preview_of(task, connection) if task.is_done else None
    return render(request, "webhooks/explain/dry_run_preview.html", context)


def _begin(request: MemberRequest, vendor: str, kind: TaskKind, page_name: str, **given: Any) -> HttpResponse:
    task = lifecycle.begin(
        kind,
        organization=request.organization,
        vendor=vendor,
        asked_by=request.user,
        page=reverse(page_name, args=[request.organization.slug, vendor]),
        arguments=given,
    )
    return redirect(task.url)
