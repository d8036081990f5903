from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from crosschq.core import clock
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.models import Reference, ReferenceRequest
from requests_app.public.forms import SearchForm
from requests_app.staff import queries
from requests_app.staff.badges import request_badge

PER_PAGE = 50


@member_page(Role.VIEWER)
def index(request: MemberRequest) -> HttpResponse:
    """All requests, filtered by group and by name."""
    now = clock.now()
    form = SearchForm(request.GET if "q" in request.GET else None)
    search = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    counts = queries.counts(search, now)
    group = request.GET.get("state", "open")
    group = group if group in queries.GROUPS else "all"
    page = Paginator(queries.listed(group, search, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form if form.is_bound else SearchForm(),
        "search": search,
        "group": group,
        "group_name": queries.GROUPS[group],
        "groups": [(key, name, counts[key]) for key, name in queries.GROUPS.items()],
        "page": page,
        "rows": [_row(each, now) for each in page],
        "may_set_up": request.membership.may(Role.ADMIN),
        "may_test": request.membership.may(Role.RECRUITER),
        "none_at_all": not counts["all"] and not search,
    }
    return render(request, "requests_app/staff/list.html", context)


def _row(reference_request: ReferenceRequest, now: datetime) -> dict[str, Any]:
    return {
        "reference_request": reference_request,
        "tag": request_badge(reference_request, now),
        "missing": _missing(reference_request),
    }


def _missing(reference_request: ReferenceRequest) -> str:
    """The references who were asked and haven't answered."""
    people: list[Reference] = vars(reference_request)["people"]
    return ", ".join(each.name for each in people if each.is_reachable) if reference_request.is_open else ""
