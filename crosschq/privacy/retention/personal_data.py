"""Personal data of retention: the address of a person under a legal hold, and what the reason says."""

from django.utils.translation import gettext as _

from crosschq.core.text.redaction import redact
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
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
)
from requests_app.erasure import redact_rows

COLUMNS: list[Column] = [
    *personal(
        "retention.LegalHold",
        "email",
        of=(PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.READER, PersonKind.PROSPECT),
        until="until the hold is released; encrypted",
    ),
    *personal(
        "retention.LegalHold",
        "reason",
        of=(PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.READER, PersonKind.PROSPECT),
        until="24 months after the hold was released; without the names of people who were erased",
    ),
    *impersonal("retention.RemovedRows", "table", why="the name of a table"),
]
ADDRESSES: list[AddressColumn] = []


def find(sought: Sought) -> list[Match]:
    """The holds in force on an address. There are few, so each is decrypted. Call inside `tenant()`."""
    if not (sought.uids or sought.email_keys):
        return []
    return [
        Match(
            PersonKind.HELD,
            hold.uid,
            email=hold.email,
            keys=email_keys(hold.email),
            about=hold.reason,
            at=hold.placed_at,
        )
        for hold in LegalHold.objects.filter(released_at=None).exclude(email="").order_by("-placed_at")
        if hold.uid in sought.uids or email_keys(hold.email) & sought.keys
    ]


def all_keys() -> list[str]:
    """The keys of all people under a hold. Call inside `tenant()`."""
    return [key for hold in LegalHold.objects.exclude(email="") for key in email_keys(hold.email)]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """The holds on the person, and those whose reason mentions them. Call inside `tenant()`."""
    holds = [
        hold
        for hold in LegalHold.objects.order_by("placed_at")
        if email_keys(hold.email) & person.keys or redact(hold.reason, person.words, by="") != hold.reason
    ]
    rows = [{"placed_at": hold.placed_at, "released_at": hold.released_at, "reason": hold.reason} for hold in holds]
    return [ExportSection(_("Legal holds"), rows)]


def correct(person: Person, correction: Correction) -> int:
    """Change nothing: a hold is placed on the address that it names."""
    return 0


def erase(person: Person) -> int:
    """Remove the person from the reasons of holds. Call inside `tenant()`.

    A person under a hold isn't erased, and releasing a hold erases its address.
    """
    return redact_rows(LegalHold.objects.all(), ("reason",), person.words, by=_("an erased person"))
