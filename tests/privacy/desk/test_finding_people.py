"""An admin finds a person by email or name, and rows that belong together are one person."""

import uuid
from datetime import timedelta

from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.privacy.desk.search import MOST_FOUND, find_people, find_person
from crosschq.privacy.erase.everywhere import erase_everywhere
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.person import PersonKind
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, SearchWord
from requests_app.start.ownership import close_reports
from requests_app.start.start import CandidateInfo
from tests.factories import make_connection, make_member, make_organization, make_user
from tests.privacy.desk_pages import admin_of, desk, people_pages, searched, words
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request, sent_request, waiting_request
from webhooks.models import InboundEvent


def kinds(organization: Organization, text: str) -> list[set[PersonKind]]:
    with tenant(organization):
        return [{match.kind for match in person.matches} for person in find_people(text).people]


def test_a_candidate_is_one_person_in_requests_messages_and_the_event_log() -> None:
    organization = make_organization()
    ats = make_connection(organization)
    waiting_request(organization, connection=ats)
    with tenant(organization):
        InboundEvent.objects.create(
            organization=organization, connection=ats, event_id="1", candidate_id="candidate-1", candidate_name="M. O."
        )
    expected = {PersonKind.CANDIDATE, PersonKind.RECIPIENT, PersonKind.EVENT}
    assert kinds(organization, "Maya+jobs@Candidates.example") == [expected]
    assert kinds(organization, "osei maya") == [expected]


def test_an_address_is_found_as_an_email_program_copies_it() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        (person,) = find_people("Maya Osei <Maya@candidates.example>").people
    assert scenario.reference_request.uid in person.uids(PersonKind.CANDIDATE)


def test_two_people_of_one_request_are_two_people() -> None:
    organization = waiting_request().organization
    assert len(kinds(organization, "ledgerly.example")) == 0
    assert len(kinds(organization, "Priya")) == 1
    assert len(kinds(organization, "e")) == 2  # Tom Beck and Maya Osei


def test_a_person_is_found_by_the_uid_of_any_of_their_rows() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        person = find_person(scenario.reference_request.uid)
        assert person is not None
        for match in person.matches:
            again = find_person(match.uid)
            assert again is not None
            assert {each.uid for each in again.matches} == {each.uid for each in person.matches}


def test_a_name_that_many_people_have_shows_the_newest_and_says_so() -> None:
    organization = make_organization()
    first = sent_request(organization, candidate=CandidateInfo("Alex", "Roe", "alex0@candidates.example"))
    with tenant(organization):
        row = ReferenceRequest.objects.get(pk=first.reference_request.pk)
        for number in range(1, MOST_FOUND + 2):
            row.pk, row.uid = None, uuid.uuid4()
            row.candidate_email = f"alex{number}@candidates.example"
            row.created_at = clock.now() + timedelta(seconds=number)
            row.save(force_insert=True)
            SearchWord.objects.create(organization=organization, reference_request=row, word="alex")
            SearchWord.objects.create(organization=organization, reference_request=row, word="roe")
    shown = searched(admin_of(organization), organization, "alex roe")
    assert len(people_pages(shown)) == MOST_FOUND
    assert "More people match" in words(shown)
    assert "alex0@candidates.example" not in words(shown)


def test_before_a_search_the_page_says_what_can_be_done_here() -> None:
    organization = make_organization()
    assert "Export everything about one person" in words(admin_of(organization).get(desk(organization)))


def test_a_search_without_a_match_says_what_to_try_and_shows_what_was_typed() -> None:
    organization = make_organization()
    shown = searched(admin_of(organization), organization, "nobody@candidates.example")
    assert "We hold nothing about “nobody@candidates.example”" in words(shown)
    assert 'value="nobody@candidates.example"' in shown.content.decode()


def test_a_name_that_no_one_has_says_where_it_was_searched() -> None:
    organization = make_organization()
    shown = words(searched(admin_of(organization), organization, "Nobody Atall"))
    assert "No candidate, reference, or prospect has “Nobody Atall” in their name" in shown
    assert "neither does anyone else in the newest 2,000 requests, emails, and events" in shown


