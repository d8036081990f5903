"""From the vendor in a URL to the connector and this organization's connection."""

from django.http import Http404
from django.utils.translation import gettext as _

from connectors import registry
from connectors.ats import Vendor
from connectors.models import Connection


def vendor_or_404(key: str) -> Vendor:
    if not registry.offers(key):
        raise Http404(_("There is no such connector."))
    return registry.vendor(key)


def find(vendor: str) -> Connection | None:
    """Call inside `tenant()`."""
    found: Connection | None = (
        Connection.objects.select_related("organization", "connected_by").filter(vendor=vendor).first()
    )
    return found


def find_or_404(vendor: str) -> Connection:
    vendor_or_404(vendor)
    found = find(vendor)
    if found is None:
        raise Http404(_("This connector was never connected."))
    return found
