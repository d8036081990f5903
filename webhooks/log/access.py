"""Who may open an event without being a member: the owner we emailed about it."""

from uuid import UUID

from crosschq.core.text.email_keys import exact_key
from crosschq.tenancy.actor import EmailOwner
from requests_app.report.access import owner_of_request
from webhooks.models import InboundEvent, Notice


def owner_of_event(uid: UUID, vendor: str = "", **_arguments: object) -> EmailOwner | None:
    """The owner who got our latest email about this event. Call inside `tenant()`."""
    notices = Notice.objects.filter(event__uid=uid, event__connection__vendor=vendor).exclude(to_email="")
    notice = notices.order_by("-pk").first()
    return EmailOwner(notice.to_name, notice.to_email, "notified", uid) if notice else None


def may_open_request(event: InboundEvent, owner: EmailOwner) -> bool:
    """Whether the request that an event started belongs to the same owner. Call inside `tenant()`."""
    if event.reference_request_uid is None:
        return False
    found = owner_of_request(event.reference_request_uid)
    return found is not None and exact_key(found.email) == exact_key(owner.email)
