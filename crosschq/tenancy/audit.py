"""The audit log: a line for each change of settings and each look at a report, in the transaction of the fact."""

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


def record_outsider(
    *, organization: Organization, who: str, action: str, sentence: str, after: dict[str, Any]
) -> AuditEntry:
    """The same for somebody without an account. A line stays for good, so `who` is a part, such as hiring manager."""
    entry: AuditEntry = AuditEntry.objects.create(
        organization=organization, actor_name=who, action=action, sentence=sentence, after=after
    )
    return entry
