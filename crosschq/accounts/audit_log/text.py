"""Audit log entries as text. Any app writes entries; the texts for their keys are in audit_log/terms.py."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crosschq.accounts.audit_log.terms import ACTIONS, LABELS, PARTS, VALUES
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.models import AuditEntry, Role

NOT_SHOWN = {"uid"}


@dataclass(frozen=True)
class Change:
    """One field before and after the change, as text. A side that the entry doesn't have is None."""

    label: str
    before: str | None
    after: str | None


def action_words(action: str) -> str:
    """Describe the action, such as "Requests turned on or off"."""
    if action in ACTIONS:
        return str(ACTIONS[action]) % {"ats": ats_name()}
    thing, _dot, act = action.partition(".")
    words = act.replace(".", " ").replace("_", " ")
    return f"{thing.replace('_', ' ').capitalize()}: {words}" if words else thing.capitalize()


def changes(entry: AuditEntry) -> list[Change]:
    """Returns the fields that changed."""
    before, after = entry.before, entry.after
    names = [name for name in {**before, **after} if name not in NOT_SHOWN]
    return [
        Change(
            label=str(LABELS.get(name) or name.replace("_", " ").capitalize()),
            before=_words(name, before[name]) if name in before else None,
            after=_words(name, after[name]) if name in after else None,
        )
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    ]


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
        case list():
            return "; ".join(_words("", item) for item in value)
        case dict():
            return ", ".join(
                f"{PARTS.get(key) or key.replace('_', ' ')}: {_words(key, item)}" for key, item in value.items()
            )
    return str(value)
