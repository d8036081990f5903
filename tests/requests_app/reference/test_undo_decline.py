"""A member undoes a decline that was a mistake, unless someone else took the place."""

from __future__ import annotations

import pytest
from django.test import Client

from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.suppression import is_suppressed
from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.models import DeclineReason, ReferenceState
from requests_app.reference.decline import decline
from tests.audit import audited
from tests.requests_app.factories import RequestScenario, answer, name_reference, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db


def declined(reason: DeclineReason = DeclineReason.NO_TIME) -> RequestScenario:
    scenario = waiting_request()
    with tenant(scenario.organization):
        decline(scenario.reference_request, scenario.reference(1), reason)
    return scenario


def page_of(scenario: RequestScenario) -> str:
    return path(scenario, f"references/{scenario.reference(1).uid}/undo-decline/")


def test_a_mistaken_decline_is_undone_with_a_new_link(client: Client) -> None:
    scenario = declined()
    browser = recruiter_of(scenario.organization)
    assert links(browser.get(path(scenario)))["Undo decline Priya Nair"] == page_of(scenario)
    page = browser.get(page_of(scenario))
    assert "We'll email Priya Nair a new link at priya@ledgerly.example" in text(page)
    assert press(browser, page, "Undo decline").status_code == 303
    assert scenario.reference(1).state == ReferenceState.INVITED
    assert scenario.reference(1).decline_reason == ""
    assert [email.to_email for email in scenario.emails("reference_link")] == ["priya@ledgerly.example"]
    assert client.get(scenario.reference_path(1)).status_code == 200
    assert scenario.timeline()[-1] == "Dana Ruiz undid Priya Nair's decline. We sent a new link"
    assert audited(scenario.organization, action="request.undo_decline")
    assert refused(press(browser, page, "Undo decline")) == "Priya Nair hasn't declined."
    answer(scenario, 1)
    assert scenario.reference(1).state == ReferenceState.ANSWERED


def test_an_address_that_was_called_wrong_gets_email_again() -> None:
    scenario = declined(DeclineReason.WRONG_PERSON)
    browser = recruiter_of(scenario.organization)
    page = browser.get(page_of(scenario))
    assert "They told us that the address isn't theirs." in text(page)
    press(browser, page, "Undo decline")
    with tenant(scenario.organization):
        assert not is_suppressed(
            organization=scenario.organization,
            channel=Channel.EMAIL,
            address="priya@ledgerly.example",
            reason=SuppressionReason.NOT_THEM,
        )


def test_a_slot_that_someone_else_took_is_not_given_back() -> None:
    scenario = declined()
    uid = scenario.reference(1).uid
    with tenant(scenario.organization):
        name_reference(scenario, 1, "Ana Ruiz")
    browser = recruiter_of(scenario.organization)
    response = browser.post(path(scenario, f"references/{uid}/undo-decline/"))
    assert refused(response) == "Ana Ruiz was named instead of Priya Nair."
    assert not any(link.startswith("Undo decline") for link in links(browser.get(path(scenario))))


def test_an_ended_request_is_reopened_first() -> None:
    scenario = declined()
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    response = recruiter_of(scenario.organization).post(page_of(scenario))
    assert refused(response) == "The request has ended. Reopen it first."
