"""Actions that change who has access each ask for a fresh proof of identity."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connections
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.confirming import asked, press
from tests.accounts.invited import INVITE, MEMBERS
from tests.accounts.pages import emails, make_verified_user, text_of
from tests.accounts.sign_in.test_mfa import ACTIVATE, code_of, set_up
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in

pytestmark = pytest.mark.django_db
PRIYA = {"emails": "priya@acme.example", "role": "recruiter"}
RIGHT = {"password": PASSWORD}


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.OWNER, make_verified_user())


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


@pytest.fixture
def tom(acme: Organization) -> Membership:
    return Membership.objects.get(
        user=make_member(acme, Role.RECRUITER, make_user("tom@acme.example", name="Tom Beck"))
    )


def role_url(member: Membership) -> str:
    return f"{MEMBERS}{member.uid}/role/"


def written(acme: Organization) -> list[str]:
    with tenant(acme):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def invited(email: str = "priya@acme.example") -> int:
    return len(emails(email))


def test_the_page_names_the_action_and_nothing_happens_before_the_proof(desk: Client, acme: Organization) -> None:
    there = asked(desk, INVITE, PRIYA)
    page = text_of(desk.get(there))
    assert "Invite priya@acme.example to Acme GmbH as Recruiter" in page
    assert (invited(), written(acme)) == (0, [])
    assert "You invited 1 person." in text_of(desk.post(there, RIGHT, follow=True))
    assert (invited(), written(acme)) == (1, ["invitation.send"])


def test_the_role_is_shown_before_a_long_list_of_addresses(desk: Client) -> None:
    emails = [f"p{number}@acme.example" for number in range(4)]
    page = text_of(desk.get(asked(desk, INVITE, {"emails": "\n".join(emails), "role": "admin"})))
    assert f"Invite 4 people to Acme GmbH as Admin: {', '.join(emails[:3])}, and {emails[3]}" in page


def test_invalid_input_is_reported_before_the_proof(desk: Client, tom: Membership) -> None:
    assert desk.post(INVITE, {"emails": "no address", "role": "viewer"}).status_code == 200
    assert desk.post(role_url(tom), {"role": "king"}).status_code == 200


def test_a_wrong_password_does_nothing_and_the_action_stays_pending(desk: Client) -> None:
    there = asked(desk, INVITE, PRIYA)
    answer = desk.post(there, {"password": "another one"})
    assert answer.status_code == 200
    assert "The password is wrong" in text_of(answer)
    assert "Invite priya@acme.example" in text_of(answer)
    assert invited() == 0
    assert "You invited 1 person." in text_of(desk.post(there, RIGHT, follow=True))


def test_an_earlier_proof_does_not_count(dana: User) -> None:
    desk = Client()
    desk.post("/accounts/login/", {"login": dana.email, "password": PASSWORD})
    desk.post("/accounts/reauthenticate/", RIGHT)
    press(desk, INVITE, PRIYA)
    asked(desk, INVITE, {**PRIYA, "emails": "eve@acme.example"})
    assert (invited(), invited("eve@acme.example")) == (1, 0)


def test_a_proof_performs_its_own_action_and_no_other(desk: Client, tom: Membership) -> None:
    invitation, change = asked(desk, INVITE, PRIYA), asked(desk, role_url(tom), {"role": "viewer"})
    assert "Tom Beck is now Viewer." in text_of(desk.post(change, RIGHT, follow=True))
    assert invited() == 0
    assert "You invited 1 person." in text_of(desk.post(invitation, RIGHT, follow=True))


def test_data_posted_with_the_proof_cannot_change_the_action(desk: Client, tom: Membership) -> None:
    there = asked(desk, role_url(tom), {"role": "viewer"})
    desk.post(f"{there}?role=owner", {**RIGHT, "role": "owner", "emails": "eve@acme.example"})
    tom.refresh_from_db()
    assert tom.role == Role.VIEWER


def test_confirming_twice_does_nothing_more_and_says_so(desk: Client, acme: Organization) -> None:
    there = asked(desk, INVITE, PRIYA)
    desk.post(there, RIGHT)
    assert "You already confirmed it" in text_of(desk.post(there, RIGHT, follow=True))
    assert (invited(), written(acme)) == (1, ["invitation.send"])


def test_clicking_the_first_button_twice_is_one_action(desk: Client) -> None:
    assert asked(desk, INVITE, PRIYA) == asked(desk, INVITE, PRIYA)


def test_a_proof_after_ten_minutes_is_too_late(desk: Client) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        there = asked(desk, INVITE, PRIYA)
        moved.shift(timedelta(minutes=10, seconds=1))
        assert "10 minutes have passed" in text_of(desk.post(there, RIGHT, follow=True))
    assert invited() == 0


def test_only_the_session_that_started_the_action_can_confirm_it(desk: Client, dana: User) -> None:
    there = asked(desk, INVITE, PRIYA)
    signed_in(Client(), dana).post(there, RIGHT)
    eve = make_member(make_organization("Another"), Role.OWNER, make_user(password=PASSWORD))
    signed_in(Client(), eve).post(there, RIGHT)
    assert invited() == 0


def test_a_user_who_lost_the_role_meanwhile_is_refused(desk: Client, dana: User) -> None:
    there = asked(desk, INVITE, PRIYA)
    Membership.objects.filter(user=dana).update(role=Role.RECRUITER)
    assert desk.post(there, RIGHT).status_code == 403
    assert invited() == 0


def test_a_change_made_meanwhile_asks_for_confirmation_again(desk: Client, tom: Membership) -> None:
    there = asked(desk, role_url(tom), {"role": "admin"})
    assert "from Recruiter to Admin" in text_of(desk.get(there))
    Membership.objects.filter(pk=tom.pk).update(role=Role.VIEWER)
    answer = desk.post(there, RIGHT, follow=True)
    assert "from Viewer to Admin" in text_of(answer)
    tom.refresh_from_db()
    assert tom.role == Role.VIEWER


def test_a_proof_for_an_action_opens_no_account_security_page(desk: Client) -> None:
    press(desk, INVITE, PRIYA)
    assert "/reauthenticate/" in desk.get(ACTIVATE)["Location"]


def test_a_pending_action_is_not_performed_by_another_actions_proof(desk: Client) -> None:
    asked(desk, INVITE, PRIYA)
    desk.get(ACTIVATE)
    desk.post(f"/accounts/reauthenticate/?next={ACTIVATE}", RIGHT, follow=True)
    assert invited() == 0


def test_a_code_from_the_app_or_a_recovery_code_counts_as_proof(dana: User) -> None:
    desk = Client()
    secret, codes = set_up(desk)
    there = asked(desk, INVITE, PRIYA)
    assert f"{there}code/" in desk.get(there).content.decode()
    assert "That isn't the code" in text_of(desk.post(f"{there}code/", {"code": "000000"}))
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert "You invited 1 person." in text_of(desk.post(f"{there}code/", {"code": code_of(secret)}, follow=True))
    again = asked(desk, INVITE, {**PRIYA, "emails": "eve@acme.example"})
    assert "You invited 1 person." in text_of(desk.post(f"{again}code/", {"code": codes[0]}, follow=True))
    assert invited() == 1


def test_a_code_proves_one_action_and_not_the_next(dana: User) -> None:
    desk = Client()
    secret, codes = set_up(desk)
    first, second = (asked(desk, INVITE, {**PRIYA, "emails": f"{name}@acme.example"}) for name in ("priya", "eve"))
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        for code in (code_of(secret), codes[0]):
            desk.post(f"{first}code/", {"code": code})
            assert "That isn't the code" in text_of(desk.post(f"{second}code/", {"code": code}))
            first = asked(desk, INVITE, {**PRIYA, "emails": "tom@acme.example"})
    assert (invited(), invited("tom@acme.example"), invited("eve@acme.example")) == (1, 1, 0)


def test_a_user_without_any_proof_learns_what_to_do(acme: Organization) -> None:
    desk = signed_in(Client(), make_member(acme, Role.OWNER))
    answer = desk.get(asked(desk, INVITE, PRIYA))
    assert answer.status_code == 403
    assert "Set a password for your account first" in text_of(answer)


def test_guessing_the_password_is_limited(desk: Client) -> None:
    there = asked(desk, INVITE, PRIYA)
    codes = {desk.post(there, {"password": f"guess {n}"}).status_code for n in range(12)}
    assert 429 in codes
    assert desk.post(there, RIGHT).status_code == 429
    assert invited() == 0


def test_unconfirmed_actions_do_not_pile_up(desk: Client) -> None:
    pages = [asked(desk, INVITE, {**PRIYA, "emails": f"p{number}@acme.example"}) for number in range(8)]
    assert [desk.get(page).status_code for page in pages] == [302] * 3 + [200] * 5


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_the_same_time_act_once(desk: Client, acme: Organization) -> None:
    there, barrier = asked(desk, INVITE, PRIYA), Barrier(2)

    def confirm() -> int:
        try:
            barrier.wait()
            browser = Client()
            browser.cookies = desk.cookies
            return browser.post(there, RIGHT).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        codes = [one.result() for one in [pool.submit(confirm), pool.submit(confirm)]]
    assert codes == [302, 302]
    assert (invited(), written(acme)) == (1, ["invitation.send"])
