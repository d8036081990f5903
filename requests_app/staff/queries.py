"""The requests of an organization, as staff filter, count, and search them.

Counts stop at 1,000, so no page costs more because there are more requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crosschq.core.database.counting import MOST_COUNTED, CountUpTo, count_up_to
from crosschq.core.database.keys import among_keys
from crosschq.tenancy.models import Organization
from requests_app.attention import word_search
from requests_app.attention.stored import folded
from requests_app.attention.urgency import needs_person
from requests_app.attention.word_search import FoundWords
from requests_app.models import OPEN_STATES, REPORT_STATES, ReferenceRequest, RequestState, SearchWord
from requests_app.models.reference_request import RANK_OF_DUE
from templates_app.models import TemplateVersion

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
STATES: Mapping[str, Sequence[str]] = {
    OPEN: OPEN_STATES,
    DONE: REPORT_STATES,
    ENDED: (RequestState.CANCELLED, RequestState.EXPIRED),
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


@dataclass(frozen=True)
class RequestFilters:
    """Which requests to list, apart from their group. The default matches all. owner: an address key."""

    owner: str = ""
    template: UUID | None = None
    job: str = ""
    state: str = ""
    due: str = ""
    search: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether there are more of them than the owner, whose requests each list has an index of."""
        return self != RequestFilters(owner=self.owner)

    @cached_property
    def versions(self) -> list[int]:
        """The keys of the template's versions. With them, PostgreSQL knows how many requests match. One query."""
        return list(self.of_template.values_list("pk", flat=True))

    @property
    def of_template(self) -> "QuerySet[TemplateVersion]":
        found: QuerySet[TemplateVersion] = TemplateVersion.objects.filter(template__uid=str(self.template))
        return found

    @cached_property
    def words(self) -> FoundWords | None:
        """The requests that the search finds; None if it has no letters. One or two queries."""
        return word_search.find(self.search, SearchWord, "reference_request", MOST_SAMPLED)


@dataclass(frozen=True)
class Counts:
    """How many requests each group contains. is_partial: there may be more, because only a part was counted.

    keys: of all requests in any group, if there are filters that few of them match.
    """

    numbers: Mapping[str, int]
    is_partial: bool = False
    keys: Sequence[int] | None = None

    def shown(self, group: str) -> str:
        return bounded(self.numbers[group], is_partial=self.is_partial) or "0"


def in_group(group: str, now: datetime) -> Q:
    """The condition for a group; for an unknown group, all requests."""
    return {
        NEEDS: needs_person(now),
        # The second is the condition of an index of theirs, newest first.
        OPEN: Q(state__in=STATES[OPEN], attention_at__isnull=False),
        DONE: Q(state__in=STATES[DONE]),
        ENDED: Q(state__in=STATES[ENDED]),
    }.get(group, Q())


def of_group(filters: RequestFilters, group: str, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests of a group that match the filters apart from the search.

    PostgreSQL doesn't see which states exclude each other. It would go through all requests to find none.
    """
    found, states = filtered(filters, now), STATES.get(group)
    if states and filters.state:
        return found if filters.state in states else found.none()
    if filters.due and group in (DONE, ENDED):
        return found.none()
    found = found.filter(in_group(group, now))
    if group == NEEDS and filters.state and filters.state not in OPEN_STATES:
        # Time makes none of those urgent that have ended.
        found = found.filter(urgency_when_due__lt=RANK_OF_DUE)
    return found


def matching(filters: RequestFilters, group: str, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests of a group that match the filters and the search."""
    return with_words(filters, of_group(filters, group, now))


def with_words(filters: RequestFilters, rows: "QuerySet[ReferenceRequest]") -> "QuerySet[ReferenceRequest]":
    """Those of the rows that the search finds: each typed word is the beginning of one of theirs."""
    return filters.words.among(rows) if filters.words else rows


def filtered(filters: RequestFilters, now: datetime) -> "QuerySet[ReferenceRequest]":
    """The requests that match the filters apart from the search."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.all()
    if filters.owner:
        found = found.filter(owner_key=filters.owner)
    words = filters.words
    if filters.template and words and not (words.is_partial and len(words.words) == 1):
        # One query less: several words already take two. Few requests are read by their keys, and a join would start
        # from the template instead.
        found = found.filter(among_keys(filters.of_template.values("pk"), "version"))
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
    if not filters.is_narrow:
        rows = filtered(filters, now)
        each = [CountUpTo(rows.filter(in_group(group, now)), MOST_COUNTED) for group in GROUPS]
        found = Organization.objects.filter(pk=organization.pk).values_list(*each).get()
        return Counts(dict(zip(GROUPS, found, strict=True)))
    rows, is_partial = _sample(filters, now)
    groups = {group: Count("pk", filter=in_group(group, now)) for group in GROUPS if group != ALL}
    numbers = rows.aggregate(**groups, **{ALL: Count("pk")}, keys=ArrayAgg("pk", default=[]))
    keys = numbers.pop("keys")
    if is_partial or numbers[ALL] > MOST_SAMPLED:
        return Counts(numbers, is_partial=True)
    return Counts(numbers, keys=keys)


def _sample(filters: RequestFilters, now: datetime) -> "tuple[QuerySet[ReferenceRequest], bool]":
    """At most MOST_SAMPLED + 1 matching requests, and whether there may be more that no search for them would find."""
    if not filters.words:
        return filtered(filters, now).order_by("-created_at", "-id")[: MOST_SAMPLED + 1], False
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


def jobs_and_owners() -> tuple[list[str], dict[str, str]]:
    """The jobs of the newest requests, and their owners' names by address key, in alphabetical order. One query."""
    newest = ReferenceRequest.objects.order_by("-created_at", "-id").values_list("job_title", "owner_key", "owner_name")
    rows = list(newest[:NEWEST_FOR_CHOICES])
    jobs = sorted({job for job, _key, _name in rows if job}, key=folded)
    owners = {key: name or key for _job, key, name in reversed(rows) if key}
    return jobs, dict(sorted(owners.items(), key=lambda owner: folded(owner[1])))
