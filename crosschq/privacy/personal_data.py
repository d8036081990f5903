"""Personal data in the privacy desk itself: exports, for a few days."""

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.privacy.export.content import mentions
from crosschq.privacy.models import DataExport, Erasure, as_sought
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    impersonal,
    personal,
    work_columns,
)
from requests_app.erasure import redact_rows

ANYONE = (PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.READER, PersonKind.PROSPECT)
A_WEEK = "7 days; encrypted"
COLUMNS: list[Column] = [
    *work_columns("privacy.DataExport"),
    *impersonal("privacy.DataExport", "reason", why="fixed sentences"),
    *personal("privacy.DataExport", "sought", of=ANYONE, until=A_WEEK),
    *personal("privacy.ExportPart", "content", of=ANYONE, until=A_WEEK),
    *work_columns("privacy.Offboarding"),
    *impersonal("privacy.Offboarding", "reason", why="fixed sentences"),
    *work_columns("privacy.Erasure"),
    *impersonal("privacy.Erasure", "proof", why="names of tables"),
    *personal("privacy.Erasure", "reason", of=(PersonKind.MEMBER,), until="until that member is erased"),
    *personal(
        "privacy.Erasure", "sought", of=ANYONE, until="until the person is erased, a week if that fails; encrypted"
    ),
    *personal(
        "privacy.Erasure",
        "left_in_ats",
        of=ANYONE,
        until="until staff have deleted it in the ATS: the ATS's ids; encrypted",
    ),
]
ADDRESSES: list[AddressColumn] = []


def find(sought: Sought) -> list[Match]:
    """Find nothing: an export contains copies of what the other modules find."""
    return []


def all_keys() -> list[str]:
    """Find nothing: see `find`."""
    return []


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """Export nothing: an export doesn't contain other exports."""
    return []


def correct(person: Person, correction: Correction) -> int:
    """Change nothing: an export says what we stored when it was created."""
    return 0


def erase(person: Person) -> int:
    """Delete exports that mention the person, including exports of other people. Call inside `tenant()`.

    An erasure that failed may name the person as someone who couldn't take over its requests.
    """
    count = redact_rows(Erasure.objects.all(), ("reason",), person.words, by=_("an erased person"))
    return count + erase_exports(person.words, person.sought)


def erase_exports(words: list[str], sought: Sought) -> int:
    """Delete exports of these rows and keys, and those that mention these words.

    A candidate's export names their references. An export that a worker is creating now is created again.
    """
    making = DataExport.objects.filter(state=WorkState.WORKING)
    making.update(state=WorkState.PENDING, lease_until=None, lease_token=None, available_at=clock.now())
    own = [export.pk for export in _exports_of(sought)]
    others = DataExport.objects.filter(state=WorkState.DONE).exclude(pk__in=own)
    mentioned = [export.pk for export in others if mentions(export, words)]
    deleted, _tables = DataExport.objects.filter(pk__in=[*own, *mentioned]).delete()
    return deleted


def exports_of(person: Person) -> list[DataExport]:
    """The exports of this person, newest first. Call inside `tenant()`."""
    return _exports_of(person.sought)


def _exports_of(sought: Sought) -> list[DataExport]:
    rows = DataExport.objects.select_related("asked_by").order_by("-created_at", "-pk")
    return [row for row in rows if (own := as_sought(row.sought)).uids & sought.uids or own.keys & sought.keys]
