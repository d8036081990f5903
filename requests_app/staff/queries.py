"""The requests of an organization, as staff filter, count, search, sort, and page them.

A page starts at a request, not at an offset, and counts stop at 1,000, so no page costs more because there are more
requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Lookup, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crosschq.core.database.counting import MOST_COUNTED, CountUpTo, count_up_to
from crosschq.core.database.keyset import behind, turned
from crosschq.core.text.characters import search_words
from crosschq.tenancy.models import Organization
from requests_app.attention.stored import containing, folded, having, needs_person, urgency
from requests_app.models import OPEN_STATES, REPORT_STATES, ReferenceRequest, RequestState

PAGE_ROWS = 50
MOST_SAMPLED = 2000
NEWEST_FOR_CHOICES = 1000
NEEDS, OPEN, DONE, ENDED, ALL = "needs", "open", "done", "ended", "all"
GROUPS: Mapping[str, Any] = {
    NEEDS: _("Needs you"),
    OPEN: _("In progress"),
    DONE: _("Ready"),
    ENDED: _("Canceled and expired"),
    ALL: _("Any state"),
}
DUE: Mapping[str, Any] = {
    "overdue": _("Overdue"),
    "3": _("In the next 3 days"),
    "7": _("In the next 7 days"),
}
URGENT, NEWEST, BY_DUE, BY_NAME = "urgent", "newest", "due", "candidate"
SORTS: Mapping[str, Any] = {
    URGENT: _("Most urgent"),
    NEWEST: _("Newest"),
    BY_DUE: _("Due date"),
    BY_NAME: _("Candidate"),
}
ORDERS: Mapping[str, Sequence[str]] = {
    URGENT: ("urgency", "due_at", "id"),
    NEWEST: ("-created_at", "-id"),
    BY_DUE: ("due_at", "id"),
    BY_NAME: ("name_key", "id"),
}


@dataclass(frozen=True)
class RequestFilters:
    """Which requests to list, apart from their group. The default matches all. owner: an address key."""

    owner: str = ""
    template: UUID | None = None
    job: str = ""
    state: str = ""
    due: str = ""
    search: str = ""


@dataclass(frozen=True)
class RequestPage:
    """One page of requests. `previous` and `next` name the requests that the pages next to it start from, if any."""

    requests: Sequence[ReferenceRequest]
    previous: UUID | None
    next: UUID | None


@dataclass(frozen=True)
class Counts:
    """How many requests each group contains. is_partial: there may be more, because only a part was counted."""

    numbers: Mapping[str, int]
    is_partial: bool = False

    def shown(self, group: str) -> str:
        return bounded(self.numbers[group], is_partial=self.is_partial) or "0"


def in_group(group: str, now: datetime) -> Q:
    """The condition for a group; for an unknown group, all requests."""
    return {
        NEEDS: needs_person(now),
        OPEN: Q(state__in=OPEN_STATES),
        DONE: Q(state__in=REPORT_STATES),
        ENDED: Q(state__in=[RequestState.CANCELLED, RequestState.EXPIRED]),
    }.get(group, Q())


def matching(filters: RequestFilters, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests that match the filters. Search finds words that begin as each typed word does."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.all()
    if filters.owner:
        found = found.filter(owner_key=filters.owner)
    if filters.template:
        found = found.filter(version__template__uid=filters.template)
    if filters.job:
        found = found.filter(job_title=filters.job)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.due == "overdue":
        found = found.filter(state__in=OPEN_STATES, due_at__lte=now)
    elif filters.due:
        until = now + timedelta(days=int(filters.due))
        found = found.filter(state__in=OPEN_STATES, due_at__gt=now, due_at__lte=until)
    for word in search_words(filters.search):
        found = found.filter(containing(word))
    return found


def counts(organization: Organization, filters: RequestFilters, now: datetime) -> Counts:
    """How many matching requests each group contains, at most MOST_COUNTED + 1. One query, two for a search.

    Filters leave a few rows of each group, which no index of the group finds. So they are counted in one pass over the
    newest that match, or over those with the rarest word.
    """
    if filters == RequestFilters(owner=filters.owner):
        rows = matching(filters, now)
        each = [CountUpTo(rows.filter(in_group(group, now)), MOST_COUNTED) for group in GROUPS]
        found = Organization.objects.filter(pk=organization.pk).values_list(*each).get()
        return Counts(dict(zip(GROUPS, found, strict=True)))
    rows, is_partial = _sample(organization, filters, now)
    groups = {group: Count("pk", filter=in_group(group, now)) for group in GROUPS if group != ALL}
    numbers = rows.aggregate(**groups, **{ALL: Count("pk")})
    return Counts(numbers, is_partial or numbers[ALL] > MOST_SAMPLED)


def _sample(
    organization: Organization, filters: RequestFilters, now: datetime
) -> "tuple[QuerySet[ReferenceRequest], bool]":
    """At most MOST_SAMPLED + 1 matching requests, and whether there may be more that no search for them would find."""
    found, typed = matching(filters, now), [having(word) for word in search_words(filters.search)]
    words = [rows for rows in typed if rows is not None]
    if not words:
        return found.order_by("-created_at", "-id")[: MOST_SAMPLED + 1], False
    sizes = [CountUpTo(rows, MOST_SAMPLED) for rows in words]
    known = Organization.objects.filter(pk=organization.pk).values_list(*sizes).get()
    size, rarest = min(zip(known, words, strict=True), key=lambda each: each[0])
    with_rarest = rarest.order_by().values_list("reference_request", flat=True)[:MOST_SAMPLED]
    return found.filter(pk__in=with_rarest).order_by()[: MOST_SAMPLED + 1], size > MOST_SAMPLED


def needing_person(now: datetime) -> int:
    """How many requests of the organization need a person now, at most MOST_COUNTED + 1."""
    return count_up_to(ReferenceRequest.objects.filter(needs_person(now)))


def bounded(count: int, *, is_partial: bool = False) -> str:
    """A count as pages show it: "1,000+" beyond what is counted, "30+" if that was only a part, empty for none."""
    if count > MOST_COUNTED:
        return f"{intcomma(MOST_COUNTED)}+"
    return f"{count}+" if is_partial else str(count or "")


def page(
    rows: "QuerySet[ReferenceRequest]",
    sort: str,
    now: datetime,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> RequestPage:
    """The first page in this order, or the one after or before a request. An unknown request is ignored."""
    order, known = ORDERS[sort], ReferenceRequest.objects.annotate(urgency=urgency(now))
    rows = rows.annotate(urgency=urgency(now)).select_related("version", "connection")
    uid = after or before
    anchor = known.filter(uid=uid).first() if uid else None
    if anchor is not None and not after:
        backwards = turned(order)
        found = _first(rows.filter(_behind(backwards, anchor)), backwards)
        shown = found[:PAGE_ROWS][::-1]
        return RequestPage(shown, _uid(shown, 0, len(found) > PAGE_ROWS), _uid(shown, -1, True))
    if anchor is not None:
        rows = rows.filter(_behind(order, anchor))
    found = _first(rows, order)
    shown = found[:PAGE_ROWS]
    return RequestPage(shown, _uid(shown, 0, anchor is not None), _uid(shown, -1, len(found) > PAGE_ROWS))


def _first(rows: "QuerySet[ReferenceRequest]", order: Sequence[str]) -> list[ReferenceRequest]:
    """The first rows in this order, and one more."""
    first = rows.order_by(*order)[: PAGE_ROWS + 1]
    if "urgency" in order[0]:
        # All of them are sorted. An index has what that needs, so the rows themselves are read only for the page.
        first = rows.filter(pk__in=first.values("pk")).order_by(*order)
    return list(first)


def _behind(order: Sequence[str], anchor: ReferenceRequest) -> "Lookup[Any]":
    return behind(order, [getattr(anchor, name.removeprefix("-")) for name in order])


def _uid(shown: Sequence[ReferenceRequest], place: int, is_there: bool) -> UUID | None:
    return shown[place].uid if shown and is_there else None


def jobs_and_owners() -> tuple[list[str], dict[str, str]]:
    """The jobs of the newest requests, and their owners' names by address key, in alphabetical order. One query."""
    newest = ReferenceRequest.objects.order_by("-created_at", "-id").values_list("job_title", "owner_key", "owner_name")
    rows = list(newest[:NEWEST_FOR_CHOICES])
    jobs = sorted({job for job, _key, _name in rows if job}, key=folded)
    owners = {key: name or key for _job, key, name in reversed(rows) if key}
    return jobs, dict(sorted(owners.items(), key=lambda owner: folded(owner[1])))
