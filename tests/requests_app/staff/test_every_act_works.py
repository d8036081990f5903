"""In every state, each act that the page of a request offers works, and the most urgent problem is first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.models import Writeback
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import DeliveryStatus, Message
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.candidate import nominate
from requests_app.completion import complete
from requests_app.models import DeclineReason, ReferenceRequest
from requests_app.reference.decline import decline
from tests.factories import make_connection, make_organization
from tests.requests_app.factories import (
    RequestScenario,
    answer,
    name_reference,
    ready_request,
    sent_request,
    waiting_request,
)
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of
from tests.templates_app.browsing import parsed, words

pytestmark = pytest.mark.django_db


def naming() -> RequestScenario:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    return scenario


def declined() -> RequestScenario:
    scenario = waiting_request()
    with tenant(scenario.organization):
        for number in (1, 2):
            decline(scenario.reference_request, scenario.reference(number), DeclineReason.NO_TIME)
    return scenario


def bounced() -> RequestScenario:
    scenario = waiting_request()
    with tenant(scenario.organization):
        ReferenceRequest.objects.update(due_at=clock.now() - timedelta(hours=1))
        Message.objects.filter(to_email="tom@ledgerly.example").update(
            state=WorkState.DONE, delivery=DeliveryStatus.BOUNCED
        )
    return scenario


def closed_early() -> RequestScenario:
    scenario = waiting_request()
    answer(scenario, 1)
    with tenant(scenario.organization):
        complete.finish_manually(scenario.reference_request, actor="Dana")
    return scenario


def canceled() -> RequestScenario:
    scenario = waiting_request()
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    return scenario


def expired() -> RequestScenario:
    scenario = sent_request()
    with tenant(scenario.organization):
        complete.close_after_last_day(scenario.reference_request)
    return scenario


def without_note() -> RequestScenario:
    acme = make_organization()
    scenario = ready_request(acme, connection=make_connection(acme))
    with tenant(acme):
        Writeback.objects.update(state=WorkState.DEAD, reason="The profile was deleted.")
    return scenario


STATES: tuple[tuple[Callable[[], RequestScenario], set[str], str], ...] = (
    (sent_request, {"Copy candidate's link", "Correct candidate's address", "Change due date", "Change owner"}, ""),
    (naming, {"Send reminder", "Add reference Any relationship type 2", "Cancel request"}, ""),
    (waiting_request, {"Send reminder", "Replace reference", "Correct address"}, ""),
    (declined, {"Undo decline Tom Beck", "Add reference"}, "Both references declined."),
    (bounced, {"Correct address", "Change due date"}, "Email to Tom Beck bounced: tom@ledgerly.example."),
    (closed_early, {"Open report", "Reopen request", "Change owner"}, ""),
    (canceled, {"Reopen request"}, ""),
    (expired, {"Reopen request"}, ""),
    (ready_request, {"Open report"}, ""),
    (without_note, {"Post note again"}, "The link to the report isn't in SmartRecruiters. The profile was deleted."),
)


@pytest.mark.parametrize(("make", "offered", "urgent"), STATES, ids=[make.__name__ for make, _acts, _urgent in STATES])
def test_every_act_that_is_offered_works(make: Callable[[], RequestScenario], offered: set[str], urgent: str) -> None:
    scenario = make()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario))
    found = links(page)
    assert offered <= set(found)
    acts = {url for url in found.values() if url.startswith(path(scenario)) and url != path(scenario)}
    assert {url: browser.get(url).status_code for url in acts} == dict.fromkeys(acts, 200)
    banners = [words(part) for part in parsed(page).iter("div") if part.get("class", "").startswith("banner")]
    assert urgent in banners[0] if urgent else banners == []
    assert ".." not in "".join(banners)
    viewer = recruiter_of(scenario.organization, Role.VIEWER).get(path(scenario))
    assert set(links(viewer)) & (offered - {"Open report"}) == set()


def test_further_problems_are_listed_with_their_acts() -> None:
    scenario = bounced()
    page = recruiter_of(scenario.organization).get(path(scenario))
    assert "1 more problem" in text(page)
    also = text(page).partition("Also needs you")[2]
    assert "with 0 of 2 references in. Change due date" in also.partition("Timeline")[0]
