"""Queries behind the prospect list of an organization."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from crosschq.core.database import keyset
from crosschq.core.database.counting import MOST_COUNTED
from crosschq.core.database.keyset import Page
from crosschq.core.outbox.work_item import WorkState
from prospects.models import Consent, ExportItem, ExportSettings, Prospect, ProspectWord
from prospects.opt_in.retention import ENDS_SOON
from requests_app.attention import word_search
from requests_app.attention.word_search import Has

EXPORT_STATES: Mapping[str, Any] = {
    "exported": _("Exported"),
    "waiting": _("Waiting"),
    "attention": _("Needs attention"),
    "not_selected": _("Not selected"),
}
# If a prospect has several exports, the first matching entry counts.
BY_URGENCY: Mapping[str, tuple[WorkState, ...]] = {
    "attention": (WorkState.HELD, WorkState.UNKNOWN, WorkState.DEAD),
    "waiting": (WorkState.PENDING, WorkState.WORKING),
    "exported": (WorkState.DONE,),
    "not_selected": (),
}
PAGE_ROWS = 50
NEWEST = ("-created_at", "-id")
LONGEST_REMOVED = ("removed_at", "id")
URGENCY = {name: rank for rank, name in enumerate(BY_URGENCY)}


@dataclass(frozen=True)
class ProspectFilter:
    """Search words, one of EXPORT_STATES, and whether consent expires soon. The default matches all."""

    search: str = ""
    export: str = ""
    ends_soon: bool = False


def list_prospects(filters: ProspectFilter, now: datetime) -> QuerySet[Prospect]:
    """Matching prospects, newest first, with their consents and what `export_state` needs."""
    return (
        matching(filters, now)
        .prefetch_related(Prefetch("consents", Consent.objects.select_related("reference__reference_request")))
        .order_by(*NEWEST)
    )


def matching(filters: ProspectFilter, now: datetime) -> QuerySet[Prospect]:
    """Current prospects that match the filter. Search finds words that begin as each typed word does."""
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at=None).annotate(urgency=_urgency())
    words = word_search.find(filters.search, ProspectWord, "prospect", MOST_COUNTED)
    found = words.among(found) if words else found
    if filters.ends_soon:
        found = found.filter(ends_at__lte=now + ENDS_SOON)
    if filters.export not in URGENCY:
        return found
    few = _few_with_exports(BY_URGENCY[filters.export])
    return found.filter(_has_state(filters.export), *([] if few is None else [Q(pk__in=few)]))


def _has_state(name: str) -> Q:
    """The condition for prospects in one of EXPORT_STATES.

    Looked up for each prospect, newest first. If `urgency` were compared, the planner would expect a few, and sort all.
    """
    states, more_urgent = BY_URGENCY[name], list(BY_URGENCY.values())[: URGENCY[name]]
    others = [state for each in more_urgent for state in each]
    condition = ~Q(_has_export(others)) if others else Q()
    return condition & Q(_has_export(states)) if states else condition


def _has_export(states: Sequence[WorkState]) -> Has:
    return Has(ExportItem.objects.filter(prospect=OuterRef("pk"), state__in=states).values("pk"))


def _few_with_exports(states: Sequence[WorkState]) -> list[int] | None:
    """The prospects with an export in one of these states, or None if there are many, or if no state is given.

    Among many prospects, the list would read all to find a few. Where there are many, it soon finds a page of them.
    """
    if not states:
        return None
    # The index begins with the settings, of which a connection has one. As a subquery, they would become a join.
    settings = list(ExportSettings.objects.values_list("pk", flat=True))
    items = ExportItem.objects.filter(settings__in=settings, state__in=states)
    found = list(items.values_list("prospect", flat=True)[: MOST_COUNTED + 1])
    return found if len(found) <= MOST_COUNTED else None


def page(filters: ProspectFilter, now: datetime, *, after: UUID | None, before: UUID | None) -> Page:
    """The first page, newest first, or the one after or before a prospect. An unknown prospect is ignored."""
    return keyset.page(list_prospects(filters, now), NEWEST, PAGE_ROWS, after=after, before=before)


def export_state(prospect: Any) -> str:
    """One of EXPORT_STATES, for a prospect from a query in this module."""
    urgency: int = prospect.urgency
    return list(BY_URGENCY)[urgency]


def gave_reference_for(consents: Iterable[Consent]) -> list[str]:
    """Names of the candidates they gave references for, newest first."""
    names = [consent.reference.reference_request.candidate_name for consent in consents if consent.reference]
    return list(dict.fromkeys(names))


def candidates_to_delete() -> QuerySet[Prospect]:
    """Tombstones whose candidate staff still have to delete in the ATS, oldest removal first."""
    # The condition of the index prospects_to_delete_there.
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at__isnull=False, ats_deleted_at__isnull=True)
    return found.filter(~Q(ats_candidate_id="") | Q(ats_attempted_at__isnull=False)).order_by(*LONGEST_REMOVED)


def _urgency() -> Coalesce:
    """The position in BY_URGENCY of a prospect's exports, as one subquery per prospect.

    As filter conditions, these would become joins, which take minutes when a large export has just started and the
    planner still assumes a small table.
    """
    ranks = Case(
        *(When(state__in=states, then=Value(URGENCY[name])) for name, states in BY_URGENCY.items() if states),
        default=Value(URGENCY["not_selected"]),
        output_field=IntegerField(),
    )
    of_one = ExportItem.objects.filter(prospect=OuterRef("pk")).order_by().values("prospect")
    return Coalesce(Subquery(of_one.annotate(first=Min(ranks)).values("first")), Value(URGENCY["not_selected"]))
