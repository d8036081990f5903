"""The audit log: an entry for each change of settings and each opened report, in the same transaction.

The database only lets it grow, so an entry holds no name and no address: who and what it is about are ids, looked up
when the log is shown. After an erasure, the id points to nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from crosschq.core.provided import Provided
from crosschq.core.security.pseudonyms import pseudonym
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.actor import Actor, EmailOwner
from crosschq.tenancy.models import AuditEntry, Organization

Details = Mapping[str, Any]


class Pseudonym(str):
    """A pseudonym of an address, which can be recognized while we know the address, but not read back.

    See `address`.
    """

    __slots__ = ()


class DetailKind(Enum):
    """What a detail holds, and so how it is shown. The first six are ids of a person, or of something about one."""

    MEMBER = "member"  # the primary key of a user
    INVITATION = "invitation"
    EVENT = "event"
    REQUEST = "request"
    READER = "reader"
    NOTIFIED = "notified"  # the event whose owner we emailed
    ADDRESS = "address"  # a pseudonym
    ID = "id"  # of anything that has no name to show
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    SLUG = "slug"  # from a fixed list in the code, or an id from the ATS
    SETTING = "setting"  # what members typed about their own organization, templates and surveys


_SETTINGS = (
    *(
        "asked",
        "ats_tag",
        "company_name",
        "default_template",
        "description",
        "field_name",
        "finish",
        "jobs",
        "messages",
    ),
    *("job_title", "name", "position", "privacy_url", "question", "questions", "reason", "reminder_days", "rules"),
    *("candidate_deleted", "retention", "size", "source", "step_name", "survey"),
    *("tags", "template", "templates", "topics"),
)
# Every detail that an entry can have. A text about a person has no place here.
DETAILS: Mapping[str, DetailKind] = {
    **dict.fromkeys(("member", "owner", "inviter"), DetailKind.MEMBER),
    "invitation": DetailKind.INVITATION,
    "event": DetailKind.EVENT,
    "request": DetailKind.REQUEST,
    **dict.fromkeys(("reader", "invited"), DetailKind.READER),
    "notified": DetailKind.NOTIFIED,
    **dict.fromkeys(("reply_to", "fallback_owner_email", "hiring_manager_email"), DetailKind.ADDRESS),
    **dict.fromkeys(("erasure", "export", "hold", "membership", "prospect"), DetailKind.ID),
    **dict.fromkeys(("bytes", "count", "due_days", "number", "prospects", "requests"), DetailKind.NUMBER),
    **dict.fromkeys(
        ("answers_shown", "existing", "job_hiring_managers", "new", "notify_hiring_managers"), DetailKind.FLAG
    ),
    **dict.fromkeys(("on", "self_reference", "text_messages_enabled"), DetailKind.FLAG),
    **dict.fromkeys(("day", "since"), DetailKind.DAY),
    **dict.fromkeys(("also_changed", "cap", "color", "company", "fields", "reader_role", "role"), DetailKind.SLUG),
    **dict.fromkeys(("scope", "state", "time_zone"), DetailKind.SLUG),
    **dict.fromkeys(_SETTINGS, DetailKind.SETTING),
}
# Names by id. The apps that have them provide these. One without a row is left out. Call inside `tenant()`.
Names = Mapping[str, str]
event_names: Provided[[Collection[str]], Names] = Provided("audit.event_names")
request_names: Provided[[Collection[str]], Names] = Provided("audit.request_names")
reader_names: Provided[[Collection[str]], Names] = Provided("audit.reader_names")
notified_names: Provided[[Collection[str]], Names] = Provided("audit.notified_names")
# Functions that return the addresses in each app's current settings. Their pseudonyms can be shown as addresses.
address_sources: list[Callable[[], Iterable[str]]] = []


class NotAllowed(TypeError):
    """The entry would store something that can't be erased. A bug in our code."""


def record(
    *,
    organization: Organization,
    actor: Actor | None,
    action: str,
    before: Details | None = None,
    after: Details | None = None,
) -> AuditEntry:
    """Add an entry. `action` is `thing.verb`; accounts/audit_log/sentences.py has its sentence. Raises NotAllowed."""
    without_account = {actor.detail: actor.uid} if isinstance(actor, EmailOwner) else {}
    entry: AuditEntry = AuditEntry.objects.create(
        organization=organization,
        actor=None if isinstance(actor, EmailOwner) else actor,
        action=action,
        before=_stored(before or {}),
        after=_stored({**(after or {}), **without_account}),
    )
    return entry


def address(email: str) -> Pseudonym:
    """What an entry holds instead of an address. Empty for an empty one."""
    return Pseudonym(pseudonym(address_key(email), purpose="audit").hex()[:32] if email else "")


def named(kind: DetailKind) -> list[str]:
    """The details of this kind."""
    return [name for name, each in DETAILS.items() if each is kind]


def impersonal(settings: Details, *, addresses: Collection[str] = (), names: Collection[str] = ()) -> dict[str, Any]:
    """The settings as an entry stores them: these addresses as pseudonyms, and without these people's names."""
    kept = {name: address(value) if name in addresses else value for name, value in settings.items()}
    left_out = sorted(set(names) & set(kept))
    for name in left_out:
        del kept[name]
    return {**kept, "also_changed": left_out} if left_out else kept


def _stored(details: Details) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in details.items()}


def _value(name: str, value: Any) -> Any:
    if name not in DETAILS:
        raise NotAllowed(f"The audit log has no detail {name!r}.")
    if not isinstance(value, _TYPES[DETAILS[name]]):
        raise NotAllowed(f"{name!r} of the audit log is a {DETAILS[name].value}, not {type(value).__name__}.")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


_TYPES: Mapping[DetailKind, tuple[type, ...]] = {
    **dict.fromkeys(
        (DetailKind.INVITATION, DetailKind.EVENT, DetailKind.REQUEST, DetailKind.READER, DetailKind.NOTIFIED), (UUID,)
    ),
    DetailKind.MEMBER: (int,),
    DetailKind.ADDRESS: (Pseudonym,),
    DetailKind.ID: (UUID,),
    DetailKind.NUMBER: (int,),
    DetailKind.FLAG: (bool,),
    DetailKind.DAY: (date, datetime),
    DetailKind.SLUG: (str, list),
    DetailKind.SETTING: (str, int, list, tuple, dict),
}
