from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from crosschq.core import clock
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role

from .. import listing
from .forms import SearchForm
from .showing import request_tag

PER_PAGE = 50


@member_page(Role.VIEWER)
def index(request: MemberRequest) -> HttpResponse:
    """All requests, by group and by name."""
    now = clock.now()
    form = SearchForm(request.GET if "q" in request.GET else None)
    search = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    counts = listing.counts(search, now)
    group = request.GET.get("state", "open")
    group = group if group in listing.GROUPS else "all"
    page = Paginator(listing.listed(group, search, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form if form.is_bound else SearchForm(),
        "search": search,
        "group": group,
        "group_name": listing.GROUPS[group],
        "groups": [(key, name, counts[key]) for key, name in listing.GROUPS.items()],
        "page": page,
        "rows": [{"job": job, "tag": request_tag(job, now), "missing": _missing(job)} for job in page],
        "may_set_up": request.membership.may(Role.ADMIN),
        "may_test": request.membership.may(Role.RECRUITER),
        "none_at_all": not counts["all"] and not search,
    }
    return render(request, "requests_app/list.html", context)


def _missing(job: Any) -> str:
    """Who was asked and has not answered."""
    return ", ".join(reference.name for reference in job.people if reference.is_reachable) if job.is_open else ""
