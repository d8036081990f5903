"""An action refused by a cap changes nothing, explains why, keeps the input and is audited."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import structlog
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.accounts.email_code import codes
from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.caps import CAPS, CapReached
from crosschq.tenancy.models import Invitation, Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Prospect
from requests_app.models import Reference, ReferenceRequest, ReferenceState, Reminder
from requests_app.start import test_request
from tests.accounts.confirming import press
from tests.accounts.invited import invite, resend_url
from tests.accounts.pages import emails, sign_up, text_of
from tests.audit import audited
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.prospects.factories import PRIYA, answered_job
from tests.requests_app.factories import RequestScenario, ready_request, sent_request, token_in, waiting_request
from tests.templates_app.browsing import controls
from tests.templates_app.factories import make_template

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def use_up(times: int, **who: str) -> None:
    """Request this many codes: for this address, or ten for each of several."""
    at_once = min(times, 10)
    for number in range(times // at_once):
        with cross_tenant("a test"):
            address = who.get("address") or f"p{number}@example.com"
            caps.count("sign_in_codes", organization=None, address=address, network=who["network"], times=at_once)


@pytest.fixture
def acme(db: None) -> Organization:
    return make_organization("Acme GmbH", slug="acme")


@pytest.fixture
def dana(acme: Organization) -> User:
    return make_member(acme, Role.OWNER, make_user("dana@acme.example", name="Dana Ruiz", password=PASSWORD))


@pytest.fixture
def desk(dana: User) -> Client:
    return signed_in(Client(), dana)


def test_a_new_organization_invites_twenty_and_learns_who_was_left_out(acme: Organization, desk: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        invite(desk, "\n".join(f"p{n}@example.com" for n in range(20)))
        answer = invite(desk, "more@example.com\nothers@example.com")
        invite(desk, "more@example.com")
    page = text_of(answer)
    assert "Your organization can send at most 20 invitations to members in 24 hours" in page
    assert "more once SmartRecruiters is connected" in page
    assert re.search(r"You can send again on \w+ \d+, \d{4}, \d+:\d\d [AP]M UTC", page)
    assert "more@example.com" in controls(answer)["emails"]
    with tenant(acme):
        assert Invitation.objects.count() == 20
    assert emails("more@example.com") == []
    assert audited(acme, action="email.refuse") == [
        "Dana Ruiz reached the limit of 20 invitations to members in 24 hours"
    ]
    assert {(line["cap"], line["organization"]) for line in logs if line["event"] == "email_cap_reached"} == {
        ("invitations", str(acme.uid))
    }


def test_an_invitation_is_resent_twice_a_day_and_its_link_survives_a_refusal(acme: Organization, desk: Client) -> None:
    with time_machine.travel(NOON, tick=False) as moved:
        invite(desk, "tom@example.com")
        for _time in range(2):
            moved.shift(600)
            press(desk, resend_url(acme))
        moved.shift(600)
        with tenant(acme):
            before = Invitation.objects.get().sent_at
        page = text_of(press(desk, resend_url(acme)))
        assert "3 invitations to members can go to one address" in page
        with tenant(acme):
            assert Invitation.objects.get().sent_at == before
    assert len(emails("tom@example.com")) == 3


def test_erasing_tests_does_not_make_room_for_more(acme: Organization, dana: User, desk: Client) -> None:
    template = make_template(acme)
    with tenant(acme), time_machine.travel(NOON, tick=False) as moved:
        version = template.current
        for number in range(18):
            caps.count("test_requests", organization=acme, address=f"p{number}@example.com")
        for _time in range(2):
            moved.shift(120)
            test_request.erase_test_request(
                test_request.send_test_request(organization=acme, version=version, to=dana), actor=dana
            )
    with time_machine.travel(NOON + timedelta(hours=1)):
        answer = desk.post(reverse("requests:test", args=["acme"]), {"template": str(template.uid)})
    assert "can send at most 20 test requests in 24 hours" in text_of(answer)
    with tenant(acme):
        assert not ReferenceRequest.objects.exists()
    assert audited(acme, action="email.refuse")


def url(job: RequestScenario, name: str, *args: object) -> str:
    return reverse(f"requests:{name}", args=[job.organization.slug, job.reference_request.uid, *args])


def test_new_links_for_one_candidate_are_limited(acme: Organization, desk: Client) -> None:
    job = sent_request(acme)
    for _time in range(CAPS["fresh_links"].to_address):
        desk.post(url(job, "resend"))
    page = text_of(desk.post(url(job, "resend"), follow=True))
    assert "6 new links can go to one address in 24 hours. Nothing was sent." in page
    assert len(job.emails("candidate_link")) == 6
    assert len([line for line in job.timeline() if "a new link" in line]) == 6


def test_a_refused_address_correction_stays_in_the_form(acme: Organization, desk: Client) -> None:
    job = sent_request(acme)
    with cross_tenant("a test"):
        for number in range(CAPS["requests"].of_new - 2):  # type: ignore[operator]
            caps.count("requests", organization=acme, address=f"p{number}@example.com")
    desk.post(url(job, "address"), {"email": "maya18@example.com"})
    answer = desk.post(url(job, "address"), {"email": "one-more@example.com"})
    assert "can send at most 20 requests to candidates in 24 hours" in text_of(answer)
    assert controls(answer)["email"] == "one-more@example.com"
    assert job.reread().candidate_email == "maya18@example.com"
    assert job.candidate_path
    assert Client().get(job.candidate_path).status_code == 200


def test_manual_reminders_are_refused_as_a_whole(acme: Organization, desk: Client) -> None:
    job = waiting_request(acme)
    with cross_tenant("a test"):
        caps.count("reminders", organization=acme, address="tom@ledgerly.example", times=6)
    keys = [str(job.reference(number).uid) for number in (1, 2)]
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        answer = desk.post(url(job, "remind"), {"people": keys})
    assert "6 manual reminders can go to one address in 24 hours" in text_of(answer)
    with tenant(acme):
        assert not Reminder.objects.exclude(requested_by="").exists()


def test_a_candidate_who_names_too_many_gets_an_error_and_nobody_is_emailed(acme: Organization) -> None:
    job = waiting_request(acme)
    with tenant(acme):
        Reference.objects.update(state=ReferenceState.NAMED, invited_at=None)
        ReferenceRequest.objects.update(state="naming_references")
        Message.objects.filter(kind="reference_invitation").delete()
    with cross_tenant("a test"):
        for number in range(60):
            try:
                caps.count("references", organization=acme, address=f"r{number}@example.com")
            except CapReached:
                break
    phone = Client()
    page = text_of(phone.post(job.candidate_path + "check/", follow=True))
    assert "can send at most 60 invitations to references in 24 hours" in page
    assert job.emails("reference_invitation") == []
    with tenant(acme):
        assert {row.state for row in Reference.objects.all()} == {ReferenceState.NAMED}


def test_the_public_new_link_page_shows_the_same_limit_for_every_link(acme: Organization) -> None:
    job = sent_request(acme)
    path, unknown_path = (
        reverse("public:candidate_fresh", args=[token]) for token in (token_in(job.candidate_path), "nobody-knows-it")
    )
    with cross_tenant("a test"):
        caps.count("fresh_links", organization=acme, address="maya@candidates.example", times=6)
    known, unknown = Client().post(path), Client().post(unknown_path)
    assert text_of(known) == text_of(unknown)
    assert "We send at most 6 new links to one address in 24 hours." in text_of(known)
    assert job.emails("candidate_link") == []
    assert audited(acme, action="email.refuse") == ["Someone with a link reached the limit of 6 new links in 24 hours"]


def test_report_codes_are_limited_and_no_page_reveals_who_gets_one(acme: Organization) -> None:
    job = ready_request(acme)
    with cross_tenant("a test"):
        caps.count("report_codes", organization=acme, address="dana@acme.example", times=30)
    path = reverse("public:report", args=[job.reference_request.uid])
    known = text_of(Client().post(path, {"email": "dana@acme.example"}))
    unknown = text_of(Client().post(path, {"email": "nina@acme.example"}))
    assert known.replace("dana@", "nina@") == unknown
    assert "at most 30 codes in 24 hours" in known
    assert job.emails("report_code") == []
    assert codes.MAX_CODES_PER_HOUR == 5


@pytest.mark.django_db
def test_a_typed_address_gets_at_most_three_receipts_a_day() -> None:
    job = answered_job()
    with cross_tenant("a test"):
        caps.count("receipts", organization=job.organization, address=PRIYA.email, times=3)
    path = job.reference_path() + "thanks/"
    answer = Client().post(path, {"version": "1", "agreed": "on", **vars(PRIYA)})
    assert "3 opt-in confirmations can go to one address" in text_of(answer)
    assert controls(answer)["first_name"] == "Priya"
    with tenant(job.organization):
        assert not Prospect.objects.exists()


@pytest.mark.django_db
def test_sign_up_and_password_reset_are_refused_before_anything_is_written() -> None:
    use_up(10, address="p1@example.com", network="127.0.0.1")
    answer = sign_up(Client(), email="p1@example.com")
    assert "You can request at most 10 sign-in codes for one address in 24 hours" in text_of(answer)
    assert controls(answer)["organization"]
    assert not User.objects.exists()
    assert not Organization.objects.exists()
    answer = Client().post("/accounts/password/reset/", {"email": "p1@example.com"})
    assert "You can request at most 10 sign-in codes for one address in 24 hours" in text_of(answer)
    assert emails("p1@example.com") == []
    # The real owner, on another network, still gets theirs.
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert elsewhere.post("/accounts/password/reset/", {"email": "p1@example.com"}).status_code == 302
    assert len(emails("p1@example.com")) == 1


@pytest.mark.django_db
def test_one_network_gets_at_most_a_hundred_codes_a_day() -> None:
    use_up(100, network="127.0.0.1")
    answer = Client().post("/accounts/password/reset/", {"email": "stranger@example.com"})
    assert "One network can request at most 100 sign-in codes" in text_of(answer)
    assert (
        Client(REMOTE_ADDR="192.0.2.9").post("/accounts/password/reset/", {"email": "s@example.com"}).status_code == 302
    )


@pytest.mark.django_db
def test_too_many_repeated_code_requests_are_refused_with_a_reason() -> None:
    phone = Client()
    sign_up(phone)
    use_up(9, address="dana@acme.example", network="127.0.0.1")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        answer = phone.post("/accounts/confirm-email/", {"action": "resend"})
    assert answer.status_code == 429
    assert "10 sign-in codes for one address" in text_of(answer)
    assert len(emails("dana@acme.example")) == 1
