from collections.abc import Mapping
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.core import clock
from crosschq.core.database.keyset import Page
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.models import ReferenceRequest
from requests_app.staff import paging, queries
from requests_app.staff.forms import ListForm
from requests_app.staff.rows import RequestRow, rows
from templates_app.models import RequestTemplate
from templates_app.request_templates.queries import named_apart

MINE, EVERYONE = "mine", "all"


@member_page(Role.VIEWER)
def index(request: MemberRequest) -> HttpResponse:
    """Requests, those that need a person first. Everything that selects them is in the query string."""
    now, own = clock.now(), address_key(request.user.email)
    view = request.GET.get("view", "")
    owns_any = view in (MINE, EVERYONE) or ReferenceRequest.objects.filter(owner_key=own).exists()
    is_mine = view == MINE or (view != EVERYONE and owns_any)
    form = _form(request, own if is_mine else "")
    filters = form.filters
    counts = queries.counts(request.organization, filters, now)
    group = _group(request.GET.get("state", ""), counts.numbers)
    sort = _sort(form, group)
    after, before = form.cleaned_data.get("after"), form.cleaned_data.get("before")
    page = paging.page(filters, group, sort, now, keys=counts.keys, after=after, before=before)
    may_act = request.membership.may(Role.RECRUITER)
    context = {
        "form": form,
        "is_mine": is_mine,
        "view": MINE if is_mine else EVERYONE,
        "owns_none": not owns_any,
        "group": group,
        "group_name": queries.GROUPS[group],
        "groups": [(key, name, counts.shown(key)) for key, name in queries.GROUPS.items()],
        "page": page,
        "rows": _rows(request, page, now),
        "may_act": may_act,
        "may_set_up": request.membership.may(Role.ADMIN),
        "none_at_all": not (counts.numbers[queries.ALL] or form.active or is_mine),
    }
    return render(request, "requests_app/staff/list.html", context)


def _form(request: MemberRequest, own: str) -> ListForm:
    jobs, owners = queries.jobs_and_owners()
    templates = named_apart(RequestTemplate.objects.filter(deleted_at__isnull=True).order_by("name", "pk"))
    return ListForm(request.GET, templates=templates, jobs=jobs, owners=owners, own=own)


def _group(chosen: str, counts: Mapping[str, int]) -> str:
    """The chosen group. By default what needs a person, or if nothing does, what is in progress."""
    if chosen:
        return chosen if chosen in queries.GROUPS else queries.ALL
    return queries.NEEDS if counts[queries.NEEDS] else queries.OPEN


def _sort(form: ListForm, group: str) -> str:
    sort: str = form.cleaned_data.get("sort") or (queries.URGENT if group == queries.NEEDS else queries.NEWEST)
    form.show_sort(sort)
    return sort


def _rows(request: MemberRequest, page: Page, now: datetime) -> list[RequestRow]:
    for each in page.rows:
        each.organization = request.organization
    return rows(page.rows, now)
