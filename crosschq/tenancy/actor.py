"""Who acts in an organization: a member, or the owner of a request who has no account."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from crosschq.tenancy.models import User


@dataclass(frozen=True)
class EmailOwner:
    """The owner of a request or event, by email address: usually a recruiter of the ATS who isn't a member.

    `detail` and `uid` say where the audit log finds the name: see audit.DETAILS.
    """

    name: str
    email: str
    detail: str
    uid: UUID

    def __str__(self) -> str:
        return _("%(name)s (by email code)") % {"name": self.name or self.email}


Actor = User | EmailOwner