def test_a_search_with_fewer_than_two_letters_changes_nothing_and_says_why() -> None:
    organization = make_organization()
    client = admin_of(organization)
    assert "Enter at least 2 letters" in words(searched(client, organization, "x"))
    assert "Enter an email address or a name" in words(searched(client, organization, " \x00 "))


def test_nothing_of_another_organization_is_found() -> None:
    other, mine = ready_request(), make_organization()
    client = admin_of(mine)
    assert people_pages(searched(client, mine, "maya@candidates.example")) == []
    assert client.get(f"{desk(mine)}people/{other.reference_request.uid}/").status_code == 404


def test_the_page_of_a_person_lists_every_role_with_links_and_counts() -> None:
    scenario = ready_request()
    make_prospect(scenario.organization, email="priya@ledgerly.example")
    client = admin_of(scenario.organization)
    shown = client.get(people_pages(searched(client, scenario.organization, "priya@ledgerly.example"))[0])
    text = words(shown)
    assert "For Maya Osei, Answered" in text
    assert "Answers given as a reference" in text
    assert f"/requests/{scenario.reference_request.uid}/" in shown.content.decode()
    assert "Prospect" in text


def test_a_member_is_referred_to_the_members_page() -> None:
    scenario = ready_request()
    make_member(scenario.organization, Role.RECRUITER, make_user("dana@acme.example", name="Dana Ruiz"))
    client = admin_of(scenario.organization)
    shown = client.get(people_pages(searched(client, scenario.organization, "dana@acme.example"))[0])
    assert "Dana Ruiz is a member" in words(shown)


def test_the_url_of_a_page_names_no_one() -> None:
    scenario = ready_request()
    shown = searched(admin_of(scenario.organization), scenario.organization, "maya@candidates.example")
    assert shown.status_code == 200
    (page,) = people_pages(shown)
    assert "maya" not in page


def test_a_former_owner_without_access_to_any_report_is_found_and_erased() -> None:
    scenario, other = ready_request(), ready_request()
    organization = scenario.organization
    with tenant(organization):
        close_reports("dana@acme.example")
        Message.objects.filter(to_email="dana@acme.example").delete()
        (person,) = find_people("Dana+hr@acme.example").people
        assert [(match.kind, match.count) for match in person.matches] == [(PersonKind.OWNER, 1)]
        assert find_people("ruiz dana").people == [person]
        again = find_person(person.matches[0].uid)
        assert again is not None
        assert again.matches == person.matches
        # The candidate of the request is someone else.
        maya = find_person(scenario.reference_request.uid)
        assert maya is not None
        assert not maya.keys & person.keys
    client = admin_of(organization)
    page = people_pages(searched(client, organization, "dana@acme.example"))[0]
    assert "Owner of requests" in words(client.get(page))
    said = words(client.get(f"{page}erase/"))
    assert "Their name and address as the owner of finished requests" in said
    with tenant(organization):
        erase_everywhere(person, only_reference=False)
        assert find_people("dana@acme.example").people == []
    assert scenario.reread().owner_name == "an erased reader"
    assert other.reread().owner_name == "Dana Ruiz"


def test_the_page_of_an_owner_never_becomes_the_page_of_the_next_one() -> None:
    scenario = ready_request()
    with tenant(scenario.organization):
        (person,) = find_people("dana@acme.example").people
        (uid,) = person.uids(PersonKind.OWNER)
        ReferenceRequest.objects.update(owner_email="sam@acme.example", owner_name="Sam Heir")
        assert find_person(uid) is None


def test_a_person_whose_address_is_only_in_a_hold_is_found() -> None:
    organization = make_organization()
    with tenant(organization):
        LegalHold.objects.create(organization=organization, reason="Case 12", email="lee@acme.example")
        LegalHold.objects.create(
            organization=organization, reason="Case 13", email="kim@acme.example", released_at=clock.now()
        )
    client = admin_of(organization)
    (page,) = people_pages(searched(client, organization, "Lee@acme.example"))
    shown = words(client.get(page))
    assert "Under a legal hold" in shown
    assert "Case 12" in shown
    assert "They are under a legal hold" in words(client.get(f"{page}erase/"))
    assert people_pages(searched(client, organization, "kim@acme.example")) == []
