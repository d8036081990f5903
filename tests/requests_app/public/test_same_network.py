"""Whether a reference answered from the candidate's network: announced first, compared by a hash, deleted later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion import complete
from requests_app.erasure import erase_reference, erase_request
from requests_app.models import Agreement, NetworkTrace, ReferenceState
from requests_app.report.build import build
from tests.audit import audited
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, name_reference, sent_request
from tests.requests_app.pages import text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
# Addresses of one household, of another one, and of the first one's IPv6 network.
HOME, HOME_TOO, AWAY = "81.2.69.142", "81.2.69.7", "81.2.70.142"
HOME_6, HOME_6_TOO, AWAY_6 = "2a02:8070:1:1::5", "2a02:8070:1:ffff::9", "2a02:8070:2::5"
SAID = "They answered from the same network as the candidate."
TOLD = "from the same network"


@pytest.fixture
def organization() -> Organization:
    made = make_organization("Acme GmbH")
    Organization.objects.filter(pk=made.pk).update(networks_compared_since=clock.now() - timedelta(hours=1))
    return Organization.objects.get(pk=made.pk)


def asked(organization: Organization, candidate_ip: str = HOME, **more: Any) -> RequestScenario:
    """A request whose candidate agreed from this address, with two references asked."""
    scenario = sent_request(organization)
    phone = Client(REMOTE_ADDR=candidate_ip, **more)
    press(phone, phone.get(scenario.candidate_path), "Start", agreed="on")
    with tenant(organization):
        for number, name in ((1, "Priya Nair"), (2, "Tom Beck")):
            name_reference(scenario, number, name)
        nominate.send_invitations(scenario.reference_request)
    scenario.reread()
    return scenario


def confirm(scenario: RequestScenario, number: int, ip: str, **more: Any) -> None:
    """Answer as a reference, on the short path."""
    phone = Client(REMOTE_ADDR=ip, **more)
    page = phone.get(f"{scenario.reference_path(number)}facts/")
    sent = press(phone, page, "Send dates and title", title="Engineer", years="2021", own_words="on")
    assert sent.status_code == 303
    scenario.reread()


def traces(scenario: RequestScenario) -> int:
    with tenant(scenario.organization):
        return NetworkTrace.objects.count()


def same(scenario: RequestScenario) -> list[bool]:
    return [scenario.reference(number).same_network for number in (1, 2)]


@pytest.mark.parametrize(
    ("candidate", "reference", "is_same"),
    [
        (HOME, HOME_TOO, True),
        (HOME_6, HOME_6_TOO, True),
        pytest.param(HOME, AWAY, False, marks=pytest.mark.slow),
        pytest.param(HOME_6, AWAY_6, False, marks=pytest.mark.slow),
    ],
)
def test_one_household_is_one_network_and_the_next_one_is_not(
    organization: Organization, candidate: str, reference: str, is_same: bool
) -> None:
    scenario = asked(organization, candidate)
    confirm(scenario, 1, reference)
    assert same(scenario) == [is_same, False]


def test_the_report_says_it_as_a_fact_with_its_innocent_explanation(organization: Organization) -> None:
    scenario = asked(organization)
    confirm(scenario, 1, HOME_TOO)
    confirm(scenario, 2, AWAY)
    with tenant(organization):
        (fact,) = [each for each in build(scenario.reference_request).facts if each.sentence == SAID]
    assert fact.name == "Priya Nair"
    assert "in one household, at one employer, or on one mobile carrier" in fact.explanation


def test_candidate_and_reference_agree_to_a_wording_that_says_it(organization: Organization) -> None:
    scenario = sent_request(organization)
    phone = Client(REMOTE_ADDR=HOME)
    page = phone.get(scenario.candidate_path)
    assert "Acme GmbH will learn whether someone answers from the same network as I do." in text(page)
    assert "Networks are compared:" in text(phone.get(f"{scenario.candidate_path}about/"))
    scenario = asked(organization)
    assert "Networks are compared:" in text(phone.get(scenario.reference_path()))
    answer(scenario, 1, send=False)
    check = text(phone.get(f"{scenario.reference_path()}check/"))
    assert "Acme GmbH will learn whether I answered from the same network as the candidate." in check
    confirm(scenario, 2, HOME)
    with tenant(organization):
        given = [(each.version, TOLD in each.text) for each in Agreement.objects.all()]
    assert given == [(2, True), (2, True)]


def test_nothing_is_compared_unless_an_admin_turned_it_on_before_the_request_started() -> None:
    organization = make_organization("Acme GmbH")
    scenario = asked(organization)
    Organization.objects.update(networks_compared_since=clock.now())
    confirm(scenario, 1, HOME)
    assert same(scenario) == [False, False]
    assert traces(scenario) == 0
    with tenant(organization):
        assert [each.version for each in Agreement.objects.all()] == [1, 1]
    page = Client().get(f"{scenario.reference_path(2)}facts/")
    assert TOLD not in text(page)


def by_hand(scenario: RequestScenario) -> None:
    complete.finish_manually(scenario.reference_request, actor="Dana")


def canceled(scenario: RequestScenario) -> None:
    complete.cancel(scenario.reference_request, actor="Dana")


def declined(scenario: RequestScenario) -> None:
    complete.decline_to_take_part(scenario.reference_request)


def expired(scenario: RequestScenario) -> None:
    complete.close_after_last_day(scenario.reference_request)


def erased(scenario: RequestScenario) -> None:
    erase_request(scenario.reference_request)


@pytest.mark.parametrize(
    "end", [by_hand, expired, *(pytest.param(end, marks=pytest.mark.slow) for end in (canceled, declined, erased))]
)
def test_the_hashes_are_deleted_however_the_request_ends(
    organization: Organization, end: Callable[[RequestScenario], None]
) -> None:
    scenario = asked(organization)
    if end is not expired:
        confirm(scenario, 1, HOME)
    assert traces(scenario) == (1 if end is expired else 2)
    with tenant(organization):
        end(scenario)
    assert traces(scenario) == 0


def test_the_last_answer_completes_the_request_keeps_the_fact_and_deletes_the_hashes(
    organization: Organization,
) -> None:
    scenario = asked(organization)
    confirm(scenario, 1, AWAY)
    confirm(scenario, 2, HOME)
    assert scenario.reread().has_report
    assert same(scenario) == [False, True]
    assert traces(scenario) == 0


def test_erasing_a_reference_deletes_their_hash(organization: Organization) -> None:
    scenario = asked(organization)
    confirm(scenario, 1, HOME)
    with tenant(organization):
        erase_reference(scenario.reference())
        assert [each.reference for each in NetworkTrace.objects.all()] == [None]


def test_a_hash_holds_no_address_and_two_requests_hash_one_network_differently(organization: Organization) -> None:
    for _time in range(2):
        asked(organization)
    with tenant(organization):
        hashes = [bytes(each.network_hash) for each in NetworkTrace.objects.all()]
    assert len(set(hashes)) == 2
    assert {len(each) for each in hashes} == {32}


def test_answers_that_come_late_are_not_compared(organization: Organization) -> None:
    scenario = asked(organization)
    confirm(scenario, 1, AWAY)
    late = Client(REMOTE_ADDR=HOME)
    press(late, late.get(scenario.reference_path(2)), "Start")
    with tenant(organization):
        by_hand(scenario)
    answer(scenario, 2)
    assert scenario.reference(2).state == ReferenceState.LATE
    assert same(scenario) == [False, False]
    assert traces(scenario) == 0


def test_only_the_address_that_our_proxies_report_counts_and_never_a_proxys_own(
    organization: Organization, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    scenario = asked(organization, "10.0.0.1", HTTP_X_FORWARDED_FOR=f"{AWAY}, {HOME}")
    confirm(scenario, 1, "10.0.0.1", HTTP_X_FORWARDED_FOR=HOME_TOO)
    confirm(scenario, 2, "10.0.0.1", HTTP_X_FORWARDED_FOR="10.0.0.9")
    assert same(scenario) == [True, False]
    other = asked(organization, "10.0.0.1")
    assert traces(other) == 0


def test_an_admin_turns_it_on_and_off_after_reading_what_that_means() -> None:
    organization = make_organization("Acme GmbH")
    old = asked(organization)
    admin = signed_in(Client(), make_member(organization, Role.ADMIN, make_user(name="Ada Lind")))
    path = f"/o/{organization.slug}/reports/networks/"
    page = admin.get(path)
    assert "We don't compare networks for 1 open request, because the people in it weren't informed." in text(page)
    press(admin, page, "Compare networks")
    new = asked(Organization.objects.get(pk=organization.pk))
    assert traces(new) == 1
    page = admin.get(path)
    assert "We stop comparing networks for 1 open request." in text(page)
    press(admin, page, "Stop comparing networks")
    assert traces(old) == 0
    confirm(new, 1, HOME)
    assert same(new) == [False, False]
    assert audited(organization, action="report.networks") == [
        "Ada Lind turned on network comparison",
        "Ada Lind turned off network comparison",
    ]
