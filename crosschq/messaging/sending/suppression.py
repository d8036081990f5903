"""Addresses that we no longer send to, because they bounced, complained, or asked us to stop."""

import uuid

from django.db.models import Q, QuerySet

from crosschq.core.security.pseudonyms import pseudonym
from crosschq.core.text.email_keys import exact_key
from crosschq.messaging.models import Channel, Message, Suppression, SuppressionReason
from crosschq.tenancy import passes
from crosschq.tenancy.models import Organization


def suppress(
    *,
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None = None,
) -> None:
    """Stop sending to this address. Repeating this has no effect.

    Call inside `tenant()`, or inside `cross_tenant()` without an organization.
    """
    row = Suppression(
        organization=organization,
        channel=channel,
        address_hash=address_hash(address),
        reason=reason,
        about_uid=about_uid,
    )
    Suppression.objects.bulk_create([row], ignore_conflicts=True)
    if organization is not None and channel == Channel.EMAIL:
        passes.revoke(organization, address)


def lift(
    *,
    organization: Organization | None,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    about_uid: uuid.UUID | None = None,
) -> bool:
    """Start sending to this address again. Returns whether it was suppressed for this reason."""
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
    """Why this message must not be sent; None if it may be.

    Call inside `cross_tenant()`, since STOP applies to all organizations.
    """
    senders = Q(organization=message.organization_id) | Q(organization=None)
    return _find_reason(senders, message.channel, message.address, message.about_uid)


def reason_for_email(
    organization: Organization, *, address: str, about_uid: uuid.UUID | None = None
) -> SuppressionReason | None:
    """Like `reason_for`, for an email that isn't queued yet. Call inside `tenant()`."""
    return _find_reason(Q(organization=organization), Channel.EMAIL, address, about_uid)


def _find_reason(senders: Q, channel: str, address: str, about_uid: uuid.UUID | None) -> SuppressionReason | None:
    about = Q(about_uid=None) | Q(about_uid=about_uid)
    rows = Suppression.objects.filter(senders, about, channel=channel, address_hash=address_hash(address))
    found = rows.order_by("-created_at", "-pk").values_list("reason", flat=True).first()
    return SuppressionReason(found) if found else None


def address_hash(address: str) -> bytes:
    """A hash of a number, or of an address, ignoring case. Other spellings may be other mailboxes to the server."""
    return pseudonym(exact_key(address) if "@" in address else address.strip(), purpose="address")


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
