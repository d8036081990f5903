"""Who owns a request: the roles of the hiring team in order, then the fallback owner before the integration user."""

from connectors.ats import AtsUser, TeamMember
from connectors.company.request_owner import choose_owner
from connectors.models import Connection

ADA = AtsUser("1", "Ada Integration", "ada@acme.example", active=True)
RITA = AtsUser("2", "Rita Recruiter", "rita@acme.example", active=True)
HUGO = AtsUser("3", "Hugo Manager", "hugo@acme.example", active=True)
PEOPLE = {person.id: person for person in (ADA, RITA, HUGO)}


def owner(*team: tuple[AtsUser, str], creator: AtsUser | None = None, fallback: str = "fay@acme.example") -> str:
    connection = Connection(ats_user_id=ADA.id, fallback_owner_name="Fay", fallback_owner_email=fallback)
    members = [TeamMember(person.id, role) for person, role in team]
    found = choose_owner(team=members, people=PEOPLE, creator_id=creator.id if creator else "", connection=connection)
    return found.email


def test_team_roles_are_tried_in_order_and_then_the_creator() -> None:
    assert owner((HUGO, "hiring_manager"), (RITA, "recruiter")) == RITA.email
    assert owner((HUGO, "hiring_manager"), creator=RITA) == HUGO.email
    assert owner(creator=RITA) == RITA.email


def test_the_fallback_owner_comes_before_the_integration_user() -> None:
    assert owner(creator=ADA) == "fay@acme.example"
    assert owner((ADA, "recruiter")) == "fay@acme.example"


def test_any_other_team_member_comes_before_the_fallback_owner() -> None:
    assert owner((ADA, "recruiter"), (HUGO, "hiring_manager")) == HUGO.email
    assert owner((ADA, "recruiter"), creator=RITA) == RITA.email


def test_without_a_fallback_owner_it_is_the_integration_user() -> None:
    assert owner(creator=ADA, fallback="") == ADA.email


def test_an_admin_who_connected_as_themselves_owns_their_own_jobs() -> None:
    assert owner((ADA, "recruiter"), (HUGO, "hiring_manager"), fallback="Ada@acme.example") == ADA.email
