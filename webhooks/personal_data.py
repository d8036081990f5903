"""Personal data in the event log: the candidates whose moves it lists."""

from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.database.chunks import in_chunks
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.email_keys import address_key
from crosschq.core.text.redaction import is_whole_name, redact
from crosschq.messaging import personal_data as messages
from crosschq.tenancy.addresses import AddressColumn, same_addresses
from crosschq.tenancy.person import (
    MOST_NAMES_READ,
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    ats_keys,
    email_keys,
    impersonal,
    personal,
    request_keys,
    rows_of,
    work_columns,
)
from requests_app.models import ReferenceRequest
from webhooks.decision import erased_candidates
from webhooks.models import InboundEvent, MutedJob, Notice, Replay

CANDIDATES = (PersonKind.EVENT,)
STAFF = (PersonKind.MEMBER,)
COLLEAGUES = (PersonKind.READER, PersonKind.OWNER, PersonKind.DIRECTORY, PersonKind.MANAGER)
OUTSIDERS = (PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.PROSPECT, PersonKind.EVENT)
# What an event says about its owner and about members.
SAID = ("values", "checks", "attempt_log")
KEPT = "90 days"
ERASED = "no.erased"
COLUMNS: list[Column] = [
    *work_columns("webhooks.InboundEvent"),
    *personal(
        "webhooks.InboundEvent",
        "reason",
        "body",
        "values",
        "checks",
        "attempt_log",
        "candidate_name",
        "chosen_email",
        of=CANDIDATES,
        until=KEPT,
    ),
    *personal(
        "webhooks.InboundEvent",
        "event_id",
        "candidate_id",
        of=CANDIDATES,
        until="90 days, even after an erasure: the ATS's ids, so that a repeated move is recognized",
    ),
    *personal("webhooks.InboundEvent", "asked_by", of=STAFF, until=KEPT),
    *impersonal(
        "webhooks.InboundEvent",
        "event_name",
        "event_version",
        "outcome",
        "job_id",
        "job_title",
        "notified_outcome",
        why="about the job, and values from fixed lists",
    ),
    *personal("webhooks.Replay", "by_name", of=STAFF, until=KEPT),
    *work_columns("webhooks.Notice"),
    *impersonal("webhooks.Notice", "reason", "outcome", why="fixed sentences"),
    *personal("webhooks.Notice", "key", of=CANDIDATES, until="90 days: the ATS's ids"),
    *personal("webhooks.Notice", "to_email", "to_name", of=STAFF, until=KEPT),
    *personal("webhooks.MutedJob", "by_name", of=STAFF, until="as long as the connection"),
    *impersonal("webhooks.MutedJob", "job_id", why="a job"),
    *impersonal(
        "webhooks.ErasedCandidate",
        "candidate_hash",
        "address_hashes",
        why="keyed hashes, so that we don't ask an erased candidate again",
    ),
    *work_columns("webhooks.ConnectionJob"),
    *impersonal("webhooks.ConnectionJob", "reason", "kind", why="fixed sentences"),
]
CHOSEN = AddressColumn(
    "webhooks.InboundEvent",
    "chosen_email",
    # An erased one that no other event of the candidate names.
    where=~Q(candidate_id="") & ~Q(candidate_name="", outcome=ERASED),
    ats=("connection_id", "candidate_id"),
)
ADDRESSES = [CHOSEN]


def find(sought: Sought) -> list[Match]:
    """One match for each candidate in the log. Call inside `tenant()`."""
    events = InboundEvent.objects.exclude(candidate_id="")
    matching = Q(uid__in=sought.uids) | sought.named(
        "candidate_name", among=lambda: events.order_by("-created_at", "-id")[:MOST_NAMES_READ]
    )
    matching |= sought.at(CHOSEN)
    merged = _started(events, sought)
    for connection, candidate in merged:
        matching |= Q(connection=connection, candidate_id=candidate)
    for connection, candidate in sought.ats_ids:
        matching |= Q(connection=connection, candidate_id=candidate)
    groups = events.filter(matching).order_by().values("connection_id", "candidate_id")
    counted = groups.annotate(events=Count("pk"), latest=Max("pk"), name=Max("candidate_name"))[: sought.most]
    by_newest = {group["latest"]: group for group in counted}
    if not by_newest:
        return []
    newest = events.filter(pk__in=by_newest).select_related("connection")
    newest = newest.only("uid", "created_at", "chosen_email", "outcome", "candidate_id", "connection__vendor")
    return [
        Match(
            PersonKind.EVENT,
            event.uid,
            by_newest[event.pk]["name"],
            event.chosen_email,
            keys=ats_keys(event.connection_id, event.candidate_id)
            | email_keys(event.chosen_email)
            | request_keys(*merged.get((event.connection_id, event.candidate_id), ())),
            at=event.created_at,
            count=by_newest[event.pk]["events"],
            page=("events:detail", event.connection.vendor, str(event.uid)),
        )
        for event in newest.order_by("-pk")
        if by_newest[event.pk]["name"] or event.outcome != ERASED
    ]


