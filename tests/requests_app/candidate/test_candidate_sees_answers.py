"""If the organization allows it, the candidate can read the answers at the end. Everyone knows before they start."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crosschq.accounts.branding.brand import change_profile, profile_of
from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.completion.complete import cancel, finish_manually
from tests.factories import make_member, make_organization
from tests.requests_app.factories import RequestScenario, answer, link_in, ready_request, sent_request, waiting_request
from tests.requests_app.pages import follow, heading, links, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
READ = "Read what your references answered"
TITLE = "What your references answered"


@pytest.fixture
def acme() -> Organization:
    return make_organization()


@pytest.fixture
def phone() -> Client:
    return Client()


def decide(organization: Organization, *, shown: bool) -> None:
    with tenant(organization):
        wanted = replace(profile_of(organization), answers_shown=shown)
        change_profile(organization=organization, actor=make_member(organization, Role.ADMIN), profile=wanted)


@pytest.fixture
def open_acme(acme: Organization) -> Organization:
    decide(acme, shown=True)
    return acme


def answers_page(phone: Client, scenario: RequestScenario) -> str:
    """The text of the candidate's page, or an empty text if they are redirected."""
    page = phone.get(f"{scenario.candidate_path}answers/")
    return text(page) if page.status_code == 200 else ""


def test_the_candidate_is_emailed_a_link_to_all_answers(phone: Client, open_acme: Organization) -> None:
    scenario = waiting_request(open_acme)
    answer(scenario, 1, rating=4, words="She mends things for good.")
    assert answers_page(phone, scenario) == ""
    answer(scenario, 2, rating=None, words="Never late.")
    (email,) = scenario.emails("candidate_answers_link")
    assert (email.to_email, email.reply_to) == ("maya@candidates.example", "dana@acme.example")
    assert len(email.subject) <= 50
    assert "works for 30 days" in email.text

    page = phone.get(links(phone.get(link_in(email)))[READ])
    assert heading(page) == TITLE
    for part in ("She mends things for good.", "Never late.", "Priya Nair", "Tom Beck", "1 did not see this"):
        assert part in text(page)
    # What only the organization sees.
    for part in ("priya@ledgerly.example", "That's right"):
        assert part not in text(page)
    assert page["Cache-Control"] == "no-store"


def test_answers_are_shown_only_if_the_organization_chooses_it(phone: Client, acme: Organization) -> None:
    scenario = ready_request(acme)
    assert scenario.emails("candidate_answers_link") == []
    assert READ not in links(phone.get(scenario.candidate_path))
    assert answers_page(phone, scenario) == ""


def test_a_request_already_in_progress_is_never_shown(phone: Client, acme: Organization) -> None:
    scenario = waiting_request(acme)
    answer(scenario, 1)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        decide(acme, shown=True)
        answer(scenario, 2)
        assert scenario.emails("candidate_answers_link") == []
        assert answers_page(phone, scenario) == ""


def test_turning_it_off_hides_all_answers_and_turning_it_on_again_shows_only_new_ones(
    phone: Client, open_acme: Organization
) -> None:
    scenario = ready_request(open_acme)
    assert TITLE in answers_page(phone, scenario)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        decide(open_acme, shown=False)
        assert answers_page(phone, scenario) == ""
        decide(open_acme, shown=True)
        assert answers_page(phone, scenario) == ""
        assert TITLE in answers_page(phone, ready_request(open_acme))


@pytest.mark.parametrize(
    ("shown", "of_reference", "of_candidate"),
    [
        (False, "Maya doesn't see your answers here.", "You won't see the answers here."),
        (
            True,
            "Maya will see your answers too: once the request is complete,",
            "You can read the answers too once the request",
        ),
    ],
)
def test_candidate_and_reference_learn_who_sees_the_answers_before_they_start(
    phone: Client, acme: Organization, shown: bool, of_reference: str, of_candidate: str
) -> None:
    if shown:
        decide(acme, shown=True)
    assert of_candidate in text(phone.get(sent_request(acme).candidate_path))
    scenario = waiting_request(acme)
    assert of_reference in text(phone.get(scenario.reference_path()))
    assert ("Maya can read your answers too" in scenario.emails("reference_invitation")[0].text) == shown
    assert ("Maya can't see your answers here" in scenario.emails("reference_invitation")[0].text) != shown


@pytest.mark.parametrize("shown", [False, True])
def test_each_later_page_says_so_too(phone: Client, acme: Organization, shown: bool) -> None:
    if shown:
        decide(acme, shown=True)
    scenario = waiting_request(acme)
    answer(scenario, 1, send=False)
    check = phone.get(f"{scenario.reference_path()}check/")
    assert ("Maya can read them too, once the request is complete." in text(check)) == shown
    thanks = text(follow(phone, press(phone, check, "Send reference", own_words="on")))
    assert ("not what you said" in thanks) != shown
    assert ("read your answers once the request is complete" in thanks) == shown
    status = text(phone.get(scenario.candidate_path))
    assert ("You don't see the answers here" in status) != shown
    assert ("You can read the answers here once the request is complete." in status) == shown


def test_a_request_closed_early_shows_its_answers_and_a_canceled_one_nothing(
    phone: Client, open_acme: Organization
) -> None:
    early, cancelled = waiting_request(open_acme), waiting_request(open_acme)
    for scenario in (early, cancelled):
        answer(scenario, 1, words="Kind and exact.")
    with tenant(open_acme):
        finish_manually(early.reference_request, actor="Dana Ruiz")
        cancel(cancelled.reference_request, actor="Dana Ruiz")
    assert "Kind and exact." in answers_page(phone, early)
    assert len(early.emails("candidate_answers_link")) == 1
    assert answers_page(phone, cancelled) == ""


def test_an_expired_link_is_replaced_by_a_link_to_the_answers(phone: Client, open_acme: Organization) -> None:
    scenario = ready_request(open_acme)
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert phone.get(scenario.candidate_path).status_code == 404
        phone.post(f"{scenario.candidate_path}fresh-link/")
        newest = scenario.emails("candidate_answers_link")[-1]
        assert links(phone.get(link_in(newest)))[READ]


def test_a_references_link_shows_no_answers(phone: Client, open_acme: Organization) -> None:
    scenario = waiting_request(open_acme)
    paths = [scenario.reference_path(number) for number in (1, 2)]
    answer(scenario, 1)
    with tenant(open_acme):
        finish_manually(scenario.reference_request, actor="Dana Ruiz")
    for path in paths:
        assert READ not in links(phone.get(path, follow=True))
        assert phone.get(f"{path.replace('/r/', '/c/')}answers/").status_code == 404


def test_the_page_takes_a_fixed_number_of_queries(
    phone: Client, open_acme: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    path = ready_request(open_acme).candidate_path
    with django_assert_max_num_queries(14):
        phone.get(f"{path}answers/")
