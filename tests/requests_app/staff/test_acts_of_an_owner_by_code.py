"""An owner without an account has the actions of a request's page too, except handing it over."""

from __future__ import annotations

import pytest

from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from requests_app.models import RequestState
from tests.audit import audited
from tests.requests_app.factories import waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path
from tests.requests_app.staff.test_owner_without_account import identified
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db


def test_the_owner_reopens_a_request_and_is_named_for_it() -> None:
    scenario = waiting_request()
    browser = identified(scenario)
    acts = links(browser.get(path(scenario)))
    assert {"Copy candidate's link", "Change due date", "Replace reference"} <= set(acts)
    assert "Change owner" not in acts
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    page = browser.get(links(browser.get(path(scenario)))["Reopen request"])
    done = browser.get(press(browser, page, "Reopen request")["Location"])
    assert "The request for Maya Osei is open until" in text(done)
    assert scenario.reread().state == RequestState.WAITING_FOR_REFERENCES
    assert scenario.timeline()[-1].startswith("Dana Ruiz (by email code) reopened the request until")
    assert audited(scenario.organization, action="request.reopen") == [
        "Dana Ruiz (by email code) reopened the request to Maya Osei"
    ]


def test_the_list_of_members_stays_closed_to_the_owner() -> None:
    scenario = waiting_request()
    response = identified(scenario).get(path(scenario, "owner/"))
    assert response.status_code in (302, 403, 404)
