"""Members of an organization: who can change which role, and that an owner always remains."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from crosschq.accounts.members.roles import Refused, change_role, remove_member
from crosschq.accounts.members.views import members
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.confirming import press
from tests.accounts.pages import text_of
from tests.audit import sentence_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in

pytestmark = pytest.mark.django_db
MEMBERS = "/o/acme/members/"


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


def join(organization: Organization, role: Role, name: str) -> User:
    email = f"{name.partition(' ')[0].lower()}@acme.example"
    return make_member(organization, role, make_user(email, name=name, password=PASSWORD))


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def url(user: User, act: str) -> str:
    return f"{MEMBERS}{membership(user).uid}/{act}/"


def audit_lines(organization: Organization) -> list[AuditEntry]:
    with tenant(organization):
        return list(AuditEntry.objects.order_by("id"))


def test_the_page_lists_everyone_with_their_role_and_explains_the_roles(client: Client, acme: Organization) -> None:
    dana = join(acme, Role.OWNER, "Dana Ruiz")
    join(acme, Role.VIEWER, "Tom Beck")
    join(make_organization("Another"), Role.OWNER, "Eve Other")
    page = text_of(signed_in(client, dana).get(MEMBERS))
    assert "Dana Ruiz (you) dana@acme.example Owner" in page
    assert "Tom Beck tom@acme.example Viewer" in page
    assert "Can see requests and reports, but not change anything" in page
    assert "There is only one owner" in page
    assert "Eve Other" not in page


def test_the_list_shows_a_page_of_many_members_sorted_by_name(
    client: Client, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "PER_PAGE", 2)
    people = [join(acme, Role.OWNER, name) for name in ("Zoë Lind", "Ágnes Kis", "bo Ek")]
    browser = signed_in(client, people[0])
    first, second = text_of(browser.get(MEMBERS)), text_of(browser.get(MEMBERS, {"page": "2"}))
    assert first.index("Ágnes Kis") < first.index("bo Ek") < first.index("Page 1 of 2")
    assert "Zoë Lind (you)" not in first
    assert "Zoë Lind (you)" in second
    assert "There is only one owner" not in first + second


def test_the_menu_shows_members_only_to_those_who_can_open_it(client: Client, acme: Organization) -> None:
    assert MEMBERS in signed_in(client, join(acme, Role.ADMIN, "Ada Admin")).get("/o/acme/templates/").content.decode()
    page = signed_in(client, join(acme, Role.RECRUITER, "Rae Recruiter")).get("/o/acme/templates/").content.decode()
    assert MEMBERS not in page


def test_a_role_changed_by_an_owner_is_audited(client: Client, acme: Organization) -> None:
    dana, tom = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.VIEWER, "Tom Beck")
    answer = press(signed_in(client, dana), url(tom, "role"), {"role": "admin"})
    assert "Tom Beck is now Admin." in text_of(answer)
    assert membership(tom).role == Role.ADMIN
    (line,) = audit_lines(acme)
    assert sentence_of(line) == "Dana Ruiz changed the role of Tom Beck from Viewer to Admin"
    assert (line.action, line.before, line.after) == (
        "member.role",
        {"role": "viewer"},
        {"role": "admin", "member": tom.pk},
    )


def test_choosing_the_same_role_again_is_not_audited(client: Client, acme: Organization) -> None:
    dana, tom = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.VIEWER, "Tom Beck")
    press(signed_in(client, dana), url(tom, "role"), {"role": "viewer"})
    assert audit_lines(acme) == []


def test_removing_a_member_closes_all_pages_immediately_and_keeps_the_account(
    client: Client, acme: Organization
) -> None:
    dana, tom = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.RECRUITER, "Tom Beck")
    toms = signed_in(Client(), tom)
    assert toms.get("/o/acme/requests/").status_code == 200
    remove = url(tom, "remove")
    assert "tom@acme.example loses access" in text_of(signed_in(client, dana).get(remove))
    assert Membership.objects.filter(user=tom).exists()
    assert "Tom Beck is no longer a member of Acme GmbH." in text_of(press(client, remove))
    assert toms.get("/o/acme/requests/").status_code == 404
    assert User.objects.filter(pk=tom.pk).exists()
    (line,) = audit_lines(acme)
    assert sentence_of(line) == "Dana Ruiz removed Tom Beck"
    assert line.before == {"member": tom.pk, "role": "recruiter", "membership": line.before["membership"]}


def test_clicking_remove_twice_removes_once(client: Client, acme: Organization) -> None:
    dana, tom = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.VIEWER, "Tom Beck")
    remove = url(tom, "remove")
    press(signed_in(client, dana), remove)
    assert press(client, remove).status_code == 200
    assert len(audit_lines(acme)) == 1


def test_a_nonexistent_member_is_not_found(client: Client, acme: Organization) -> None:
    signed_in(client, join(acme, Role.OWNER, "Dana Ruiz"))
    assert client.post(f"{MEMBERS}{uuid.uuid4()}/remove/").status_code == 404


def test_an_admin_cannot_make_someone_an_owner(client: Client, acme: Organization) -> None:
    join(acme, Role.OWNER, "Dana Ruiz")
    ada, tom = join(acme, Role.ADMIN, "Ada Admin"), join(acme, Role.VIEWER, "Tom Beck")
    assert 'value="owner"' not in signed_in(client, ada).get(url(tom, "role")).content.decode()
    assert press(client, url(tom, "role"), {"role": "owner"}).status_code == 200
    with tenant(acme), pytest.raises(Refused):
        change_role(organization=acme, actor=ada, uid=membership(tom).uid, role=Role.OWNER)
    assert membership(tom).role == Role.VIEWER


@pytest.mark.parametrize("act", ["role", "remove"])
def test_an_admin_cannot_demote_an_owner(client: Client, acme: Organization, act: str) -> None:
    dana, ada = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.ADMIN, "Ada Admin")
    join(acme, Role.OWNER, "Otto Owner")
    signed_in(client, ada)
    assert f"/{act}/" not in client.get(MEMBERS).content.decode().split("Ada Admin")[0]
    for answer in (
        client.get(url(dana, act), follow=True),
        press(client, url(dana, act), {"role": "admin"}),
    ):
        assert "Only an owner can change or remove an owner." in text_of(answer)
    assert membership(dana).role == Role.OWNER


def test_the_last_owner_can_neither_leave_nor_step_down(client: Client, acme: Organization) -> None:
    dana = join(acme, Role.OWNER, "Dana Ruiz")
    signed_in(client, dana)
    for answer in (
        press(client, url(dana, "remove")),
        press(client, url(dana, "role"), {"role": "viewer"}),
    ):
        assert "Dana Ruiz is the only owner. Make someone else an owner first." in text_of(answer)
    assert membership(dana).role == Role.OWNER


def test_one_of_two_owners_can_leave_and_lands_on_an_open_page(client: Client, acme: Organization) -> None:
    dana = join(acme, Role.OWNER, "Dana Ruiz")
    join(acme, Role.OWNER, "Otto Owner")
    answer = press(signed_in(client, dana), url(dana, "remove"))
    assert answer.status_code == 200
    assert "You aren't in an organization" in text_of(answer)
    assert sentence_of(audit_lines(acme)[0]) == "Dana Ruiz left the organization"


def test_an_admin_who_steps_down_lands_on_an_open_page(client: Client, acme: Organization) -> None:
    join(acme, Role.OWNER, "Dana Ruiz")
    ada = join(acme, Role.ADMIN, "Ada Admin")
    answer = press(signed_in(client, ada), url(ada, "role"), {"role": "viewer"})
    assert answer.status_code == 200
    assert membership(ada).role == Role.VIEWER


@pytest.mark.parametrize("value", ["", "god", "OWNER", "\x00"])
def test_a_nonexistent_role_is_refused_in_the_form(client: Client, acme: Organization, value: str) -> None:
    dana, tom = join(acme, Role.OWNER, "Dana Ruiz"), join(acme, Role.VIEWER, "Tom Beck")
    answer = press(signed_in(client, dana), url(tom, "role"), {"role": value})
    assert answer.status_code == 200
    assert text_of(answer).startswith("Error: ")
    assert membership(tom).role == Role.VIEWER


@pytest.mark.parametrize("actor_role", [Role.RECRUITER, Role.VIEWER, None])
def test_a_member_who_lost_the_role_before_clicking_is_refused(acme: Organization, actor_role: Role | None) -> None:
    join(acme, Role.OWNER, "Dana Ruiz")
    actor = join(acme, actor_role, "Ada Admin") if actor_role else make_user()
    tom = join(acme, Role.VIEWER, "Tom Beck")
    with tenant(acme), pytest.raises(Refused, match="Your role was just changed"):
        remove_member(organization=acme, actor=actor, uid=membership(tom).uid)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("removing", [True, False])
def test_two_owners_who_demote_each_other_at_the_same_time_leave_one(removing: bool) -> None:
    acme = make_organization("Acme GmbH")
    users = [join(acme, Role.OWNER, name) for name in ("Dana Ruiz", "Otto Owner")]
    uids = [membership(user).uid for user in users]
    together = Barrier(2)

    def unmake(number: int) -> str:
        together.wait()
        try:
            with tenant(acme):
                if removing:
                    remove_member(organization=acme, actor=users[number], uid=uids[1 - number])
                else:
                    change_role(organization=acme, actor=users[number], uid=uids[1 - number], role=Role.VIEWER)
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(unmake, range(2)))
    assert sorted(said) == ["Your role was just changed and no longer allows this.", "done"]
    assert Membership.objects.filter(organization=acme, role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_the_same_time_leave_one() -> None:
    acme = make_organization("Acme GmbH")
    users = [join(acme, Role.OWNER, name) for name in ("Dana Ruiz", "Otto Owner")]
    uids = [membership(user).uid for user in users]
    together = Barrier(2)

    def leave(number: int) -> bool:
        together.wait()
        try:
            with tenant(acme):
                remove_member(organization=acme, actor=users[number], uid=uids[number])
        except Refused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, range(2))) == [False, True]
    assert Membership.objects.filter(organization=acme, role=Role.OWNER).count() == 1