def _started(events: "QuerySet[InboundEvent]", sought: Sought) -> dict[tuple[int, str], list[UUID]]:
    """The candidates whose moves started these requests, with the requests.

    If the profile was merged since, the request has the id of another one.
    """
    event = events.filter(uid=OuterRef("origin_event"))
    rows = ReferenceRequest.objects.filter(uid__in=sought.uids, origin_event__isnull=False)
    started = rows.values_list(Subquery(event.values("connection")), Subquery(event.values("candidate_id")), "uid")
    found: dict[tuple[int, str], list[UUID]] = {}
    for connection, candidate, uid in started:
        if candidate:
            found.setdefault((connection, candidate), []).append(uid)
    return found


def all_keys() -> list[str]:
    """The keys of all candidates in the log. Call inside `tenant()`."""
    events = InboundEvent.objects.exclude(outcome=ERASED).order_by()
    rows = events.values_list("connection_id", "candidate_id", "chosen_email").distinct()
    return [key for connection, candidate, email in rows for key in ats_keys(connection, candidate) | email_keys(email)]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """What we store about the candidate's moves. Call inside `tenant()`."""
    columns = ("created_at", "event_name", "candidate_id", "candidate_name", "job_title", "outcome", "checks")
    return [ExportSection(_("Moves in the event log"), rows_of(_events(person).order_by("created_at"), *columns))]


def correct(person: Person, correction: Correction) -> int:
    """Set the correct name. Call inside `tenant()`."""
    return _events(person).update(candidate_name=correction.name) if correction.name else 0


def _forget_staff(person: Person) -> int:
    """Remove an owner without an account from their events, which also ends the access that their codes gave."""
    keys = {address_key(email) for email in person.emails}
    notices = Notice.objects.filter(same_addresses(Notice.objects.all(), "to_email", keys))
    count = notices.update(to_email="", to_name="")
    is_staff = bool(person.uids(*COLLEAGUES)) or not person.uids(*OUTSIDERS)
    names = [name for name in person.names if is_whole_name(name)]
    if not is_staff:
        return count
    by = _("an erased colleague")
    count += MutedJob.objects.filter(by_name__in=names).update(by_name=by)
    count += Replay.objects.filter(by_name__in=names).update(by_name=by)
    count += InboundEvent.objects.filter(asked_by__in=names).update(asked_by=by)
    words = [*names, *person.emails]
    texts = {f"{column}_text": Cast(column, TextField()) for column in SAID}
    mentions = reduce(or_, (Q(**{f"{text}__icontains": word}) for text in texts for word in words), Q(pk__in=[]))
    for event in in_chunks(InboundEvent.objects.alias(**texts).filter(mentions).only(*SAID), 500):
        said = {column: _redacted(getattr(event, column), words, by=by) for column in SAID}
        count += InboundEvent.objects.filter(pk=event.pk).update(**said)
    return count


def _redacted(value: Any, words: list[str], *, by: str) -> Any:
    """The JSON value without these words in its texts."""
    if isinstance(value, dict):
        return {name: _redacted(each, words, by=by) for name, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each, words, by=by) for each in value]
    return redact(value, words, by=by) if isinstance(value, str) else value


def erase(person: Person) -> int:
    """Remove the candidate from the log. Call inside `tenant()`.

    The ids stay for 90 days. Without them, the ATS could repeat the move and we would ask the candidate again.
    """
    events = _events(person)
    uids: list[UUID] = list(events.values_list("uid", flat=True))
    Notice.objects.filter(event__uid__in=uids).delete()
    forgotten = _forget_staff(person)
    erased_candidates.block(person.of(PersonKind.CANDIDATE, PersonKind.EVENT).sought.ats_ids, emails=person.emails)
    changed = InboundEvent.objects.filter(uid__in=uids).update(
        state=WorkState.DONE,
        finished_at=clock.now(),
        lease_until=None,
        lease_token=None,
        body=b"",
        outcome=ERASED,
        notified_outcome=ERASED,
        outcome_at=clock.now(),
        values={},
        checks=[],
        attempt_log=[],
        reason="",
        candidate_name="",
        chosen_email="",
        reference_request_uid=None,
    )
    return changed + forgotten + messages.erase_about(uids)


def _events(person: Person) -> "QuerySet[InboundEvent]":
    """The events of these candidates, including those that we know from their request."""
    matching = Q(uid__in=person.uids(PersonKind.EVENT))
    for connection, candidate in person.of(PersonKind.CANDIDATE, PersonKind.EVENT).sought.ats_ids:
        matching |= Q(connection=connection, candidate_id=candidate)
    found: QuerySet[InboundEvent] = InboundEvent.objects.filter(matching)
    return found
