"""Names shown to outsiders contain no address and no link: refused if typed, defused if an ATS sent them."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from crosschq.core.text.characters import refuse_invisible
from crosschq.core.text.names import LONGEST, find_link, harmless, no_link
from crosschq.core.text.person_names import harmless_names
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from requests_app.models import Reference
from requests_app.start.start import CandidateInfo, Origin, Owner, ReportReader, draft_request, start_request
from tests.accounts.invited import invite, link_in_newest_email
from tests.accounts.pages import emails, sign_up, text_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.prospects.factories import PRIYA, answered_job
from tests.requests_app.factories import sent_request
from tests.templates_app.factories import make_template

LINKS = [
    "PayPal Security: your account is locked http://evil.example/x",
    "paypal.com",
    "PayPal.Com",
    "paypal\u3002com",
    "paypal\uff0ecom",
    "paypal\u2024com",
    "paypal\uff61com",
    "\uff50\uff41\uff59\uff50\uff41\uff4c\uff0e\uff43\uff4f\uff4d",
    "http:\u2215\u2215evil.example",
    "http\uff1a\uff0f\uff0fevil",
    "https:/evil",
    "hxxps://evil",
    "//evil",
    "Acme www.evil",
    "bit.ly/x",
    "evil.com:8080",
    "Maya(evil.com)",
    "paypal.com.",
    "Visit evil.co.uk now",
    "a@b.example",
    "\uff41\uff20\uff42\uff0e\uff43\uff4f\uff4d",
    "mailto:x",
    "javascript:alert",
    "xn--pypal-4ve.com",
    "evil.xn--p1ai",
    "пайпал.рф",
    "192.168.1.1",
    "pay\u200dpal.c\u200dom",
    "pay\u00adpal.com",
    "asp.net/evil",
    "उदाहरण.भारत",
    "எ.சிங்கப்பூர்",
    "\U0001f4a9.la",
    "i\u2764.ws",
    "evil\ufe00.com",
    "evil.\U000e0100com",
    "evil.\u180bcom",
    "evil.\u17b4com",
    "evil\u0307.com",
    "evil.\u0307com",
    "evil.c\u20ddom",
    "evil_.com",
    "evil-.com",
    "evil\u3164.com",
    "evil[.]com",
    "evil (dot) com",
    "Visit evil dot com",
    "sms:+19004",
]
PHONES = ["PayPal: call +1 900 123 4567", "Call (900) 123-4567", "\uff0b49 151 2345678", "+1\u200b9001234567"]
PHONES += ["+1\u2013900\u2013123\u20134567", "900\u2012123\u20124567", "0044 20 7946 0958", "Tel. 00442079460958"]
NAMES = [
    "Acme GmbH",
    "Acme Inc.",
    "St. Gallen AG",
    "J.P. Morgan",
    "e.l.f. Beauty",
    "R.E.M.",
    "No.1 Recruiting",
    "AC/DC",
    "Col·lectiu",
    "O'Neill & Sons",
    "Node.js Engineer",
    "Senior ASP.NET Developer",
    "Ref: Acme",
    "日本・東京",
    "می‌خواهم",
    "24/7 Care",
    "Version 2.0",
    "डॉ. शर्मा",
    "Senior .NET Developer",
    "Senior dot net developer",
    "Engineer (R0012345)",
    "Req 2024.1234",
    "12.05.2024",
    "\u2764\ufe0f Care",
    "邉\U000e0100",
]


@pytest.mark.parametrize("text", [*LINKS, *PHONES])
def test_a_link_is_found_in_any_form_and_gone_once_defused(text: str) -> None:
    assert find_link(text)
    with pytest.raises(ValidationError):
        no_link(text)
    assert find_link(harmless(text)) == ""
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("end", ["http://evil.example", "evil.com", "+1 900 123 4567"])
def test_a_link_after_letters_that_are_read_as_eighteen_is_found_and_defused(end: str) -> None:
    text = "\ufdfa" * 70 + f" {end}"
    assert len(harmless(text)) > LONGEST
    assert find_link(harmless(text)[-100:]) == ""


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Call +1 900", "123 4567 now"),
        ("Visit evil dot", "com"),
        ("4567 now, Call +1 900 123", ""),
        ("900-123", "4567 x"),
    ],
)
def test_two_names_are_harmless_next_to_each_other(first: str, last: str) -> None:
    assert find_link(" ".join(harmless_names(first, last))) == ""


def test_two_ordinary_names_stay_two() -> None:
    assert harmless_names("Maya", "Osei") == ("Maya", "Osei")
    assert harmless_names("Osei, Maya", "") == ("Maya", "Osei")
    assert harmless_names("http://x", "Osei") == ("http x", "Osei")


def test_a_phone_number_is_reported_as_one() -> None:
    with pytest.raises(ValidationError, match="looks like a phone number"):
        no_link(PHONES[0])


def test_defusing_keeps_the_vowel_signs_of_other_scripts() -> None:
    assert harmless("डॉ.शर्मा") == "डॉ. शर्मा"


@pytest.mark.parametrize("text", ["\u3164", "Acme\uffa0", "\u2800", "Acme\u034f"])
def test_invisible_letters_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        refuse_invisible(text)


@pytest.mark.parametrize("text", NAMES)
def test_an_ordinary_name_is_unchanged(text: str) -> None:
    no_link(text)
    assert harmless(text) == text


def test_line_breaks_and_invisible_characters_are_removed_from_ats_names() -> None:
    assert harmless("Maya\r\nBcc: x\u202e Osei") == "Maya Bcc: x Osei"


def test_an_allowed_domain_must_match_exactly() -> None:
    no_link("acme.example", allowed={"acme.example"})
    for text in ("acme.example/x", "http://acme.example", "evil.acme.example", "acme.example evil.example"):
        with pytest.raises(ValidationError):
            no_link(text, allowed={"acme.example"})


def test_a_text_of_any_length_is_checked_quickly() -> None:
    """Time that grew with the square of the length would exceed the time limit of a test."""
    for text in ("a" * 1_000_000, "a." * 500_000, "a-" * 500_000, "@" * 1_000_000):
        find_link(text)
        harmless(text)


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["name", "organization"])
def test_signing_up_with_a_link_as_a_name_is_refused_and_keeps_the_input(client: Client, field: str) -> None:
    page = text_of(sign_up(client, **{field: "PayPal locked http://evil.example"}))
    assert "links out of the name" in page or "looks like an address or a link" in page
    assert not User.objects.exists()
    assert emails("dana@acme.example") == []


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH", slug="acme")


def profile(acme: Organization, owner: User, name: str) -> str:
    browser = signed_in(Client(), owner)
    form = {"name": name, "time_zone": "UTC", "answers_shown": "no"}
    page = browser.post(reverse("organization:profile", args=[acme.slug]), form, follow=True)
    acme.refresh_from_db()
    return text_of(page)


@pytest.mark.django_db
def test_an_organization_can_be_named_like_a_domain_that_an_admin_confirmed(acme: Organization) -> None:
    owner = make_member(acme, Role.OWNER, make_user("dana@acme.example"))
    address = EmailAddress.objects.create(user=owner, email=owner.email, verified=False, primary=True)
    assert "“acme.example” looks like an address or a link" in profile(acme, owner, "acme.example")
    assert acme.name == "Acme GmbH"
    address.verified = True
    address.save()
    profile(acme, owner, "acme.example")
    assert acme.name == "acme.example"
    profile(acme, owner, "paypal.com")
    assert acme.name == "acme.example"


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["recruiter", "public"])
def test_neither_a_recruiters_domain_nor_a_free_email_domain_can_be_a_name(acme: Organization, who: str) -> None:
    owner = make_member(acme, Role.OWNER)
    email = "x@partner.example" if who == "recruiter" else "x@gmail.com"
    other = make_member(acme, Role.RECRUITER if who == "recruiter" else Role.ADMIN, make_user(email))
    EmailAddress.objects.create(user=other, email=email, verified=True, primary=True)
    profile(acme, owner, email.partition("@")[2])
    assert acme.name == "Acme GmbH"


@pytest.mark.django_db
def test_a_member_cannot_enter_a_link_as_a_name(acme: Organization) -> None:
    owner = make_member(acme, Role.OWNER, make_user("dana@acme.example", name="Dana Ruiz", password=PASSWORD))
    browser = signed_in(Client(), owner)
    assert "looks like an address or a link" in text_of(browser.post(reverse("profile"), {"name": "evil.example"}))
    owner.refresh_from_db()
    assert owner.name == "Dana Ruiz"
    invite(browser, "tom@acme.example")
    guest = Client()
    joined = {"name": "x@evil.example", "password": "a long enough sentence"}
    assert "looks like an address or a link" in text_of(guest.post(link_in_newest_email("tom@acme.example"), joined))
    assert not User.objects.filter(email="tom@acme.example").exists()


@pytest.mark.django_db
def test_a_candidate_and_a_reference_cannot_enter_a_link_as_a_name() -> None:
    job = sent_request()
    phone = Client()
    phone.post(job.candidate_path)
    with tenant(job.organization):
        assert not Reference.objects.exists()
    done = answered_job()
    path = done.reference_path() + "thanks/"
    form = {"version": "1", "agreed": "on", **vars(PRIYA), "first_name": "evil.example"}
    assert "looks like an address or a link" in text_of(phone.post(path, form))
    halves = {"first_name": "Call +1 900", "last_name": "123 4567 now"}
    assert "looks like a phone number" in text_of(phone.post(path, form | halves))
    with tenant(done.organization):
        assert not Prospect.objects.exists()


@pytest.mark.django_db
def test_ats_names_are_defused_in_every_email_and_on_the_request(acme: Organization) -> None:
    template = make_template(acme)
    with tenant(acme):
        version = template.current
    candidate = CandidateInfo("http://evil.example", "Osei maya@evil.example", "maya@candidates.example")
    values = {
        "organization": acme,
        "version": version,
        "candidate": candidate,
        "job_title": "Engineer at evil.example/jobs",
        "owner": Owner("Dana evil.example", "dana@acme.example"),
        "origin": Origin(),
    }
    assert find_link(draft_request(**values).position) == ""  # type: ignore[arg-type]
    with tenant(acme):
        readers = [ReportReader("evil.example", "m@acme.example", "hiring_manager")]
        reference_request = start_request(**values, readers=readers)  # type: ignore[arg-type]
        names = [reference_request.candidate_name, reference_request.position, reference_request.owner_name]
        names += reference_request.readers.values_list("name", flat=True)
    assert [find_link(name) for name in names] == [""] * len(names)
