"""Names for events that ended before the candidate or job was read: taken from other events and from cached jobs."""

from collections.abc import Iterable

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from connectors.models import CachedJob
from webhooks.models import InboundEvent


def with_names(rows: "QuerySet[InboundEvent]") -> "QuerySet[InboundEvent]":
    """Annotate the rows with the names that `named` needs. Looks them up only where a row lacks them."""
    same_candidate = InboundEvent.objects.filter(
        connection_id=OuterRef("connection_id"), candidate_id=OuterRef("candidate_id")
    ).exclude(candidate_id="")
    names = same_candidate.exclude(candidate_name="").order_by("-created_at", "-pk").values("candidate_name")[:1]
    same_job = same_candidate.filter(job_id=OuterRef("job_id")).exclude(job_title="")
    titles = same_job.order_by("-created_at", "-pk").values("job_title")[:1]
    known = CachedJob.objects.filter(connection_id=OuterRef("connection_id"), ats_id=OuterRef("job_id"))
    known_titles = known.annotate(title=KT("job__title")).values("title")[:1]
    job = Coalesce(Subquery(known_titles), Subquery(titles), Value(""), output_field=TextField())
    return rows.annotate(
        known_name=Case(
            When(candidate_name="", then=Coalesce(Subquery(names), Value(""))),
            default=F("candidate_name"),
            output_field=TextField(),
        ),
        known_job=Case(When(job_title="", then=job), default=F("job_title"), output_field=TextField()),
    )


def named(events: Iterable[InboundEvent]) -> list[InboundEvent]:
    """Return rows of `with_names` with their names set for display. Saves nothing."""
    found = list(events)
    for event in found:
        event.candidate_name, event.job_title = event.known_name, event.known_job  # type: ignore[attr-defined]
    return found
