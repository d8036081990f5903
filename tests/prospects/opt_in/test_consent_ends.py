"""Consent lasts a year: prospects are asked in time, renew with one click, or their data is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from crosschq.tenancy.scope import tenant
from prospects.models import Prospect, Removal
from prospects.opt_in import removal, retention
from prospects.opt_in.consent import TEXTS, a_year_after
from tests.factories import make_organization
from tests.prospects.factories import consents_of, emails_to, make_prospect, opted_in, reread
from tests.requests_app.factories import link_in
from tests.requests_app.pages import heading, text
from tests.templates_app.browsing import press

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
ENDS = START.replace(year=2027)
ASKED = datetime(2027, 2, 1, 10, tzinfo=UTC)  # a Monday, 29 days before


@pytest.fixture
def prospect() -> Prospect:
    with time_machine.travel(START, tick=False):
        return opted_in()


def chore(now: datetime) -> tuple[int, int]:
    """How many consents expired, and how many renewal emails were sent."""
    with time_machine.travel(now, tick=False):
        return retention.end_consents(now=now), retention.ask_to_renew(now=now)


def test_the_consent_wording_and_version_can_be_shown_a_year_later(prospect: Prospect) -> None:
    with time_machine.travel(ENDS - timedelta(days=40)):
        page = text(Client().get(link_in(emails_to(prospect)[0])))
    assert consents_of(prospect)[0].text in page
    assert "Mar 2, 2026" in page


def test_one_email_asks_to_renew_a_month_before_consent_expires(prospect: Prospect) -> None:
    assert chore(ENDS - timedelta(days=31)) == (0, 0)
    assert chore(ASKED) == (0, 1)
    assert chore(ASKED + timedelta(hours=1)) == (0, 0)
    email = emails_to(prospect)[-1]
    assert email.kind == "prospect_renewal"
    assert email.subject == "Should Acme GmbH keep your details?"
    assert "Your consent expires on Mar 2, 2027." in email.text
    assert "open the link and select “Keep for another 12 months”" in email.text
    assert email.list_unsubscribe


def test_one_click_renews_for_a_year(prospect: Prospect) -> None:
    chore(ASKED)
    path, client = link_in(emails_to(prospect)[-1]), Client()
    with time_machine.travel(ASKED, tick=False):
        page = client.get(path)
        assert heading(page) == "Should Acme GmbH keep your details for another year?"
        assert len(consents_of(prospect)) == 1
        press(client, page, "Keep for another 12 months")
        press(client, page, "Keep for another 12 months")
    newest, oldest = consents_of(prospect)
    assert (newest.given_at, newest.reference, newest.version) == (ASKED, None, max(TEXTS))
    assert oldest.given_at == START
    assert reread(prospect).ends_at == a_year_after(ASKED)
    assert chore(ENDS + timedelta(days=1)) == (0, 0)
    assert chore(a_year_after(ASKED) - timedelta(days=20))[1] == 1


def test_consent_cannot_be_renewed_too_early_or_by_a_get(prospect: Prospect) -> None:
    path = link_in(emails_to(prospect)[0]) + "renew/"
    with time_machine.travel(START + timedelta(days=5)):
        Client().post(path)
    with time_machine.travel(ASKED):
        Client().get(path)
        assert "Keep for another 12 months" in text(Client().get(path))
    assert len(consents_of(prospect)) == 1


def test_without_a_renewal_the_data_is_deleted_that_day(prospect: Prospect) -> None:
    chore(ASKED)
    assert chore(ENDS - timedelta(seconds=1)) == (0, 0)
    assert chore(ENDS) == (1, 0)
    gone = reread(prospect)
    assert (gone.removal, gone.removed_at, gone.email) == (Removal.ENDED, ENDS, "")
    assert chore(ENDS) == (0, 0)


def test_no_email_is_sent_at_night_or_on_weekends() -> None:
    with time_machine.travel(START, tick=False):
        tokyo = make_prospect(make_organization(time_zone="Asia/Tokyo"))
    saturday = datetime(2027, 2, 6, 3, tzinfo=UTC)
    for moment in (ASKED + timedelta(hours=3), saturday):  # 22:00 in Tokyo, and noon there
        assert chore(moment) == (0, 0)
    assert chore(datetime(2027, 2, 2, 0, tzinfo=UTC)) == (0, 1)  # 09:00 there
    assert len(emails_to(tokyo)) == 1


def test_other_organizations_are_unaffected(prospect: Prospect) -> None:
    with time_machine.travel(START + timedelta(days=100), tick=False):
        other = make_prospect(make_organization("Globex"))
    assert chore(ENDS) == (1, 0)
    with tenant(other.organization):
        assert not reread(other).is_removed


def test_a_failed_removal_does_not_block_the_others(prospect: Prospect, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START + timedelta(minutes=1), tick=False):
        other = make_prospect(prospect.organization)
    remove = removal.remove

    def refuses_the_first(one: Prospect, *, why: Removal) -> bool:
        if one.pk == prospect.pk:
            raise RuntimeError("a broken row")
        return remove(one, why=why)

    monkeypatch.setattr(removal, "remove", refuses_the_first)
    assert chore(ENDS + timedelta(minutes=1))[0] == 1
    assert reread(other).is_removed


def test_consent_given_on_a_leap_day_expires_on_february_28() -> None:
    assert a_year_after(datetime(2028, 2, 29, 9, tzinfo=UTC)) == datetime(2029, 2, 28, 9, tzinfo=UTC)
