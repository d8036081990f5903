"""Who shared which report: admins see it, also of a member who left, and can stop it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader
from requests_app.report.sharing import live
from requests_app.report.sharing.live import live_shares
from tests.accounts.confirming import press
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, ready_request
from tests.requests_app.pages import links, text

pytestmark = pytest.mark.django_db
SHARED = "/o/acme/reports/shared/"
JO, KIM = "jo@client.example", "kim@client.example"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def rae(acme: Organization) -> User:
    return member(acme, "Rae Lin", Role.RECRUITER)


@pytest.fixture
def admin(acme: Organization) -> Client:
    return signed_in(Client(), member(acme, "Ada Admin", Role.OWNER))


def member(acme: Organization, name: str, role: Role) -> User:
    email = f"{name.partition(' ')[0].lower()}@acme.example"
    return make_member(acme, role, make_user(email, name=name, password=PASSWORD))


def shared(scenario: RequestScenario, by: User, email: str = JO) -> Reader:
    path = f"/o/acme/requests/{scenario.reference_request.uid}/report/share/"
    signed_in(Client(), by).post(path, {"email": email, "days": "30"})
    with tenant(scenario.organization):
        return Reader.objects.get(reference_request=scenario.reference_request, email=email)


def addresses(acme: Organization, by: User) -> list[str]:
    with tenant(acme):
        return [reader.email for reader in live_shares(by)]


def removal(user: User) -> str:
    return f"/o/acme/members/{Membership.objects.get(user=user).uid}/remove/"


def test_removing_a_member_stops_what_they_shared_if_the_admin_wants_it(
    acme: Organization, rae: User, admin: Client
) -> None:
    shared(ready_request(acme), rae)
    shared(ready_request(acme), rae, KIM)
    page = admin.get(removal(rae))
    assert "They shared 2 reports that people can still open." in text(page)
    assert f"/o/acme/reports/shared/?by={rae.pk}" in page.content.decode()
    said = text(press(admin, removal(rae), {"stop_shares": "on"}))
    assert "The 2 reports they shared aren't shared anymore." in said
    assert addresses(acme, rae) == []


def test_what_a_removed_member_shared_stays_otherwise_and_an_admin_sees_and_stops_it(
    acme: Organization, rae: User, admin: Client
) -> None:
    jo = shared(ready_request(acme), rae)
    press(admin, removal(rae))
    page = "/o/acme/reports/shared/"
    assert "jo@client.example" in text(admin.get(page))
    assert "Only those that Rae Lin shared." in text(admin.get(f"{page}?by={rae.pk}"))
    for other in (User.objects.get(email="ada@acme.example").pk, "9" * 18, "9" * 40, "x"):
        assert "No report is shared" in text(admin.get(f"{page}?by={other}"))
    assert "View requests with a report" not in text(admin.get(f"{page}?by=x"))
    said = text(admin.post(f"{page}?by={rae.pk}", {"stop": str(jo.uid)}, follow=True))
    assert "jo@client.example can't open the report anymore." in said
    assert addresses(acme, rae) == []


def test_each_share_is_on_one_page_the_latest_first_also_when_the_audit_log_has_no_entry_anymore(
    acme: Organization, rae: User, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = ready_request(acme)
    people = [f"p{number}@client.example" for number in range(5)]
    for email in people:
        shared(scenario, rae, email)
    with tenant(acme):
        AuditEntry.objects.filter(action="report.share").delete()
    monkeypatch.setattr(live, "PAGE_ROWS", 2)
    for most in (1000, 3):  # among few that are live, and in the order of all
        monkeypatch.setattr(live, "MOST_COUNTED", most)
        pages = [admin.get(SHARED)]
        while onward := links(pages[-1]).get("Older"):
            pages.append(admin.get(SHARED + onward))
        seen = [re.findall(r"p[0-9]@client.example", text(page)) for page in pages]
        assert [list(dict.fromkeys(each)) for each in seen] == [people[:2:-1], people[2:0:-1], people[:1]]
        assert text(admin.get(SHARED + links(pages[2])["Newer"])) == text(pages[1])
        assert "Newer" not in links(admin.get(SHARED + links(pages[1])["Newer"]))
    said = text(press(admin, removal(rae), {"stop_shares": "on"}))
    assert "The 5 reports they shared aren't shared anymore." in said


def test_where_no_report_is_shared_the_page_leads_to_those_that_can_be(acme: Organization, admin: Client) -> None:
    target = links(admin.get("/o/acme/reports/shared/"))["View requests with a report"]
    assert admin.get(target).status_code == 200
    assert target.endswith("?view=all&state=done")


def test_a_member_who_shared_nothing_is_removed_without_a_question(rae: User, admin: Client) -> None:
    assert "can still open" not in text(admin.get(removal(rae)))


def test_a_share_that_ended_or_that_another_member_renewed_is_not_theirs(acme: Organization, rae: User) -> None:
    tom, scenario = member(acme, "Tom Beck", Role.RECRUITER), ready_request(acme)
    with time_machine.travel(clock.now() - timedelta(days=31)):
        shared(ready_request(acme), rae, KIM)
    shared(scenario, rae)
    assert addresses(acme, rae) == [JO]
    with time_machine.travel(clock.now() + timedelta(days=1)):
        shared(scenario, tom)
        assert (addresses(acme, rae), addresses(acme, tom)) == ([], [JO])


def test_only_its_owner_stops_the_share_of_a_private_report(acme: Organization, rae: User, admin: Client) -> None:
    jo = shared(ready_request(acme), rae)
    Organization.objects.update(reports_private=True)
    said = text(admin.post("/o/acme/reports/shared/", {"stop": str(jo.uid)}, follow=True))
    assert "This report is private. Only its owner" in said
    assert addresses(acme, rae) == [JO]
    assert admin.post("/o/acme/reports/shared/", {"stop": "x"}).status_code == 404
