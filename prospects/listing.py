"""The prospects of an organization as its staff looks for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crosschq.core.work import State

from .export_models import ExportItem
from .keeping import ENDS_SOON
from .models import Consent, Prospect

EXPORT_STATES: Mapping[str, Any] = {
    "exported": _("Exported"),
    "waiting": _("Waiting"),
    "attention": _("Needs attention"),
    "not_selected": _("Not selected"),
}
SET_BACK = (State.HELD, State.UNKNOWN, State.DEAD)
UNDER_WAY = (State.PENDING, State.WORKING)


@dataclass(frozen=True)
class Wanted:
    """What is looked for: words, one of EXPORT_STATES, those whose consent ends soon. Empty is all."""

    search: str = ""
    export: str = ""
    ends_soon: bool = False


def listed(wanted: Wanted, now: datetime) -> QuerySet[Prospect]:
    """Newest first, with the consents and `export_state` of each."""
    return (
        matching(wanted, now)
        .prefetch_related(Prefetch("consents", Consent.objects.select_related("reference__request")))
        .order_by("-created_at", "-id")
    )


def matching(wanted: Wanted, now: datetime) -> QuerySet[Prospect]:
    """The live prospects in whose details every word is found, and who are in that state of export."""
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at=None).annotate(
        attention=_has(SET_BACK), waiting=_has(UNDER_WAY), exported=_has([State.DONE])
    )
    for word in wanted.search.split():
        found = found.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(employer__icontains=word)
            | Q(title__icontains=word)
            | Q(area_of_interest__icontains=word)
        )
    if wanted.ends_soon:
        found = found.filter(ends_at__lte=now + ENDS_SOON)
    condition = {
        "attention": Q(attention=True),
        "waiting": Q(attention=False, waiting=True),
        "exported": Q(attention=False, waiting=False, exported=True),
        "not_selected": Q(attention=False, waiting=False, exported=False),
    }.get(wanted.export)
    return found.filter(condition) if condition is not None else found


def export_state(prospect: Any) -> str:
    """One of EXPORT_STATES, of a prospect from this module: what needs attention goes first."""
    for state in ("attention", "waiting", "exported"):
        if getattr(prospect, state):
            return state
    return "not_selected"


def gave_reference_for(consents: Iterable[Consent]) -> list[str]:
    """The candidates after whose reference the person opted in, newest first."""
    names = [consent.reference.request.candidate_name for consent in consents if consent.reference]
    return list(dict.fromkeys(names))


def tombstones() -> QuerySet[Prospect]:
    """Whom staff still have to delete in the ATS, longest gone first."""
    found: QuerySet[Prospect] = Prospect.objects.filter(removed_at__isnull=False, ats_deleted_at=None)
    return found.exclude(ats_candidate_id="").order_by("removed_at", "id")


def _has(states: Iterable[str]) -> Exists:
    return Exists(ExportItem.objects.filter(prospect=OuterRef("pk"), state__in=list(states)))
