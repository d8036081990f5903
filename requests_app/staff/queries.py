"""The requests of an organization, as staff filter, count, search, sort, and page them.

A page starts at a request, not at an offset, and counts stop at 1,000, so no page costs more because there are more
requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Lookup, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crosschq.core.database.counting import MOST_COUNTED, CountUpTo, count_up_to
from crosschq.core.database.keys import among_keys
from crosschq.core.database.keyset import behind, turned
from crosschq.tenancy.models import Organization
from requests_app.attention import word_search
from requests_app.attention.stored import folded
from requests_app.attention.urgency import needs_person, part_of, parts_by_urgency, urgency
from requests_app.attention.word_search import FoundWords
from requests_app.models import OPEN_STATES, REPORT_STATES, ReferenceRequest, RequestState, SearchWord
from templates_app.models import TemplateVersion

PAGE_ROWS = 50
MOST_SAMPLED = MOST_COUNTED
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

    @cached_property
    def versions(self) -> list[int]:
        """The keys of the template's versions. With them, PostgreSQL knows how many requests match. One query."""
        of_template = TemplateVersion.objects.filter(template__uid=str(self.template))
        return list(of_template.values_list("pk", flat=True))

    @cached_property
    def words(self) -> FoundWords | None:
        """The requests that the search finds; None if it has no letters. One or two queries."""
        return word_search.find(self.search, SearchWord, "reference_request", MOST_SAMPLED)


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
        # The second is the condition of an index of theirs, newest first.
        OPEN: Q(state__in=OPEN_STATES, attention_at__isnull=False),
        DONE: Q(state__in=REPORT_STATES),
        ENDED: Q(state__in=[RequestState.CANCELLED, RequestState.EXPIRED]),
    }.get(group, Q())


def matching(filters: RequestFilters, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests that match the filters. Search finds words that begin as each typed word does."""
    found = filtered(filters, now)
    return filters.words.among(found) if filters.words else found


def filtered(filters: RequestFilters, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests that match the filters apart from the search."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.all()
    if filters.owner:
        found = found.filter(owner_key=filters.owner)
    words = filters.words
    if filters.template and words and not (words.is_partial and len(words.words) == 1):
        # One query less. Few requests are read by their keys, and several words already take two queries.
        found = found.filter(version__template__uid=filters.template)
    elif filters.template:
        found = found.filter(version__in=filters.versions)
    if filters.job:
        found = found.filter(job_title=filters.job)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.due == "overdue":
        found = found.filter(state__in=OPEN_STATES, due_at__lte=now)
    elif filters.due:
        until = now + timedelta(days=int(filters.due))
        found = found.filter(state__in=OPEN_STATES, due_at__gt=now, due_at__lte=until)
    return found


def counts(organization: Organization, filters: RequestFilters, now: datetime) -> Counts:
    """How many matching requests each group contains, at most MOST_COUNTED + 1. One query.

    Filters leave a few rows of each group, which no index of the group finds. So they are counted in one pass over the
    newest that match, or over those with the rarest word.
    """
    if filters == RequestFilters(owner=filters.owner):
        rows = matching(filters, now)
        each = [CountUpTo(rows.filter(in_group(group, now)), MOST_COUNTED) for group in GROUPS]
        found = Organization.objects.filter(pk=organization.pk).values_list(*each).get()
        return Counts(dict(zip(GROUPS, found, strict=True)))
    rows, is_partial = _sample(filters, now)
    groups = {group: Count("pk", filter=in_group(group, now)) for group in GROUPS if group != ALL}
    numbers = rows.aggregate(**groups, **{ALL: Count("pk")})
    return Counts(numbers, is_partial or numbers[ALL] > MOST_SAMPLED)


def _sample(filters: RequestFilters, now: datetime) -> "tuple[QuerySet[ReferenceRequest], bool]":
    """At most MOST_SAMPLED + 1 matching requests, and whether there may be more that no search for them would find."""
    if not filters.words:
        return matching(filters, now).order_by("-created_at", "-id")[: MOST_SAMPLED + 1], False
    found = filtered(filters, now).filter(among_keys(filters.words.keys))
    return found.order_by(), filters.words.is_partial


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
    group: str = ALL,
    words: FoundWords | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
) -> RequestPage:
    """The first page in this order, or the one after or before a request. An unknown request is ignored.

    group: which of the groups the rows are in. words: list only those of the rows that have them.
    """
    are_few = words is not None and not words.is_partial
    if words and are_few:
        rows, words = words.among(rows), None
    uid = after or before
    anchor = ReferenceRequest.objects.annotate(urgency=urgency(now)).filter(uid=uid).first() if uid else None
    few: Parts = [(rows.annotate(urgency=urgency(now)), ORDERS[sort])]
    parts = few if are_few else _parts(rows, sort, now, group)
    is_backward = anchor is not None and not after
    ahead = _ahead(parts, anchor, is_backward=is_backward)
    order = turned(ORDERS[sort]) if is_backward else ORDERS[sort]
    found = _first(ahead[:1], order, now, PAGE_ROWS + 1, words)
    # Most pages end before this. Together, the other parts take one statement.
    if len(found) <= PAGE_ROWS:
        found += _first(ahead[1:], order, now, PAGE_ROWS + 1 - len(found), words)
    has_more, shown = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if is_backward:
        shown.reverse()
        return RequestPage(shown, _uid(shown, 0, has_more), _uid(shown, -1, True))
    return RequestPage(shown, _uid(shown, 0, anchor is not None), _uid(shown, -1, has_more))


Parts: TypeAlias = "list[tuple[QuerySet[ReferenceRequest], Sequence[str]]]"


def _parts(rows: "QuerySet[ReferenceRequest]", sort: str, now: datetime, group: str) -> Parts:
    """The rows in the parts that a list has one after the other, and the order of each, which an index has."""
    if sort != URGENT:
        return [(rows, ORDERS[sort])]
    parts = parts_by_urgency(now)
    if group == NEEDS:
        parts = parts[:-1]
    return [(rows.filter(condition), order) for condition, order in parts]


def _ahead(parts: Parts, anchor: ReferenceRequest | None, *, is_backward: bool) -> Parts:
    """The parts from this request on, or all if there is none, in the direction in which they are read."""
    first = part_of(anchor.urgency) if anchor is not None and len(parts) > 1 else 0  # type: ignore[attr-defined]
    ahead = []
    for place in range(min(first, len(parts) - 1), -1, -1) if is_backward else range(first, len(parts)):
        rows, order = parts[place]
        order = turned(order) if is_backward else order
        is_of_anchor = anchor is not None and place == first
        ahead.append((rows.filter(_behind(order, anchor)) if is_of_anchor else rows, order))
    return ahead


def _first(
    parts: Parts, order: Sequence[str], now: datetime, most: int, words: FoundWords | None
) -> list[ReferenceRequest]:
    """The first rows of these parts, in this order, that have the words; at most this many.

    Their keys come first, because an index may have all that this needs. Only rows that are shown are read themselves.
    """
    if not parts:
        return []
    keys = [
        (words.among(rows) if words else rows).order_by(*its_order).values("pk")[:most] for rows, its_order in parts
    ]
    known = ReferenceRequest.objects.annotate(urgency=urgency(now)).select_related("version", "connection")
    return list(known.filter(among_keys(keys[0].union(*keys[1:], all=True))).order_by(*order)[:most])


def _behind(order: Sequence[str], anchor: ReferenceRequest | None) -> "Lookup[Any]":
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
