"""Addresses that are not written to anymore: they bounced, complained, or asked us to stop."""

import hashlib
import uuid

from django.db.models import Q, QuerySet

from crosschq.messaging.models import Channel, Message, Suppression, SuppressionReason
from crosschq.tenancy.models import Organization


def suppress(
    *,
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None = None,
) -> None:
    """Write nothing more to this address; twice is once. Call inside `tenant()`; `cross_tenant()` without one."""
    row = Suppression(
        organization=organization,
        channel=channel,
        address_hash=address_hash(address),
        reason=reason,
        about_uid=about_uid,
    )
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def lift(
    *,
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None = None,
) -> bool:
    """Write to this address again. Returns whether that reason stood in the way."""
    removed, _ = _rows(organization, channel, address, reason, about_uid).delete()
    return bool(removed)


def is_suppressed(
    *,
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None = None,
) -> bool:
    return _rows(organization, channel, address, reason, about_uid).exists()


def reason_for(message: Message) -> SuppressionReason | None:
    """Why this message must not go, if it must not. Call inside `cross_tenant()`: STOP holds for everybody."""
    of_whom = Q(organization=message.organization_id) | Q(organization=None)
    return _find_reason(of_whom, message.channel, message.address, message.about_uid)


def reason_for_email(
    organization: Organization, *, address: str, about_uid: uuid.UUID | None = None
) -> SuppressionReason | None:
    """The same for a mail that is not written yet. Call inside `tenant()`."""
    return _find_reason(Q(organization=organization), Channel.EMAIL, address, about_uid)


def _find_reason(of_whom: Q, channel: str, address: str, about_uid: uuid.UUID | None) -> SuppressionReason | None:
    about = Q(about_uid=None) | Q(about_uid=about_uid)
    rows = Suppression.objects.filter(of_whom, about, channel=channel, address_hash=address_hash(address))
    found = rows.order_by("-created_at").values_list("reason", flat=True).first()
    return SuppressionReason(found) if found else None


def address_hash(address: str) -> bytes:
    """The spelling of a mailbox's name matters to its server alone, so only case is set aside."""
    return hashlib.sha256(address.strip().casefold().encode()).digest()


def _rows(
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None,
) -> QuerySet[Suppression]:
    return Suppression.objects.filter(
        organization=organization,
        channel=channel,
        address_hash=address_hash(address),
        reason=reason,
        about_uid=about_uid,
    )
