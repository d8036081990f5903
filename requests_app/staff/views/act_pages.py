"""The pages for actions on one request: what an action causes, or why it isn't possible."""

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from crosschq.tenancy.access import MemberRequest
from requests_app.lifecycle import NotPossible
from requests_app.models import ReferenceRequest


def act_page(
    request: MemberRequest,
    reference_request: ReferenceRequest,
    *,
    name: str,
    heading: str,
    points: Sequence[str],
    form: forms.Form | None = None,
    warning: str = "",
    template: str = "requests_app/staff/act.html",
) -> HttpResponse:
    """The page that asks to confirm. `name` is on its button, `points` say what will happen."""
    context = {
        "reference_request": reference_request,
        "name": name,
        "heading": heading,
        "points": points,
        "label": name,
        "form": form,
        "warning": warning,
    }
    return render(request, template, context)


def not_possible(request: MemberRequest, reference_request: ReferenceRequest, why: NotPossible) -> HttpResponse:
    context = {"reference_request": reference_request, "why": why}
    return render(request, "requests_app/staff/not_possible.html", context, status=409)
