"""The audit log as its page shows it, and what none of its entries may hold."""

from __future__ import annotations

import json

from crosschq.accounts.audit_log.names import NameLookup
from crosschq.accounts.audit_log.text import sentence
from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.scope import tenant

# Of candidates, references and members in the tests.
USUAL_NAMES = ("@", "Maya", "Osei", "Jonas", "Nowak", "Priya", "Dana Ruiz", "Dana Whitfield", "Tom Beck", "Ada Admin")


def sentence_of(entry: AuditEntry) -> str:
    with tenant(entry.organization):
        return sentence(entry, NameLookup([entry]))


def audited(organization: Organization, **which: str) -> list[str]:
    """The sentences of these entries, oldest first."""
    with tenant(organization):
        entries = list(AuditEntry.objects.filter(**which).select_related("actor").order_by("pk"))
        names = NameLookup(entries)
        return [sentence(entry, names) for entry in entries]


def assert_names_nobody(sender: object, instance: AuditEntry, **_signal: object) -> None:
    """After each entry that a test causes: it holds no address, and neither the actor's name nor the usual ones.

    Template messages are an organization's own texts and can hold an address.
    """
    details = [
        {name: value for name, value in side.items() if name != "messages"}
        for side in (instance.before, instance.after)
    ]
    text = json.dumps(details, ensure_ascii=False)
    actor = [instance.actor.name, instance.actor.email] if instance.actor else []
    found = [name for name in (*USUAL_NAMES, *actor) if name and name in text]
    assert not found, f"{instance.action} holds {found}: {text}"
