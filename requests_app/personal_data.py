"""Personal data in requests: candidates, references, their answers, and readers of reports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from crosschq.core.database.counting import CountUpTo
from crosschq.core.database.keys import among_keys
from crosschq.core.security.pseudonyms import pseudonym
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
    MOST_NAMES_READ,
    MOST_READERS,
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
    work_columns,
)
from requests_app.attention import word_search
from requests_app.erasure import erase_owner, erase_reader, erase_reference, erase_request
from requests_app.models import ListDownload, Reader, Reference, ReferenceRequest, SearchWord
from requests_app.personal_corrections import correct_candidate, correct_owner, correct_reader, correct_reference
from requests_app.personal_export import sections

CANDIDATE, REFERENCE, READER = (PersonKind.CANDIDATE,), (PersonKind.REFERENCE,), (PersonKind.READER,)
WITH_REQUEST = "as long as the request"
COLUMNS: list[Column] = [
    *personal(
        "requests_app.ReferenceRequest",
        "candidate_first_name",
        "candidate_last_name",
        "candidate_email",
        "candidate_phone",
        "ats_candidate_id",
        "ats_application_id",
        of=CANDIDATE,
        until=WITH_REQUEST,
    ),
    *personal(
        "requests_app.ReferenceRequest",
        "owner_name",
        "owner_email",
        "owner_rule",
        "origin_sentence",
        of=READER,
        until=WITH_REQUEST,
    ),
    *personal("requests_app.ReferenceRequest", "search_text", of=(*CANDIDATE, *REFERENCE), until=WITH_REQUEST),
    *personal("requests_app.ReferenceRequest", "personal_message", of=(*CANDIDATE, *READER), until=WITH_REQUEST),
    *impersonal(
        "requests_app.ReferenceRequest",
        "state",
        "problem",
        "position",
        "job_title",
        "ats_job_id",
        why="the state, and the job",
    ),
    *personal("requests_app.Reader", "name", "email", "email_key", "reason", of=READER, until=WITH_REQUEST),
    *impersonal("requests_app.Reader", "role", why="from a fixed list"),
    *impersonal(
        "requests_app.DeletedReport", "link_hash", why="a hash of a random uid, and when the report was deleted"
    ),
    *personal(
        "requests_app.Reference",
        "name",
        "relationship",
        "company",
        "years",
        "email",
        "email_key",
        "phone",
        "candidate_title",
        "message",
        "other_kind_reason",
        "stated_title",
        "stated_years",
        "relationship_comment",
        "decline_reason",
        of=REFERENCE,
        until=WITH_REQUEST,
    ),
    *impersonal("requests_app.Reference", "state", "approval", why="from a fixed list"),
    *impersonal("requests_app.Agreement", "text", why="our wording of what they agreed to"),
    *personal(
        "requests_app.NetworkTrace",
        "network_hash",
        of=(*CANDIDATE, *REFERENCE),
        until="until the request ends; a keyed hash",
    ),
    *personal("requests_app.Answer", "choices", "text", of=(*CANDIDATE, *REFERENCE), until=WITH_REQUEST),
    *personal("requests_app.SearchWord", "word", of=(*CANDIDATE, *REFERENCE), until=WITH_REQUEST),
    *personal("requests_app.TimelineEntry", "sentence", of=(*CANDIDATE, *REFERENCE, *READER), until=WITH_REQUEST),
    *impersonal("requests_app.TimelineEntry", "kind", why="from a fixed list"),
    *impersonal("requests_app.ReportVersion", "cause", why="from a fixed list"),
    *work_columns("requests_app.ReportFile"),
    *impersonal("requests_app.ReportFile", "reason", "fingerprint", why="fixed sentences, and a keyed hash"),
    *personal("requests_app.ReportFile", "pdf", of=(*CANDIDATE, *REFERENCE), until="7 days"),
    *work_columns("requests_app.Reminder"),
    *work_columns("requests_app.BulkAction"),
    *impersonal("requests_app.BulkAction", "reason", "act", why="fixed sentences, and values from fixed lists"),
    *impersonal("requests_app.BulkItem", "result", "why", "reason", why="fixed sentences, and values from fixed lists"),
    *work_columns("requests_app.ListDownload"),
    *impersonal("requests_app.ListDownload", "reason", "separator", why="fixed sentences, and a separator"),
    *personal("requests_app.ListDownload", "filters", of=(*CANDIDATE, *READER), until="a day; encrypted"),
    *personal("requests_app.ListDownloadPart", "content", of=(*CANDIDATE, *READER), until="a day; encrypted"),
    *personal("requests_app.Reminder", "reason", "requested_by", of=READER, until=WITH_REQUEST),
]


def _owner_uid(pk: int, owner_key: str) -> UUID:
    """The uid of an owner as a person. It leads to a request that they own, and to no one once someone else owns it."""
    half = pseudonym(owner_key, purpose="owner")[:8]
    return UUID(bytes=(pk ^ int.from_bytes(half)).to_bytes(8) + half)


def _pk_in(uid: UUID) -> int:
    """The primary key in the uid of an owner; of any other uid, some number."""
    return ((uid.int >> 64) ^ (uid.int & (1 << 64) - 1)) & (1 << 63) - 1


OF_REAL_REQUESTS = Q(reference_request__is_test=False)
CANDIDATE_ADDRESSES = AddressColumn(
    "requests_app.ReferenceRequest",
    "candidate_email",
    where=Q(is_test=False),
    mailbox="candidate_mailbox",
    ats=("connection_id", "ats_candidate_id"),
)
ADDRESSES = [
    CANDIDATE_ADDRESSES,
    AddressColumn("requests_app.Reference", "email", where=OF_REAL_REQUESTS, has_key=True),
    AddressColumn("requests_app.Reader", "email", where=OF_REAL_REQUESTS, has_key=True),
    AddressColumn(
        "requests_app.ReferenceRequest",
        "owner_key",
        where=Q(is_test=False) & ~Q(owner_email=""),
        has_key=True,
        key_in=_pk_in,
        uid_of=_owner_uid,
    ),
]


def find(sought: Sought) -> list[Match]:
    """Candidates, references, and readers, one match for each request, and owners. Call inside `tenant()`."""
    having = word_search.find(" ".join(sought.words), SearchWord, "reference_request", MOST_NAMES_READ)
    keys = having.keys if having else []
    return [*_candidates(sought, keys), *_references(sought, keys), *_readers(sought), *_owners(sought)]


def _newest() -> "QuerySet[ReferenceRequest]":
    """Where the names of readers and owners are searched, which have no words."""
    return ReferenceRequest.objects.filter(is_test=False).order_by("-created_at", "-id")[:MOST_NAMES_READ]


def _first_keys(named: "QuerySet[Any]", sought: Sought) -> list[int]:
    """Found first, because among other conditions, PostgreSQL would compare every row with what a subquery finds."""
    return list(named.order_by("-created_at").values_list("pk", flat=True)[: sought.most])


def _candidates(sought: Sought, having_words: Sequence[int]) -> list[Match]:
    """having_words: the keys of requests whose candidate or references may be named so."""
    requests = ReferenceRequest.objects.filter(is_test=False)
    matching = Q(uid__in=sought.uids) | sought.at(CANDIDATE_ADDRESSES)
    for connection, candidate in sought.ats_ids:
        matching |= Q(connection=connection, ats_candidate_id=candidate)
    if having_words:
        full = Concat("candidate_first_name", Value(" "), "candidate_last_name")
        named = requests.alias(full=full).filter(among_keys(having_words)).filter(sought.named("full"))
        matching |= Q(pk__in=_first_keys(named, sought))
    return [
        Match(
            PersonKind.CANDIDATE,
            found.uid,
            found.candidate_name,
            found.candidate_email,
            found.candidate_phone,
            email_keys(found.candidate_email)
            | ats_keys(found.connection_id, found.ats_candidate_id)
            | request_keys(found.uid),
            about=f"{found.position}, {found.get_state_display()}",
            at=found.created_at,
            request=found.uid,
            page=_page(found),
        )
        for found in requests.filter(matching).order_by("-created_at")[: sought.most]
    ]


def _references(sought: Sought, having_words: Sequence[int]) -> list[Match]:
    references = Reference.objects.filter(reference_request__is_test=False).select_related("reference_request")
    matching = Q(uid__in=sought.uids) | Q(email_key__in=sought.email_keys)
    if having_words:
        named = Reference.objects.filter(reference_request__in=having_words).filter(sought.named("name"))
        matching |= Q(pk__in=_first_keys(named, sought))
    return [
        Match(
            PersonKind.REFERENCE,
            found.uid,
            found.name,
            found.email,
            found.phone,
            email_keys(found.email, found.email_key),
            about=_("For %(candidate)s, %(state)s")
            % {"candidate": found.reference_request.candidate_name, "state": found.get_state_display()},
            at=found.created_at,
            request=found.reference_request.uid,
            page=_page(found.reference_request),
        )
        for found in references.filter(matching).order_by("-created_at")[: sought.most]
    ]


def _readers(sought: Sought) -> list[Match]:
    readers = Reader.objects.filter(reference_request__is_test=False).select_related("reference_request")
    named = sought.named("name", among=lambda: Reader.objects.filter(reference_request__in=_newest().values("pk")))
    matching = Q(uid__in=sought.uids) | named
    if sought.newest_readers:
        for key in sorted(sought.email_keys):
            newest = readers.filter(email_key=key).order_by("-pk").values("pk")
            matching |= Q(among_keys(newest[: MOST_READERS + 1]))
    else:
        matching |= Q(email_key__in=sought.email_keys)
    return [
        Match(
            PersonKind.READER,
            found.uid,
            found.name,
            found.email,
            keys=email_keys(found.email, found.email_key),
            about=_("%(role)s, report for %(position)s")
            % {"role": found.get_role_display(), "position": found.reference_request.position},
            at=found.reference_request.created_at,
            request=found.reference_request.uid,
            page=_page(found.reference_request),
        )
        for found in readers.filter(matching).order_by("-reference_request__created_at")[: sought.most]
    ]


def _owners(sought: Sought) -> list[Match]:
    """One match for each address that owns requests, also without access to their reports. See CountUpTo."""
    requests, keys = ReferenceRequest.objects.filter(is_test=False).exclude(owner_email=""), sought.email_keys
    matching = sought.named("owner_name", among=_newest) | Q(pk__in=map(_pk_in, sought.uids))
    for key in sorted(keys):
        newest = requests.filter(owner_key=key).order_by("-created_at", "-pk").values("pk")
        matching |= Q(among_keys(newest[:1]))
    groups = requests.filter(matching).order_by().values_list("owner_key").annotate(latest=Max("pk"))[: sought.most]
    owned = [latest for key, latest in groups if sought.words or key in keys or _owner_uid(latest, key) in sought.uids]
    if not owned:
        return []
    same_owner = requests.filter(owner_key=OuterRef("owner_key"))
    return [
        Match(
            PersonKind.OWNER,
            _owner_uid(found.pk, found.owner_key),
            found.owner_name,
            found.owner_email,
            keys=email_keys(found.owner_email, found.owner_key),
            about=found.position,
            at=found.created_at,
            count=found.owned,
        )
        for found in requests.filter(pk__in=owned).annotate(owned=CountUpTo(same_owner)).order_by("-created_at")
    ]


def _page(reference_request: ReferenceRequest) -> tuple[str, str]:
    return "requests:detail", str(reference_request.uid)


def all_keys() -> list[str]:
    """The keys of all candidates, references, readers, and owners. Call inside `tenant()`."""
    found: set[str] = set()
    requests = ReferenceRequest.objects.filter(is_test=False)
    for connection, candidate, email in requests.values_list("connection_id", "ats_candidate_id", "candidate_email"):
        found |= ats_keys(connection, candidate) | email_keys(email)
    for people in (Reference.objects, Reader.objects):
        found |= email_keys(*people.order_by().values_list("email", flat=True).distinct())
    found |= email_keys(*requests.order_by().values_list("owner_email", flat=True).distinct())
    return [*found]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """What we store about the person. Call inside `tenant()`.

    A candidate gets the answers of their references if the organization shows them anyway, or with `with_answers`.
    docs/decisions/0026 explains why.
    """
    return sections(person, _requests(person), _owned(person), with_answers=with_answers)


def _requests(person: Person) -> "QuerySet[ReferenceRequest]":
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.filter(uid__in=person.uids(PersonKind.CANDIDATE))
    return found.select_related("organization")


def _owned(person: Person) -> "QuerySet[ReferenceRequest]":
    """The requests that the person owns, also without access to their report."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.filter(
        owner_key__in=person.sought.email_keys, is_test=False
    )
    return found


