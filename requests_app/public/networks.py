"""Whether a reference answered from the candidate's network, if the organization compares them.

No IP address is stored: a trace is a keyed hash of the network, deleted when the request ends. What stays is the fact.
A network is an IPv4 /24 or an IPv6 /48: what a household, an office, or a mobile carrier shares, even if its own
address changes within it. It names nobody, which a full address might.
"""

from contextlib import suppress
from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from crosschq.core.security.pseudonyms import pseudonym
from requests_app.models import NetworkTrace, Reference, ReferenceRequest

PURPOSE = "same_network"
IPV4_BITS, IPV6_BITS = 24, 48


def client_ip(request: HttpRequest) -> str:
    """The visitor's IP address behind the proxies that we trust. Empty if it can't be known."""
    with suppress(PermissionDenied):
        return str(get_adapter().get_client_ip(request) or "")
    return ""


def record(reference_request: ReferenceRequest, reference: Reference | None, client_ip: str) -> None:
    """Compare the network of someone who just agreed to it, while holding the request's lock."""
    if not reference_request.compares_networks or not reference_request.is_open:
        return
    network = _network(client_ip)
    if not network:
        return
    row = NetworkTrace(
        organization_id=reference_request.organization_id,
        reference_request=reference_request,
        reference=reference,
        network_hash=pseudonym(f"{reference_request.uid} {network}", purpose=PURPOSE),
    )
    NetworkTrace.objects.bulk_create([row], ignore_conflicts=True)
    same = NetworkTrace.objects.filter(reference_request=reference_request, network_hash=row.network_hash)
    if same.filter(reference=None).exists():
        people = same.exclude(reference=None).values("reference")
        Reference.objects.filter(reference_request=reference_request, pk__in=people).update(same_network=True)


def _network(client_ip: str) -> str:
    """For example 203.0.113.0/24. Empty for an address that many networks use, such as a proxy's own."""
    try:
        address = ip_address(client_ip)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global:
        return ""
    return str(ip_network((address, IPV4_BITS if address.version == 4 else IPV6_BITS), strict=False))
