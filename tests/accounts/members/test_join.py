"""Following an invitation link: with a new account, an existing one, or the wrong one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client

from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.accounts.invited import MEMBERS, invite, link_in_newest_email
from tests.accounts.pages import make_verified_user, sign_in, sign_up, text_of
from tests.audit import sentence_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in

pytestmark = pytest.mark.django_db
TOM = {"name": "Tom Beck", "password": PASSWORD}


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def link(acme: Organization) -> str:
    """The link in the email to Tom, invited as a recruiter."""
    dana = make_member(acme, Role.OWNER, make_user("dana@acme.example", name="Dana Ruiz", password=PASSWORD))
    invite(signed_in(Client(), dana), "tom@acme.example")
    return link_in_newest_email("tom@acme.example")


def role_of(email: str) -> str | None:
    return Membership.objects.filter(user__email=email).values_list("role", flat=True).first()


def test_a_new_user_enters_a_name_and_a_password_and_joins(client: Client, acme: Organization, link: str) -> None:
    page = client.get(link)
    assert "Dana Ruiz invites you as Recruiter." in text_of(page)
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("no-store", "noindex")
    answer = client.post(link, TOM, follow=True)
    assert answer.redirect_chain == [("/o/acme/requests/", 302)]
    assert "Tom Beck" in text_of(answer)
    assert role_of("tom@acme.example") == Role.RECRUITER
    user = User.objects.get(email="tom@acme.example")
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).exists()
    with tenant(acme):
        line = AuditEntry.objects.get(action="member.join")
    assert sentence_of(line) == "Tom Beck joined as Recruiter, invited by Dana Ruiz"
    assert sign_in(Client(), "tom@acme.example")["Location"] == "/"


def test_opening_the_link_does_not_join(client: Client, link: str) -> None:
    client.get(link)
    client.head(link)
    assert not User.objects.filter(email="tom@acme.example").exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Full name"),
        ("name", "a\x00b", "Full name"),
        ("name", "Tom \u202ekceB", "an invisible character"),
        ("password", "short", "12"),
        ("password", "qwerty123456", "common"),
        ("password", "tom@acme.example", "similar"),
        ("password", "", "Password"),
    ],
)
def test_invalid_input_shows_an_error_and_creates_no_account(
    client: Client, link: str, field: str, value: str, said: str
) -> None:
    answer = client.post(link, {**TOM, field: value})
    assert answer.status_code == 200
    assert text_of(answer).startswith("Error: ")
    assert said in text_of(answer)
    assert not User.objects.filter(email="tom@acme.example").exists()


def test_a_link_works_for_one_account(client: Client, link: str) -> None:
    client.post(link, TOM)
    assert client.post(link, TOM)["Location"] == "/o/acme/requests/"
    stranger = Client()
    for answer in (stranger.get(link), stranger.post(link, TOM)):
        assert answer.status_code == 404
        assert "This invitation has expired" in text_of(answer)
        assert "Acme" not in text_of(answer)
    assert User.objects.filter(email="tom@acme.example").count() == 1


@pytest.mark.parametrize("token", ["unknown", "x" * 300, "%00", "é"])
def test_an_invalid_token_shows_nothing(client: Client, link: str, token: str) -> None:
    answer = client.get(f"/invitations/{token}/")
    assert answer.status_code == 404
    assert "Acme" not in text_of(answer)


def test_a_signed_in_user_joins_with_one_click(client: Client, acme: Organization, link: str) -> None:
    signed_in(client, make_verified_user("tom@acme.example"))
    assert "Join Acme GmbH" in text_of(client.get(link))
    assert role_of("tom@acme.example") is None
    answer = client.post(link, follow=True)
    assert "You joined Acme GmbH as Recruiter." in text_of(answer)
    assert role_of("tom@acme.example") == Role.RECRUITER
    assert client.post(link)["Location"] == "/o/acme/requests/"


def test_an_existing_user_signs_in_and_returns_to_the_invitation(client: Client, link: str) -> None:
    make_verified_user("tom@acme.example")
    page = client.get(link)
    assert "already has an account" in text_of(page)
    assert f"/accounts/login/?next={link}" in page.content.decode()
    answer = client.post(f"/accounts/login/?next={link}", {"login": "tom@acme.example", "password": PASSWORD})
    assert answer["Location"] == link
    client.post(link)
    assert role_of("tom@acme.example") == Role.RECRUITER


def test_the_link_alone_does_not_sign_in_to_an_existing_account(client: Client, link: str) -> None:
    make_verified_user("tom@acme.example")
    client.post(link, {**TOM, "password": "another long sentence"})
    assert role_of("tom@acme.example") is None
    assert sign_in(Client(), "tom@acme.example", "another long sentence").status_code == 200


def test_an_unconfirmed_account_with_the_invited_address_cannot_join(client: Client, link: str) -> None:
    sign_up(client, email="tom@acme.example")
    client.force_login(User.objects.get(email="tom@acme.example"))
    assert "This invitation is for another address" in text_of(client.post(link))
    assert not Membership.objects.filter(organization__slug="acme", user__email="tom@acme.example").exists()


def test_the_wrong_account_learns_who_the_invitation_is_for(client: Client, link: str) -> None:
    signed_in(client, make_verified_user("eve@acme.example"))
    page = text_of(client.post(link))
    assert "You are signed in as eve@acme.example. The invitation to Acme GmbH was sent to tom@acme.example." in page
    assert role_of("eve@acme.example") is None
    assert client.post("/accounts/logout/", {"next": link})["Location"] == link
    assert "Full name" in text_of(client.get(link))


def test_someone_who_became_a_member_meanwhile_keeps_their_role(client: Client, acme: Organization, link: str) -> None:
    make_member(acme, Role.ADMIN, make_verified_user("tom@acme.example"))
    signed_in(client, User.objects.get(email="tom@acme.example"))
    assert "You joined Acme GmbH as Admin." in text_of(client.post(link, follow=True))
    assert "invited by Dana Ruiz" not in text_of(client.get(MEMBERS))


def test_a_form_from_another_site_is_refused(link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link, TOM).status_code == 403
    assert not User.objects.filter(email="tom@acme.example").exists()


@pytest.mark.django_db(transaction=True)
def test_concurrent_submissions_create_one_account(acme: Organization, link: str) -> None:
    together = Barrier(4)

    def press(_: int) -> int:
        together.wait()
        try:
            return Client().post(link, TOM).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    # The later ones are asked to sign in, or find the link used.
    assert 302 in answers
    assert set(answers) <= {200, 302, 404}
    assert User.objects.filter(email="tom@acme.example").count() == 1
    assert Membership.objects.filter(organization=acme, user__email="tom@acme.example").count() == 1
