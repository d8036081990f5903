"""A member copies a candidate's link: shown once, recorded, and never logged."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from tests.audit import audited
from tests.requests_app.factories import sent_request, waiting_request
from tests.requests_app.pages import links, text
from tests.requests_app.staff.acting import path, recruiter_of, refused
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db


def test_the_link_is_shown_once_and_opens_the_candidates_page(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    scenario = sent_request()
    emailed = scenario.candidate_path
    browser = recruiter_of(scenario.organization)
    assert links(browser.get(path(scenario)))["Copy candidate's link"] == path(scenario, "candidate-link/")
    page = browser.get(path(scenario, "candidate-link/"))
    assert "/c/" not in text(page)
    shown = press(browser, page, "Show link")
    assert "no-store" in shown["Cache-Control"]
    found = re.search(r"/c/[\w-]+/", text(shown))
    assert found
    for link in (found[0], emailed):
        assert client.get(link).status_code == 200
    assert scenario.timeline()[-1] == "Dana Ruiz copied the link for Maya Osei"
    assert audited(scenario.organization, action="request.copy_link") == ["Dana Ruiz copied the link for Maya Osei"]
    logged = caplog.text + "".join(capfd.readouterr())
    assert found[0].split("/")[2] not in logged
    assert len(scenario.emails()) == 1


def test_an_ended_request_has_no_link_to_copy() -> None:
    scenario = waiting_request()
    browser = recruiter_of(scenario.organization)
    page = browser.get(path(scenario, "candidate-link/"))
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    for response in (browser.get(path(scenario, "candidate-link/")), press(browser, page, "Show link")):
        assert refused(response) == "The request has ended, so there is no link to copy."
    assert "Copy candidate's link" not in links(browser.get(path(scenario)))
