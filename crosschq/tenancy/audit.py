"""The audit log: an entry for each settings change and each opened report, in the same transaction."""

from typing import Any

from crosschq.tenancy.models import AuditEntry, Organization, User


def record(
    *,
    organization: Organization,
    actor: User | None,
    action: str,
    sentence: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry. `action` is `thing.verb`; the sentence starts with the actor's name. Never pass secrets."""
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


def record_outsider(
    *, organization: Organization, who: str, action: str, sentence: str, after: dict[str, Any]
) -> AuditEntry:
    """Add an entry for someone without an account. Entries are permanent, so `who` is a role, not a name."""
    entry: AuditEntry = AuditEntry.objects.create(
        organization=organization, actor_name=who, action=action, sentence=sentence, after=after
    )
    return entry
