"""Names for events that ended before the candidate or job was read: from other events, requests, and cached jobs."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from connectors.models import CachedJob, Connection
from crosschq.core.database.folded import FoldedContains
from requests_app.models import ReferenceRequest
from webhooks.models import InboundEvent


def with_names(rows: "QuerySet[InboundEvent]") -> "QuerySet[InboundEvent]":
    """Annotate the rows with the names that `named` needs. Looks them up only where a row lacks them."""
    same_candidate = InboundEvent.objects.filter(
        connection_id=OuterRef("connection_id"), candidate_id=OuterRef("candidate_id")
    ).exclude(candidate_id="")
    names = same_candidate.exclude(candidate_name="").order_by("-created_at", "-pk").values("candidate_name")[:1]
    requests = ReferenceRequest.objects.filter(
        connection_id=OuterRef("connection_id"), ats_candidate_id=OuterRef("candidate_id")
    ).exclude(ats_candidate_id="")
    whole_name = NullIf(Trim(Concat("candidate_first_name", Value(" "), "candidate_last_name")), Value(""))
    of_requests = requests.order_by("-created_at", "-pk").annotate(whole_name=whole_name).values("whole_name")[:1]
    same_job = same_candidate.filter(job_id=OuterRef("job_id")).exclude(job_title="")
    titles = same_job.order_by("-created_at", "-pk").values("job_title")[:1]
    known = CachedJob.objects.filter(connection_id=OuterRef("connection_id"), ats_id=OuterRef("job_id"))
    known_titles = known.annotate(title=KT("job__title")).values("title")[:1]
    job = Coalesce(Subquery(known_titles), Subquery(titles), Value(""), output_field=TextField())
    name = Coalesce(Subquery(names), Subquery(of_requests), Value(""), output_field=TextField())
    return rows.annotate(
        known_name=Case(
            When(~Q(candidate_id=""), candidate_name="", then=name),
            default=F("candidate_name"),
            output_field=TextField(),
        ),
        known_job=Case(
            When(~Q(candidate_id="", job_id=""), job_title="", then=job),
            default=F("job_title"),
            output_field=TextField(),
        ),
    )


def names_containing(connection: Connection, words: str, among: "QuerySet[InboundEvent] | None" = None) -> Q:
    """The events of this connection whose candidate's name, as shown, contains these words. Call inside `tenant()`.

    among: look only at the names of the first events, this many, in them and in the newest request of each candidate.
    """
    events = InboundEvent.objects.filter(connection=connection).exclude(candidate_id="").order_by()
    candidates: QuerySet[InboundEvent, Any]
    candidates = events.filter(candidate_name__folded_contains=words).values("candidate_id")
    requests = ReferenceRequest.objects.filter(connection=connection).exclude(ats_candidate_id="").order_by()
    whole_name = Concat("candidate_first_name", Value(" "), "candidate_last_name", output_field=TextField())
    requested = requests.annotate(whole_name=whole_name).filter(whole_name__folded_contains=words)
    of_requests = Q(candidate_id__in=requested.values("ats_candidate_id"))
    if among is not None:
        # One index lookup and one name for each event. With EXISTS, the planner would compare each with all requests.
        of_one = requests.filter(ats_candidate_id=OuterRef("candidate_id")).annotate(whole_name=whole_name)
        newest = of_one.order_by("-created_at", "-pk").values("whole_name")[:1]
        of_requests = Q(FoldedContains(Subquery(newest, output_field=TextField()), words))
        # A slice can't be filtered, and reading its rows again by their keys costs more than a NULL for each other row.
        has_it = When(~Q(candidate_id=""), candidate_name__folded_contains=words, then=F("candidate_id"))
        candidates = among.annotate(found=Case(has_it)).values("found")
    return (
        Q(candidate_name__folded_contains=words)
        | Q(candidate_name="", candidate_id__in=candidates)
        | Q(of_requests, candidate_name="")
    )


def jobs_containing(connection: Connection, words: str) -> Q:
    """The same for the job's title."""
    jobs = CachedJob.objects.filter(connection=connection).annotate(title=KT("job__title")).order_by()
    return Q(job_title__folded_contains=words) | Q(
        job_title="", job_id__in=jobs.filter(title__folded_contains=words).values("ats_id")
    )


def add_names(event: InboundEvent) -> None:
    """Set the names of a row for display, with a query only if it lacks one. Saves nothing."""
    if event.candidate_name and event.job_title:
        return
    # None if the row was deleted since it was read.
    for known in named(with_names(InboundEvent.objects.filter(pk=event.pk).defer("body"))):
        event.candidate_name, event.job_title = known.candidate_name, known.job_title


def named(events: Iterable[InboundEvent]) -> list[InboundEvent]:
    """Return rows of `with_names` with their names set for display. Saves nothing."""
    found = list(events)
    for event in found:
        event.candidate_name, event.job_title = event.known_name, event.known_job  # type: ignore[attr-defined]
    return found
