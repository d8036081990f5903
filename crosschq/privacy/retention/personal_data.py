"""Personal data of retention: the address of a person under a legal hold."""

from django.utils.translation import gettext as _

from crosschq.privacy.retention.models import LegalHold
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

COLUMNS: list[Column] = [
    *personal(
        "retention.LegalHold",
        "email",
        of=(PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.READER, PersonKind.PROSPECT),
        until="until the hold is released; encrypted",
    ),
    *impersonal("retention.LegalHold", "reason", why="written for a list that says to name nobody"),
    *impersonal("retention.RemovedRows", "table", why="the name of a table"),
]


def find(sought: Sought) -> list[Match]:
    """Nothing: a hold is about rows that the other apps find."""
    return []


def all_keys() -> list[str]:
    """Nothing: see `find`."""
    return []


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """The holds on the person. Call inside `tenant()`."""
    holds = [hold for hold in LegalHold.objects.filter(released_at=None) if email_keys(hold.email) & person.keys]
    return [ExportSection(_("Legal holds"), [{"placed_at": hold.placed_at, "reason": hold.reason} for hold in holds])]


def correct(person: Person, correction: Correction) -> int:
    """Change nothing: a hold is placed on the address that it names."""
    return 0


def erase(person: Person) -> int:
    """Erase nothing: a person under a hold isn't erased, and releasing a hold erases its address."""
    return 0
