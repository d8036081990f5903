"""The first lookups of the event pages."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from connectors import registry
from connectors.models import Connection
from webhooks.log.display_names import add_names
from webhooks.models import InboundEvent


def find_connection(vendor: str) -> Connection:
    """Return the organization's connection. Call inside `tenant()`. Raises Http404."""
    if not registry.offers(vendor):
        raise Http404(_("This connector doesn't exist."))
    found: Connection = get_object_or_404(
        Connection.objects.select_related("organization", "setup_check"), vendor=vendor
    )
    return found


def find_event(vendor: str, uid: UUID) -> InboundEvent:
    """Return the event with its display names. Call inside `tenant()`. Raises Http404."""
    events = InboundEvent.objects.select_related("connection__organization")
    found: InboundEvent = get_object_or_404(events, connection=find_connection(vendor), uid=uid)
    add_names(found)
    return found
