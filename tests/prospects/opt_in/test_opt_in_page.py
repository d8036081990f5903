"""The thank-you page asks one question after the answers are stored: the only way to become a prospect."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from crosschq.core import clock
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from prospects.opt_in import opt_in_rules
from prospects.opt_in.consent import CURRENT
from requests_app.models import ReferenceRequest
from templates_app.surveys.relationships import Relationship
from tests.factories import make_member
from tests.prospects.factories import PRIYA, answered_job, consents_of
from tests.requests_app.factories import RequestScenario, waiting_request
from tests.requests_app.pages import heading, text
from tests.templates_app.browsing import controls, errors, press

pytestmark = pytest.mark.django_db
BOX = "Yes, Acme GmbH may keep my name, email, phone, employer, job title, and area of interest for 12 months"


def prospects_of(job: RequestScenario) -> list[Prospect]:
    with tenant(job.organization):
        return list(Prospect.objects.order_by("id"))


def test_the_link_opens_the_thank_you_page_after_the_answers_are_submitted() -> None:
    job = waiting_request()
    path = job.reference_path()
    assert Client().get(path + "thanks/")["Location"] == path
    job = answered_job()
    assert Client().get(job.reference_path())["Location"] == job.reference_path() + "thanks/"
    page = Client().get(job.reference_path() + "thanks/")
    assert heading(page) == "Thank you, Priya"
    assert "You sent Acme GmbH your reference for Maya Osei" in text(page)
    assert "Would you like to hear about jobs at Acme GmbH?" in text(page)


def test_a_test_request_creates_no_prospects() -> None:
    job = answered_job()
    with tenant(job.organization):
        ReferenceRequest.objects.filter(pk=job.reference_request.pk).update(is_test=True)
    phone, path = Client(), job.reference_path() + "thanks/"
    page = phone.get(path)
    assert "Would you like to hear" not in text(page)
    assert "Test" in text(page)
    phone.post(path, {"version": CURRENT, "agreed": "on", **vars(PRIYA)})
    assert prospects_of(job) == []


def test_the_box_is_unchecked_and_the_name_prefilled() -> None:
    page = Client().get(answered_job().reference_path() + "thanks/")
    assert controls(page) == {
        "version": str(CURRENT),
        "first_name": "Priya",
        "last_name": "Nair",
        "email": "priya@ledgerly.example",
        "phone": "",
        "employer": "",
        "title": "",
        "area_of_interest": "",
    }
    assert BOX in text(page)


def test_checking_the_box_creates_a_prospect_with_wording_version_and_time() -> None:
    job, phone = answered_job(), Client()
    path, before = job.reference_path() + "thanks/", clock.now()
    answer = press(phone, phone.get(path), "Save", agreed="on", **vars(PRIYA))
    assert (answer.status_code, answer["Location"]) == (303, path)
    (prospect,) = prospects_of(job)
    assert {name: getattr(prospect, name) for name in vars(PRIYA)} == vars(PRIYA)
    (consent,) = consents_of(prospect)
    assert consent.text.startswith(BOX)
    assert consent.version == CURRENT
    assert before <= consent.given_at <= clock.now()
    assert consent.reference == job.reference()
    assert prospect.ends_at == consent.ends_at == consent.given_at.replace(year=consent.given_at.year + 1)
    page = phone.get(path)
    assert "Acme GmbH will keep you in mind" in text(page)
    assert "We emailed priya@home.example a link" in text(page)
    assert "Would you like" not in text(page)


def test_nothing_is_stored_if_the_box_is_unchecked() -> None:
    job, phone = answered_job(), Client()
    page = phone.get(job.reference_path() + "thanks/")
    answer = press(phone, page, "Save", employer="Ledgerly")
    assert errors(answer) == ["Check the box to save your details"]
    assert controls(answer)["employer"] == "Ledgerly"
    assert prospects_of(job) == []


def test_consent_to_an_outdated_wording_does_not_count() -> None:
    job, phone = answered_job(), Client()
    answer = press(phone, phone.get(job.reference_path() + "thanks/"), "Save", agreed="on", version="0")
    assert errors(answer) == ["The wording has changed. Read it and check the box again"]
    assert controls(answer)["version"] == str(CURRENT)
    assert "agreed" not in controls(answer)
    assert prospects_of(job) == []


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"first_name": " "}, "Enter your first name"),
        ({"email": "priya"}, "Enter an email address like name@example.com"),
        ({"email": ""}, "Enter an email address"),
        ({"phone": "call me"}, "Enter a phone number like +49 30 1234567, or leave it empty"),
        ({"phone": "12345"}, "Enter a phone number like +49 30 1234567, or leave it empty"),
    ],
)
def test_missing_or_invalid_input_shows_an_error(typed: dict[str, str], error: str) -> None:
    job, phone = answered_job(), Client()
    answer = press(phone, phone.get(job.reference_path() + "thanks/"), "Save", agreed="on", **typed)
    assert errors(answer) == [error]
    assert prospects_of(job) == []


def test_submitting_twice_changes_nothing() -> None:
    job, phone = answered_job(), Client()
    page = phone.get(job.reference_path() + "thanks/")
    for _ in range(2):
        press(phone, page, "Save", agreed="on")
    (prospect,) = prospects_of(job)
    assert len(consents_of(prospect)) == 1
    assert len(job.emails("prospect_receipt")) == 1


def test_the_page_removes_details_entered_there() -> None:
    job, phone = answered_job(), Client()
    path = job.reference_path() + "thanks/"
    press(phone, phone.get(path), "Save", agreed="on", email="priya@slip.example")
    page = press(phone, phone.get(path), "Remove my details")
    assert page.status_code == 303
    assert "Would you like to hear about" in text(phone.get(path))
    assert [prospect.email for prospect in prospects_of(job)] == [""]


def test_one_link_cannot_email_many_addresses() -> None:
    job, phone = answered_job(), Client()
    path = job.reference_path() + "thanks/"
    for number in range(5):
        press(phone, phone.get(path), "Save", agreed="on", email=f"priya{number}@home.example")
        press(phone, phone.get(path), "Remove my details")
    answer = press(phone, phone.get(path), "Save", agreed="on")
    assert errors(answer) == ["You've opted in several times today. Try again tomorrow"]


def test_opting_in_works_without_a_cache(settings: Settings) -> None:
    job, phone = answered_job(), Client()
    path = job.reference_path() + "thanks/"
    dead = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": dead}
    assert press(phone, phone.get(path), "Save", agreed="on").status_code == 303
    assert len(prospects_of(job)) == 1


def test_excluded_relationships_are_not_asked() -> None:
    job = answered_job()  # Priya was named as a manager
    with tenant(job.organization):
        survey = job.reference_request.version.survey_version.survey
        others = set(Relationship.values) - {Relationship.MANAGER.value}
        opt_in_rules.set_audience(survey=survey, asked=others, actor=make_member(job.organization))
    page = Client().get(job.reference_path() + "thanks/")
    assert heading(page) == "Thank you, Priya"
    assert "Would you like" not in text(page)
    Client().post(job.reference_path() + "thanks/", {**vars(PRIYA), "agreed": "on", "version": str(CURRENT)})
    assert prospects_of(job) == []


def test_the_candidate_does_not_see_the_opt_in() -> None:
    job, phone = answered_job(), Client()
    before = text(phone.get(job.candidate_path))
    press(phone, phone.get(job.reference_path() + "thanks/"), "Save", agreed="on")
    assert text(phone.get(job.candidate_path)) == before
