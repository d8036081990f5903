"""Private reports: what turning them on or off changes, in numbers, and the change. Call inside `tenant()`."""

from dataclasses import dataclass

from connectors import personal_data as connections
from connectors.models import Attachment
from crosschq.core.database import locks
from crosschq.core.database.counting import count_up_to
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import Membership, Organization, User
from requests_app.attention import stored
from requests_app.models import OPEN_STATES, REPORT_STATES, Problem, ReferenceRequest


@dataclass(frozen=True)
class Affected:
    """Counts that stop at MOST_COUNTED. finished and under_way: requests. attached: files that stay in the ATS."""

    finished: int
    under_way: int
    members: int
    attached: int


def affected(organization: Organization) -> Affected:
    requests = ReferenceRequest.objects.filter(is_test=False)
    return Affected(
        finished=count_up_to(requests.filter(state__in=REPORT_STATES)),
        under_way=count_up_to(requests.filter(state__in=OPEN_STATES)),
        members=Membership.objects.filter(organization=organization).count(),
        attached=count_up_to(Attachment.objects.filter(state=WorkState.DONE)),
    )


def turn(organization: Organization, *, on: bool, actor: User) -> bool:
    """Turn private reports on or off. Return False if they already were. While on, no further file is attached."""
    if on:
        # Before the lock: code that hands a file over locks its request first.
        stored.refresh_all_with(Problem.FILE_FAILED)
    locks.hold(f"private_reports:{organization.pk}")
    if not Organization.objects.filter(pk=organization.pk, reports_private=not on).update(reports_private=on):
        return False
    if on:
        connections.erase_unattached()
    audit.record(
        organization=organization, actor=actor, action="report.private", before={"on": not on}, after={"on": on}
    )
    return True
