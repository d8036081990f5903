"""“Send test request” and “Erase this test”: the pages, and the Test badge on every page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, sent_request
from tests.requests_app.pages import follow, heading, links, press_and_follow, text
from tests.templates_app.browsing import controls, errors, press
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
DANA = "dana@acme.example"
SEND = "Send test request"


@pytest.fixture
def acme() -> Organization:
    return make_organization(slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.RECRUITER, make_user(DANA, name="Dana Ruiz"))


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


def only_request(acme: Organization) -> ReferenceRequest:
    with tenant(acme):
        return ReferenceRequest.objects.select_related("version").get()


def is_marked(page: Any) -> bool:
    """A badge with the word Test."""
    return bool(re.search(r'class="status warn">.*?</svg>\s*Test</span>', page.content.decode(), re.DOTALL))


def test_with_one_template_it_takes_one_click(acme: Organization, desk: Client) -> None:
    template = make_template(acme, name="Engineering")
    page = desk.get("/o/acme/requests/test/")
    assert heading(page) == SEND
    assert DANA in text(page)
    assert "With the template Engineering." in text(page)
    page = press_and_follow(desk, page, SEND)
    assert f"The test is on its way to {DANA}." in text(page)
    asked = only_request(acme)
    assert (asked.is_test, asked.candidate_email, asked.owner_email) == (True, DANA, DANA)
    assert asked.version.template_id == template.pk


def test_with_several_templates_one_must_be_chosen(acme: Organization, desk: Client) -> None:
    make_template(acme, name="Engineering")
    sales = make_template(acme, name="Sales")
    page = desk.get("/o/acme/requests/test/")
    assert errors(press(desk, page, SEND)) == ["Choose a template"]
    assert errors(press(desk, page, SEND, template="nonsense\0")) == ["Choose a template"]
    follow(desk, press(desk, page, SEND, template=str(sales.uid)))
    assert only_request(acme).version.template_id == sales.pk


def test_a_templates_menu_preselects_it(acme: Organization, desk: Client) -> None:
    make_template(acme, name="Engineering")
    sales = make_template(acme, name="Sales")
    rows = desk.get("/o/acme/templates/").content.decode()
    assert f"/o/acme/requests/test/?template={sales.uid}" in rows
    page = desk.get("/o/acme/requests/test/", {"template": str(sales.uid)})
    assert controls(page)["template"] == str(sales.uid)
    assert controls(desk.get("/o/acme/requests/test/", {"template": "x"})).get("template") is None


def test_without_a_template_it_leads_to_creating_one(acme: Organization, dana: User, desk: Client) -> None:
    assert "Only an admin can create a template." in text(desk.get("/o/acme/requests/test/"))
    assert desk.post("/o/acme/requests/test/", {"template": "x"}).status_code == 200
    admin = signed_in(Client(), make_member(acme, Role.ADMIN))
    page = admin.get("/o/acme/requests/test/")
    form = admin.get(links(page)["Create New Template"])
    assert (controls(form)["name"], controls(form)["ats_tag"]) == ("Reference check", "standard")
    page = admin.get(press(admin, form, "Create Template")["Location"])
    assert "Reference check" in text(page)
    assert heading(admin.get(links(page)[SEND])) == SEND


def test_every_page_of_a_test_has_the_badge(acme: Organization, desk: Client) -> None:
    make_template(acme)
    detail = press_and_follow(desk, desk.get("/o/acme/requests/test/"), SEND)
    scenario = RequestScenario(acme, only_request(acme))
    assert is_marked(detail)
    assert is_marked(desk.get("/o/acme/requests/"))

    phone = Client()
    page = phone.get(scenario.candidate_path)
    seen = [page]
    page = press_and_follow(phone, page, "Start", agreed="on")
    for name in ("Priya Nair", "Tom Beck"):
        for typed in ({"name": name}, {"relationship": "coworker", "company": "Ledgerly"}, {"email": DANA}):
            seen.append(page)
            if "email" in typed:
                assert "This is a test: the email comes to you, whatever address you type here." in text(page)
            page = press_and_follow(phone, page, "Save and continue", **typed)
    seen.append(page)
    page = press_and_follow(phone, page, "Send requests to my 2 references")
    seen.append(page)
    page = phone.get(scenario.reference_path(1))
    seen += [page, press_and_follow(phone, page, "Start")]
    answer(scenario, 1, send=False)
    page = phone.get(f"{scenario.reference_path(1)}check/")
    seen += [page, press_and_follow(phone, page, "Send reference", own_words="on")]
    answer(scenario, 2)
    seen.append(phone.get(scenario.candidate_path))
    seen.append(phone.get(f"/reports/{scenario.reference_request.uid}/"))
    for page in seen:
        assert is_marked(page), heading(page)
        assert "<title>Test: " in page.content.decode()
    report = desk.get(f"/o/acme/requests/{scenario.reference_request.uid}/report/")
    assert heading(report) == "Test Candidate"
    assert is_marked(report)


def test_a_real_request_has_no_badge(acme: Organization, desk: Client) -> None:
    scenario = sent_request(acme)
    for page in (
        desk.get("/o/acme/requests/"),
        desk.get(f"/o/acme/requests/{scenario.reference_request.uid}/"),
        Client().get(scenario.candidate_path),
        Client().get(f"/reports/{scenario.reference_request.uid}/"),
    ):
        assert page.status_code == 200
        assert not is_marked(page)
        assert "Erase" not in text(page)


def test_a_test_is_erased_after_one_confirmation(acme: Organization, desk: Client) -> None:
    make_template(acme)
    page = press_and_follow(desk, desk.get("/o/acme/requests/test/"), SEND)
    uid = only_request(acme).uid
    page = desk.get(links(page)["Erase this test"])
    assert heading(page) == "Erase this test?"
    assert only_request(acme).uid == uid
    page = press_and_follow(desk, page, "Erase this test")
    assert "The test was erased." in text(page)
    assert desk.get(f"/o/acme/requests/{uid}/").status_code == 404
    assert desk.post(f"/o/acme/requests/{uid}/erase/").status_code == 404


def test_a_real_request_has_no_erase_page(acme: Organization, desk: Client) -> None:
    scenario = sent_request(acme)
    for method in (desk.get, desk.post):
        assert method(f"/o/acme/requests/{scenario.reference_request.uid}/erase/").status_code == 404
    assert only_request(acme).uid == scenario.reference_request.uid


def test_a_test_candidates_address_cannot_be_changed(acme: Organization, desk: Client) -> None:
    make_template(acme)
    page = press_and_follow(desk, desk.get("/o/acme/requests/test/"), SEND)
    url = f"/o/acme/requests/{only_request(acme).uid}/address/"
    assert url not in links(page).values()
    real = sent_request(acme).reference_request
    shown = links(desk.get(f"/o/acme/requests/{real.uid}/"))
    assert f"/o/acme/requests/{real.uid}/address/" in shown.values()
    assert desk.get(url).status_code == desk.post(url, {"email": "maya@candidates.example"}).status_code == 404


def test_the_number_of_queries_does_not_depend_on_the_number_of_templates(acme: Organization, desk: Client) -> None:
    counted = []
    for _ in range(2):
        for _ in range(5):
            make_template(acme)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get("/o/acme/requests/test/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


def test_viewers_cannot_send_a_test(acme: Organization) -> None:
    make_template(acme)
    viewer = signed_in(Client(), make_member(acme, Role.VIEWER))
    for path in ("/o/acme/requests/", "/o/acme/templates/"):
        assert "/requests/test/" not in viewer.get(path).content.decode()
