"""The requests of an organization, as staff filter and search them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from crosschq.core.text.characters import search_words
from requests_app.models import (
    OPEN_STATES,
    REPORT_STATES,
    SLOT_HOLDERS,
    Reference,
    ReferenceRequest,
    ReferenceState,
    RequestState,
)

GROUPS: Mapping[str, Any] = {
    "open": _("In progress"),
    "overdue": _("Overdue"),
    "done": _("Ready"),
    "ended": _("Canceled and expired"),
    "all": _("All"),
}


def in_group(group: str, now: datetime) -> Q:
    """The condition for a group of states; for an unknown group, all requests."""
    return {
        "open": Q(state__in=OPEN_STATES),
        "overdue": Q(state__in=OPEN_STATES, due_at__lt=now),
        "done": Q(state__in=REPORT_STATES),
        "ended": Q(state__in=[RequestState.CANCELLED, RequestState.EXPIRED]),
    }.get(group, Q())


def counts(search: str, now: datetime) -> dict[str, int]:
    """How many requests each group contains. One query."""
    found: dict[str, int] = matching(search).aggregate(
        **{group: Count("pk", filter=in_group(group, now) or Q(pk__isnull=False)) for group in GROUPS}
    )
    return found


def listed(group: str, search: str, now: datetime) -> Any:
    """The requests of a group, newest first, with everything that the list shows."""
    answered = (
        Reference.objects.filter(reference_request=OuterRef("pk"), state=ReferenceState.ANSWERED)
        .order_by()
        .values("reference_request")
        .annotate(count=Count("pk"))
        .values("count")
    )
    people = Reference.objects.filter(state__in=SLOT_HOLDERS).order_by("slot", "id")
    return (
        matching(search)
        .filter(in_group(group, now))
        .select_related("version")
        .annotate(answered=Coalesce(Subquery(answered, output_field=IntegerField()), 0))
        .prefetch_related(Prefetch("references", queryset=people, to_attr="people"))
        .order_by("-created_at", "-id")
    )


def matching(search: str) -> Any:
    """Requests whose candidate name, job, or owner name contains every word of the search."""
    found = ReferenceRequest.objects.all()
    for word in search_words(search):
        found = found.filter(
            Q(candidate_first_name__folded_contains=word)
            | Q(candidate_last_name__folded_contains=word)
            | Q(position__folded_contains=word)
            | Q(owner_name__folded_contains=word)
        )
    return found
