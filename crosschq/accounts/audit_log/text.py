"""Audit log entries as text. Any app writes entries; their sentences are in sentences.py, other texts in terms.py."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from crosschq.accounts.audit_log.names import NameLookup
from crosschq.accounts.audit_log.sentences import pattern_of
from crosschq.accounts.audit_log.terms import ACTIONS, LABELS, PARTS, READER_ROLES, VALUES
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.dates import date_text, datetime_text
from crosschq.messaging.sending.caps import CAPS
from crosschq.tenancy.audit import DETAILS, DetailKind
from crosschq.tenancy.models import AuditEntry, Role

# The sentence says who and what an entry is about.
NOT_SHOWN = {
    *(
        "company_name",
        "count",
        "day",
        "event",
        "export",
        "inviter",
        "invitation",
        "job_title",
        "member",
        "membership",
        "number",
    ),
    *("notified", "prospect", "reader", "reader_role", "request", "template"),
}
NO_ONE = "email.refuse"  # caused by someone without an account


@dataclass(frozen=True)
class Change:
    """One field before and after the change, as text. A side that the entry doesn't have is None."""

    label: str
    before: str | None
    after: str | None


class Words(defaultdict[str, Any]):
    """The words of a sentence: details by name, as they are after the change, `old_…` before it, and a few others."""

    def __init__(self, entry: AuditEntry, names: NameLookup) -> None:
        super().__init__()
        self._entry, self._names = entry, names
        self._others: Mapping[str, Callable[[], str]] = {
            "actor": lambda: actor_words(entry, names),
            "ats": ats_name,
            "what": lambda: _cap_words(entry.after.get("cap", "")),
        }

    def __missing__(self, name: str) -> Any:
        if name in self._others:
            return self._others[name]()
        sides = [self._entry.after, self._entry.before]
        if name.startswith("old_"):
            name, sides = name.removeprefix("old_"), sides[1:]
        value = next((side[name] for side in sides if name in side), None)
        if DETAILS.get(name) is DetailKind.NUMBER:
            return value or 0
        return value_words(name, value, self._names)


def sentence(entry: AuditEntry, names: NameLookup) -> str:
    """What happened, beginning with who did it."""
    pattern = pattern_of(entry)
    words = Words(entry, names)
    return str(pattern % words) if pattern is not None else f"{words['actor']}: {action_words(entry.action)}"


def actor_words(entry: AuditEntry, names: NameLookup) -> str:
    """Who did it. Someone without an account is named by their role in the request."""
    if entry.actor is not None:
        return str(entry.actor)
    if "notified" in entry.after or ("reader" in entry.after and "reader_role" not in entry.after):
        kind = DetailKind.NOTIFIED if "notified" in entry.after else DetailKind.READER
        return _("%(name)s (by email code)") % {"name": names.name(kind, entry.after[kind.value])}
    if "reader" in entry.after:
        role = READER_ROLES.get(entry.after.get("reader_role", ""), "")
        return f"{names.name(DetailKind.READER, entry.after['reader'])} ({role})"
    return _("Someone with a link") if entry.action == NO_ONE else "Crosschq"


def action_words(action: str) -> str:
    """Describe the action, such as "Requests turned on or off"."""
    if action in ACTIONS:
        return str(ACTIONS[action]) % {"ats": ats_name()}
    thing, _dot, act = action.partition(".")
    words = act.replace(".", " ").replace("_", " ")
    return f"{thing.replace('_', ' ').capitalize()}: {words}" if words else thing.capitalize()


def changes(entry: AuditEntry, names: NameLookup) -> list[Change]:
    """The fields that changed."""
    before, after = entry.before, entry.after
    shown = [name for name in {**before, **after} if name not in NOT_SHOWN]
    return [
        Change(
            label=str(LABELS.get(name) or name.replace("_", " ").capitalize()),
            before=value_words(name, before[name], names) if name in before else None,
            after=value_words(name, after[name], names) if name in after else None,
        )
        for name in shown
        if name not in before or name not in after or before[name] != after[name]
    ]


def value_words(name: str, value: Any, names: NameLookup) -> str:
    """A detail as text: the name of who it is about, or a value in words."""
    if value in (None, "", [], {}):
        return _("(empty)")
    match DETAILS.get(name):
        case (
            DetailKind.MEMBER
            | DetailKind.INVITATION
            | DetailKind.EVENT
            | DetailKind.REQUEST
            | DetailKind.READER
            | DetailKind.NOTIFIED as kind
        ):
            return names.name(kind, value)
        case DetailKind.ADDRESS:
            return names.address(value)
        case DetailKind.DAY:
            return _day_words(value)
    return _words(name, value)


def _words(name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return _("(empty)")
    match value:
        case bool() if name == "on":
            return _("On") if value else _("Off")
        case bool():
            return _("Yes") if value else _("No")
        case str() if name == "role" and value in Role.values:
            return str(Role(value).label)
        case str() if name in ("relationship", "state") and value in VALUES:
            return str(VALUES[value])
        case str() if name == "cap":
            return _cap_words(value)
        case list() if name == "also_changed":
            return "; ".join(str(LABELS.get(item, item)) for item in value)
        case list():
            return "; ".join(_words("", item) for item in value)
        case dict():
            return ", ".join(
                f"{PARTS.get(key) or key.replace('_', ' ')}: {_words(key, item)}" for key, item in value.items()
            )
    return str(value)


def _cap_words(name: str) -> str:
    return str(CAPS[name].what) if name in CAPS else name


def _day_words(value: str) -> str:
    moment = datetime.fromisoformat(value)
    return datetime_text(moment) if moment.tzinfo else date_text(moment.date())
