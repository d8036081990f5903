"""Personal data in prospects, including former prospects that staff still have to delete in the ATS."""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from crosschq.core.database.keys import among_keys
from crosschq.core.security import secret_links
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
    MOST_NAMES_READ,
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    email_keys,
    impersonal,
    personal,
    rows_of,
    work_columns,
)
from prospects.models import Consent, ExportItem, Prospect, ProspectWord, Removal, store_words
from prospects.opt_in.removal import remove
from requests_app.attention import word_search

PROSPECTS = (PersonKind.PROSPECT,)
UNTIL = "until the consent ends, a year after it was given"
OF_THE_ATS = "options of the ATS"
COLUMNS: list[Column] = [
    *personal("prospects.Prospect", *Prospect.PERSONAL, of=PROSPECTS, until=UNTIL),
    *personal("prospects.ProspectWord", "word", of=PROSPECTS, until=UNTIL),
    *impersonal("prospects.Prospect", "removal", why="from a fixed list"),
    *personal(
        "prospects.Prospect",
        "ats_candidate_id",
        of=PROSPECTS,
        until="until staff have deleted the exported candidate in the ATS",
    ),
    *impersonal("prospects.Consent", "text", why="our wording of the consent"),
    *work_columns("prospects.ExportItem"),
    *impersonal("prospects.ExportItem", "reason", "job_id", "job_title", "outcome", why="fixed sentences, and the job"),
    *personal("prospects.ExportItem", "candidate_id", of=PROSPECTS, until=UNTIL),
    *impersonal(
        "prospects.ExportSettings",
        "source_type_id",
        "source_type_label",
        "source_subtype_id",
        "source_id",
        "source_label",
        "jobs",
        "tags",
        "problem",
        "cached_options",
        why=OF_THE_ATS,
    ),
    *impersonal("prospects.KnownTag", "tag", "tag_key", why=OF_THE_ATS),
    *impersonal(
        "prospects.JobOption",
        "job_id",
        "title",
        "ref_number",
        "city",
        "status",
        "search_key",
        "sort_key",
        why=OF_THE_ATS,
    ),
    *work_columns("prospects.OptionsRefresh"),
    *impersonal("prospects.OptionsRefresh", "reason", "part", why="fixed sentences"),
    *impersonal("prospects.OptInExclusion", "relationship", why="from a fixed list"),
]
ADDRESSES = [AddressColumn("prospects.Prospect", "email", where=Q(removed_at=None), has_key=True)]


def find(sought: Sought) -> list[Match]:
    """Prospects, and former prospects still to delete in the ATS. Call inside `tenant()`."""
    prospects = Prospect.objects.filter(removed_at=None)
    matching = Q(uid__in=sought.uids) | Q(email_key__in=sought.email_keys)
    having = word_search.find(" ".join(sought.words), ProspectWord, "prospect", MOST_NAMES_READ)
    if having:
        full = Concat("first_name", Value(" "), "last_name")
        named = prospects.alias(full=full).filter(among_keys(having.keys)).filter(sought.named("full"))
        # Found first, because among other conditions, PostgreSQL would compare every row with what a subquery finds.
        matching |= Q(pk__in=list(named.order_by("-created_at").values_list("pk", flat=True)[: sought.most]))
    return [
        Match(
            PersonKind.PROSPECT,
            prospect.uid,
            prospect.name,
            prospect.email,
            prospect.phone,
            email_keys(prospect.email, prospect.email_key),
            about=", ".join(filter(None, (prospect.title, prospect.employer))),
            at=prospect.created_at,
            page=("prospects:detail", str(prospect.uid)),
        )
        for prospect in prospects.filter(matching).order_by("-created_at")[: sought.most]
    ]


def all_keys() -> list[str]:
    """The keys of all prospects. Call inside `tenant()`."""
    return [*email_keys(*Prospect.objects.filter(removed_at=None).values_list("email", flat=True))]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """What we store about the prospect. Call inside `tenant()`."""
    if not person.uids(PersonKind.PROSPECT):
        return []
    rows = _prospects(person)
    consents = Consent.objects.filter(prospect__in=rows)
    exports = ExportItem.objects.filter(prospect__in=rows)
    return [
        ExportSection(
            _("Prospect"), rows_of(rows, "uid", *Prospect.PERSONAL, "created_at", "ends_at", "ats_candidate_id")
        ),
        ExportSection(_("Consents"), rows_of(consents, "version", "text", "given_at", "ends_at")),
        ExportSection(
            _("Exports to the ATS"), rows_of(exports, "job_title", "state", "outcome", "candidate_id", "finished_at")
        ),
    ]


def correct(person: Person, correction: Correction) -> int:
    """Set the correct details. Returns how many prospects changed. Call inside `tenant()`."""
    details = {"email": correction.email, "phone": correction.phone}
    changes = correction.names | {name: value for name, value in details.items() if value}
    if correction.email:
        changes["email_key"] = address_key(correction.email)
        for uid in person.uids(PersonKind.PROSPECT):
            secret_links.revoke(subject=uid)
    if not changes:
        return 0
    count = _prospects(person).update(**changes)
    store_words(list(_prospects(person)))
    return count


def erase(person: Person) -> int:
    """Remove the prospect. A tombstone without personal data says what to delete in the ATS. Call inside `tenant()`."""
    count = 0
    for prospect in _prospects(person):
        secret_links.revoke(subject=prospect.uid)
        count += remove(prospect, why=Removal.ERASED)
    return count


def _prospects(person: Person) -> "QuerySet[Prospect]":
    found: QuerySet[Prospect] = Prospect.objects.filter(uid__in=person.uids(PersonKind.PROSPECT), removed_at=None)
    return found
