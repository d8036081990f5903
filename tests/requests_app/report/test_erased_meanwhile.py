"""A request that is erased while someone shares, asks for, or opens its report is not found."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.test import Client

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_request
from requests_app.report import access, readership
from requests_app.report.sharing import ask, share
from tests.factories import make_member, signed_in
from tests.requests_app.factories import RequestScenario, ready_request
from tests.requests_app.report.test_report_access import path as public_path
from tests.requests_app.staff.acting import path

pytestmark = pytest.mark.django_db
Press = Callable[[Client, RequestScenario], Any]
ASKED = {"name": "Jo", "email": "jo@client.example", "reason": "I hire."}
CASES: dict[str, tuple[ModuleType, str, Press]] = {
    "share": (
        share,
        "check_may_share",
        lambda browser, of: browser.post(path(of, "report/share/"), {"email": "jo@client.example", "days": "30"}),
    ),
    "ask": (ask, "can_ask", lambda _browser, of: Client().post(f"{public_path(of)}ask/", ASKED)),
    "open": (readership, "_store", lambda browser, of: browser.get(path(of, "report/"))),
    "pdf": (access, "hold_request", lambda browser, of: browser.post(path(of, "report/pdf/"))),
}


@pytest.mark.parametrize("case", CASES)
def test_a_request_that_is_erased_meanwhile_is_not_found(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, function, press = CASES[case]
    scenario = ready_request()
    browser = signed_in(Client(), make_member(scenario.organization, Role.RECRUITER))
    real = getattr(module, function)

    def erase_first(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(module, function, real)
        with tenant(scenario.organization):
            erase_request(scenario.reference_request)
        return real(*arguments, **options)

    monkeypatch.setattr(module, function, erase_first)
    assert press(browser, scenario).status_code == 404
