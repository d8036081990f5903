"""Who owns a request, and who may read its report, by the job's hiring team."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from connectors import ats
from connectors.models import Connection

ORDER = ("recruiter", "coordinator", "hiring_manager")
ROLE_WORDS = {"recruiter": _("recruiter"), "coordinator": _("coordinator"), "hiring_manager": _("hiring manager")}


@dataclass(frozen=True)
class RequestOwner:
    """An owner, and the sentence that says which rule chose them."""

    name: str
    email: str
    rule: str


def choose_owner(
    *, team: Sequence[ats.TeamMember], people: Mapping[str, ats.AtsUser], creator_id: str, connection: Connection
) -> RequestOwner:
    """Recruiter, else coordinator, else hiring manager, else the job's creator, else the fallback owner.

    Inactive people and addresses that cannot be written to are passed over; of several the first listed counts. The
    user through whom we connect comes after the fallback owner: nobody reads the mailbox of an integration user.
    """
    fits = list(_in_order(team, people, creator_id))
    for person_id, chosen in fits:
        is_ours = person_id == connection.ats_user_id
        if not (is_ours and connection.fallback_owner_email) or _same_address(chosen, connection):
            return chosen
    if fits:
        rule = _("only the integration user can be written to, so the fallback owner was taken")
    else:
        rule = _("nobody of the hiring team can be written to, so the fallback owner was taken")
    return RequestOwner(connection.fallback_owner_name, connection.fallback_owner_email, rule)


def _in_order(
    team: Sequence[ats.TeamMember], people: Mapping[str, ats.AtsUser], creator_id: str
) -> Iterator[tuple[str, RequestOwner]]:
    """Who can own a request, by id, the best first."""
    for role in ORDER:
        for member in team:
            person = people.get(member.user_id)
            if member.role == role and person and can_receive_email(person):
                rule = _("%(name)s is the %(role)s of the job's hiring team") % {
                    "name": person.name,
                    "role": ROLE_WORDS[role],
                }
                yield person.id, RequestOwner(person.name, person.email, rule)
    creator = people.get(creator_id)
    if creator and can_receive_email(creator):
        yield (
            creator.id,
            RequestOwner(creator.name, creator.email, _("%(name)s created the job") % {"name": creator.name}),
        )


def _same_address(chosen: RequestOwner, connection: Connection) -> bool:
    """Where an admin connected as themself and is the fallback owner too, the better rule is shown."""
    return chosen.email.casefold() == connection.fallback_owner_email.casefold()


def can_receive_email(person: ats.AtsUser) -> bool:
    if not person.active:
        return False
    try:
        email_address(person.email)
    except ValidationError:
        return False
    return True


def email_address(text: str) -> str:
    """The address if it can be one (RFC 5321, section 4.5.3.1: 254 characters at most). Raises ValidationError."""
    validate_email(text)
    MaxLengthValidator(254)(text)
    return text
