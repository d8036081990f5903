"""Chooses the owner of a request from the job's hiring team."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import ats
from connectors.models import Connection
from crosschq.core.text.email_addresses import is_email_address
from crosschq.core.text.email_keys import exact_key

ORDER = ("recruiter", "coordinator", "hiring_manager")
ROLE_NAMES = {
    "recruiter": gettext_lazy("recruiter"),
    "coordinator": gettext_lazy("coordinator"),
    "hiring_manager": gettext_lazy("hiring manager"),
}


@dataclass(frozen=True)
class RequestOwner:
    """The owner, and a sentence that says why they were chosen."""

    name: str
    email: str
    rule: str


def choose_owner(
    *, team: Sequence[ats.TeamMember], people: Mapping[str, ats.AtsUser], creator_id: str, connection: Connection
) -> RequestOwner:
    """Return the recruiter, else coordinator, else hiring manager, else the job's creator, else the fallback owner.

    Skips inactive users and invalid addresses; the first listed of several counts. The connecting user comes after
    the fallback owner, because no one reads the mailbox of an integration user.
    """
    fits = list(_in_order(team, people, creator_id))
    for user_id, chosen in fits:
        is_ours = user_id == connection.ats_user_id
        if not (is_ours and connection.fallback_owner_email) or _same_address(chosen, connection):
            return chosen
    if fits:
        rule = _("only the integration user has a usable email address, so the fallback owner was used")
    else:
        rule = _("no one on the hiring team has a usable email address, so the fallback owner was used")
    return RequestOwner(connection.fallback_owner_name, connection.fallback_owner_email, rule)


def _in_order(
    team: Sequence[ats.TeamMember], people: Mapping[str, ats.AtsUser], creator_id: str
) -> Iterator[tuple[str, RequestOwner]]:
    """Yield possible owners by user id, best first."""
    for role in ORDER:
        for member in team:
            person = people.get(member.user_id)
            if member.role == role and person and can_receive_email(person):
                rule = _("%(name)s is the %(role)s on the job's hiring team") % {
                    "name": person.name,
                    "role": ROLE_NAMES[role],
                }
                yield person.id, RequestOwner(person.name, person.email, rule)
    creator = people.get(creator_id)
    if creator and can_receive_email(creator):
        yield (
            creator.id,
            RequestOwner(creator.name, creator.email, _("%(name)s created the job") % {"name": creator.name}),
        )


def _same_address(chosen: RequestOwner, connection: Connection) -> bool:
    """Whether the connecting user is also the fallback owner: then the more specific reason is shown."""
    return exact_key(chosen.email) == exact_key(connection.fallback_owner_email)


def can_receive_email(person: ats.AtsUser) -> bool:
    return person.active and is_email_address(person.email)
