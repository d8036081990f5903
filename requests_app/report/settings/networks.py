"""Comparing networks: which requests it concerns, and the change. Call inside `tenant()`."""

from crosschq.core import clock
from crosschq.core.database.counting import count_up_to
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from requests_app.models import OPEN_STATES, NetworkTrace, ReferenceRequest


def open_requests(organization: Organization) -> int:
    """How many open requests are compared now; while this is off, how many never will be. Stops at MOST_COUNTED."""
    rows = ReferenceRequest.objects.filter(state__in=OPEN_STATES)
    since = organization.networks_compared_since
    return count_up_to(rows if since is None else rows.filter(created_at__gte=since))


def turn(organization: Organization, *, on: bool, actor: User) -> bool:
    """Turn the comparison on or off. Return False if it already was.

    Turning it off deletes every trace. Facts in reports stay.
    """
    rows = Organization.objects.filter(pk=organization.pk, networks_compared_since__isnull=on)
    if not rows.update(networks_compared_since=clock.now() if on else None):
        return False
    if not on:
        NetworkTrace.objects.all().delete()
    audit.record(
        organization=organization, actor=actor, action="report.networks", before={"on": not on}, after={"on": on}
    )
    return True
