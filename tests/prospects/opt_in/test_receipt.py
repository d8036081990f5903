"""Emails to a prospect: what is stored, and how to opt out."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.test import Client

from crosschq.tenancy.scope import tenant
from prospects.models import Prospect, Removal
from requests_app.text import short
from tests.factories import make_organization
from tests.prospects.factories import consents_of, emails_to, opted_in, reread
from tests.requests_app.factories import link_in
from tests.requests_app.pages import heading, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def unsubscribe_path(prospect: Prospect) -> str:
    (email,) = emails_to(prospect)
    return email.list_unsubscribe.removeprefix(django_settings.BASE_URL)


def test_the_receipt_lists_the_details_and_the_consent_wording() -> None:
    prospect = opted_in()
    (email,) = emails_to(prospect)
    assert (email.kind, email.to_email, email.to_name) == ("prospect_receipt", "priya@home.example", "Priya Nair")
    assert email.subject == "You asked Acme GmbH to keep your details"
    assert email.sender_name == "Acme GmbH via Crosschq"
    assert email.reply_to == "dana@acme.example"
    (consent,) = consents_of(prospect)
    for words in (
        consent.text,
        "Name: Priya Nair",
        "Email: priya@home.example",
        "Phone: +49 30 1234567",
        "Employer: Ledgerly",
        "Job title: Head of Data",
        "Area of interest: Analytics",
        "View or remove",
    ):
        assert words in email.text
    assert "Maya" not in email.text
    assert "click" not in email.html  # it takes two: the link, and a button
    assert len(email.html.encode()) < 30_000


@pytest.mark.parametrize("name", ["A", "Zähringer & Söhne Vermögensverwaltungsgesellschaft mbH", "%(x)s{y}"])
def test_the_subject_fits_except_with_a_long_company_name_which_keeps_50_characters(name: str) -> None:
    (email,) = emails_to(opted_in(make_organization(name)))
    assert len(email.subject) <= 50 or short(name, 50) in email.subject


def test_the_link_shows_everything_and_removes_it_with_one_click() -> None:
    prospect, client = opted_in(), Client()
    path = link_in(emails_to(prospect)[0])
    page = client.get(path)
    assert heading(page) == "What Acme GmbH keeps about you"
    for words in ("Priya Nair", "+49 30 1234567", "Head of Data", "after your reference for Maya Osei"):
        assert words in text(page)
    assert consents_of(prospect)[0].text in text(page)
    assert not reread(prospect).is_removed
    press(client, page, "Remove my details")
    assert heading(client.get(path)) == "Your details have been removed"
    gone = reread(prospect)
    assert (gone.removal, gone.name) == (Removal.LEFT, "")


def test_an_email_client_can_unsubscribe_without_a_page() -> None:
    """RFC 8058, section 3.2: clients post this form without cookies and must not be redirected."""
    prospect = opted_in()
    client = Client(enforce_csrf_checks=True)
    answer = client.post(unsubscribe_path(prospect), ONE_CLICK, headers={"origin": "https://mail.example"})
    assert answer.status_code == 200
    assert reread(prospect).is_removed


def test_unsubscribing_accepts_both_encodings_and_repeats() -> None:
    prospect = opted_in()
    path = unsubscribe_path(prospect)
    assert Client().post(path, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded").status_code == 200
    assert Client().post(path, ONE_CLICK).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_link_scanner_removes_nobody(method: str) -> None:
    prospect = opted_in()
    answer = getattr(Client(), method)(unsubscribe_path(prospect))
    assert answer.status_code == 303
    assert not reread(prospect).is_removed


def test_only_the_unsubscribe_url_accepts_forms_from_elsewhere() -> None:
    prospect = opted_in()
    path = link_in(emails_to(prospect)[0])
    answer = Client().post(path + "remove/", headers={"origin": "https://mail.example"})
    assert answer.status_code == 403
    assert not reread(prospect).is_removed


def test_the_pages_have_no_scripts_or_cookies_and_are_not_cached() -> None:
    prospect = opted_in()
    path = link_in(emails_to(prospect)[0])
    for page in ("", "renew/", "remove/", "unsubscribe/"):
        for method in ("get", "head"):
            answer = getattr(Client(), method)(path + page)
            assert not answer.cookies
            assert "<script" not in answer.content.decode()
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "same-origin"
            assert answer["X-Robots-Tag"] == "noindex"
    assert not reread(prospect).is_removed


def test_an_unknown_link_reveals_nothing() -> None:
    opted_in()
    for path in ("/p/unknown/", "/p/unknown/renew/", "/p/unknown/remove/", "/p/unknown/unsubscribe/"):
        for answer in (Client().get(path), Client().post(path, ONE_CLICK)):
            assert answer.status_code == 404
            assert heading(answer) == "This link no longer works"
            assert "Acme" not in text(answer)


def test_a_name_cannot_inject_into_the_email() -> None:
    organization = make_organization("Acme\r\nBcc: x@evil.example")
    (email,) = emails_to(opted_in(organization))
    assert "\n" not in email.subject
    with tenant(organization):
        assert Prospect.objects.count() == 1
