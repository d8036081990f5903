"""What happens when the ATS deletes a candidate. Call everything inside `tenant()`."""

from django.conf import settings
from django.urls import reverse

from connectors import admin_alerts
from connectors.models import Connection
from crosschq.privacy.desk.search import find_person
from crosschq.privacy.erase.everywhere import owned_requests, reasons_against
from crosschq.privacy.erase.request import ask_to_erase
from crosschq.privacy.holdings import search
from crosschq.tenancy.person import Match, Sought, ats_keys
from webhooks.decision import candidate_deleted


@candidate_deleted.known_as.provide
def known_as(connection: Connection, candidate_id: str) -> list[str]:
    match = _first(connection, candidate_id)
    person = find_person(match.uid) if match else None
    return [*person.emails, *person.names] if person else []


@candidate_deleted.act.provide
def act(connection: Connection, candidate_id: str, only_tell: bool) -> None:
    """Start an erasure, or email the admins if the organization doesn't want one or it isn't possible."""
    match = _first(connection, candidate_id)
    person = find_person(match.uid) if match else None
    if match is None or person is None:
        return
    organization = connection.organization
    if only_tell or reasons_against(organization, person) or owned_requests(person):
        path = reverse("privacy:person", args=[organization.slug, match.uid])
        admin_alerts.candidate_deleted(connection, settings.BASE_URL + path)
    else:
        ask_to_erase(person, organization=organization, actor=None, uid=match.uid)


def _first(connection: Connection, candidate_id: str) -> Match | None:
    """The newest row about the candidate with this id."""
    found = search(Sought(keys=ats_keys(connection.pk, candidate_id)))
    # Leave out the event that reports the deletion, unless something else says who the candidate is.
    people = [match for match in found if match.name or match.email]
    return max(people, key=lambda match: match.at.timestamp() if match.at else 0.0, default=None)
