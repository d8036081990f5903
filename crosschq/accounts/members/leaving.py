"""Handing over the open requests of a member who leaves. `requests_app` provides the functions."""

from django.utils.translation import ngettext

from crosschq.core.provided import Provided
from crosschq.tenancy import audit
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Membership, User

# Count the open requests that an address owns, up to MOST_COUNTED. Call inside `tenant()`, like those below.
count_open_requests: Provided[[str], int] = Provided("count_open_requests")
# Make another member the owner: from_email, to_name, to_email, actor. Returns how many requests changed hands.
hand_over: Provided[[str, str, str, str], int] = Provided("hand_over")
# Say why a member mustn't get them, or nothing: from_email, to_name, to_email.
reason_against_heir: Provided[[str, str, str], str] = Provided("reason_against_heir")
# Stop an address that no longer belongs to a member from opening finished reports as their owner.
close_reports: Provided[[str], None] = Provided("close_reports")
# Count the reports that a member shared and that people can still open, up to MOST_COUNTED + 1.
count_shares: Provided[[User], int] = Provided("count_shares")
# Stop these: the member who shared, the actor. Returns how many.
stop_shares: Provided[[User, User], int] = Provided("stop_shares")


def hand_over_requests(request: MemberRequest, *, leaving: Membership, heir: Membership) -> str:
    """Hand over the requests and record it in the audit log. Returns a sentence that says what was done."""
    count = hand_over(leaving.user.email, str(heir.user), heir.user.email, str(request.user))
    audit.record(
        organization=request.organization,
        actor=request.user,
        action="member.hand_over",
        before={"owner": leaving.user_id},
        after={"owner": heir.user_id, "requests": count},
    )
    result = ngettext(
        "%(heir)s now owns %(count)d of their open requests.",
        "%(heir)s now owns %(count)d of their open requests.",
        count,
    )
    return result % {"count": count, "heir": heir.user}
