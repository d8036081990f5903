"""Where a user is signed in: listed, ended remotely, and deleted with the session."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from crosschq.accounts.profile.devices import device_words
from crosschq.core import clock
from crosschq.privacy.retention import nightly
from crosschq.tenancy.models import Role, User
from tests.accounts.pages import make_verified_user, sign_in, text_of
from tests.factories import PASSWORD, make_member, make_organization

pytestmark = pytest.mark.django_db
PAGE = "/profile/sessions/"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


@pytest.fixture
def dana() -> User:
    return make_member(make_organization("Acme GmbH", slug="acme"), Role.OWNER, make_verified_user())


def browser(user: User, agent: str, address: str = "192.0.2.7") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    sign_in(client, user.email)
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome, Linux"),
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Mac"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 40),
        ("", ""),
    ],
)
def test_a_browser_is_described_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words


def test_each_session_shows_its_device_and_address(dana: User) -> None:
    laptop, phone = browser(dana, CHROME), browser(dana, PHONE, "198.51.100.9")
    browser(make_verified_user("eve@beta.example"), "curl/8.5.0")
    assert "In 2 browsers" in text_of(laptop.get("/profile/"))
    page = text_of(laptop.get(PAGE))
    assert page.index("Chrome, Linux This browser Address 192.0.2.7") < page.index(
        "Safari, iPhone Address 198.51.100.9"
    )
    assert "curl" not in page
    assert "Safari, iPhone This browser" in text_of(phone.get(PAGE))


def test_one_session_is_signed_out_and_no_other(dana: User) -> None:
    here, lost, other = browser(dana, CHROME), browser(dana, PHONE), browser(dana, "curl/8.5.0")
    row = UserSession.objects.get(user_agent=PHONE)
    assert "We signed you out in 1 browser." in text_of(here.post(PAGE, {"session": row.pk}, follow=True))
    assert (is_in(here), is_in(lost), is_in(other)) == (True, False, True)


def test_all_other_sessions_can_be_signed_out_together(dana: User) -> None:
    here, others = browser(dana, CHROME), [browser(dana, PHONE), browser(dana, "curl/8.5.0")]
    assert "We signed you out in 2 browsers." in text_of(here.post(PAGE, follow=True))
    assert is_in(here)
    assert not any(is_in(other) for other in others)


def test_a_user_cannot_end_the_current_session_or_another_users(dana: User) -> None:
    eve = make_verified_user("eve@beta.example")
    here, theirs = browser(dana, CHROME), browser(eve, PHONE)
    for pk in [*UserSession.objects.values_list("pk", flat=True), 0, 2**70, "x"]:
        here.post(PAGE, {"session": pk})
    assert (is_in(here), is_in(theirs)) == (True, True)


def test_a_new_password_ends_the_other_sessions(dana: User) -> None:
    here, other = browser(dana, CHROME), browser(dana, PHONE)
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    new = {
        "oldpassword": PASSWORD,
        "password1": "another long sentence here",
        "password2": "another long sentence here",
    }
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert not is_in(other)
    page = text_of(here.get(PAGE))
    assert "Chrome, Linux This browser" in page
    assert "iPhone" not in page


def test_the_last_use_is_stored_by_the_hour_and_extends_the_session(dana: User) -> None:
    here = browser(dana, CHROME)
    start = Session.objects.get().expire_date
    with time_machine.travel(clock.now() + timedelta(minutes=50)):
        here.get("/profile/")
        assert Session.objects.get().expire_date == start
    with time_machine.travel(clock.now() + timedelta(hours=30)) as later:
        here.get("/profile/")
        assert Session.objects.get().expire_date > start + timedelta(hours=29)
        shown = here.get(PAGE).context["active_sessions"][0]
        assert (shown.last_seen - shown.since) > timedelta(hours=29)
        later.shift(timedelta(days=15))
        assert not is_in(here)


def test_opening_the_list_changes_nothing(dana: User) -> None:
    here, gone = browser(dana, CHROME), browser(dana, PHONE)
    Session.objects.filter(session_key=gone.session.session_key).delete()
    before = set(UserSession.objects.values_list("pk", flat=True))
    assert "iPhone" not in text_of(here.get(PAGE))
    assert set(UserSession.objects.values_list("pk", flat=True)) == before
    nightly.run(now=clock.now())
    assert UserSession.objects.get().user_agent == CHROME


def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(
    dana: User, django_assert_max_num_queries: object
) -> None:
    here = browser(dana, CHROME)
    for _more in range(12):
        browser(dana, PHONE)
    with django_assert_max_num_queries(8):  # type: ignore[operator]  # a fixture without a type
        assert len(here.get(PAGE).context["active_sessions"]) == 13
