"""The audit log: one line for every change of settings, written in the transaction of the change."""

from typing import Any

from .models import AuditEntry, Organization, User


def record(
    *,
    organization: Organization,
    actor: User | None,
    action: str,
    sentence: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add a line. `action` is `thing.verb`; the sentence begins with the actor's name. No secrets in before, after."""
    entry: AuditEntry = AuditEntry.objects.create(
        organization=organization,
        actor=actor,
        actor_name=str(actor) if actor else "Crosschq",
        action=action,
        sentence=sentence,
        before=before or {},
        after=after or {},
    )
    return entry