def correct(person: Person, correction: Correction) -> int:
    """Correct a person's details in all requests. Returns how many rows changed. Call inside `tenant()`."""
    count = sum(correct_candidate(found, correction) for found in _requests(person))
    references = Reference.objects.filter(uid__in=person.uids(PersonKind.REFERENCE))
    readers = Reader.objects.filter(uid__in=person.uids(PersonKind.READER))
    count += sum(correct_reference(found, correction) for found in references.select_related("reference_request"))
    count += sum(correct_reader(found, correction) for found in readers.select_related("reference_request"))
    return count + sum(correct_owner(found, correction) for found in _owned(person))


def erase(person: Person) -> int:
    """Erase the requests about the person, and the person from other requests. Call inside `tenant()`."""
    count = sum(erase_request(found) for found in _requests(person))
    references = Reference.objects.filter(uid__in=person.uids(PersonKind.REFERENCE))
    readers = Reader.objects.filter(uid__in=person.uids(PersonKind.READER))
    for reference in references.select_related("reference_request"):
        count += erase_reference(reference)
    keys = person.sought.email_keys
    for reader in readers.select_related("reference_request"):
        read = reader.reference_request
        is_owner = read.owner_key in keys and (read.owner_name, read.owner_email) == (reader.name, reader.email)
        count += erase_reader(reader, is_owner=is_owner)
    for owned in _owned(person):
        count += erase_owner(owned)
    return count + (erase_downloads() if person.matches else 0)


def erase_downloads() -> int:
    """Delete all files of request lists, which may mention a person. They are short-lived and easy to create."""
    deleted, _tables = ListDownload.objects.all().delete()
    return deleted
