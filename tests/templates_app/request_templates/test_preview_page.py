"""The message preview of the template form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.accounts.branding.brand import change_profile, profile_of
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from tests.factories import make_connection
from tests.templates_app.browsing import controls, kept, parsed, press, words

PREFIX = "messages-candidate_invitation-en-"


@pytest.fixture
def form(acme: Organization, browser: Client) -> dict[str, str]:
    """The form data of a new template with its first message customized."""
    empty = kept("new", lambda: browser.get(reverse("templates:new", args=[acme.slug])))
    return controls(kept("own text", lambda: press(browser, empty, "Write own text Candidate: invitation")))


def preview(acme: Organization, browser: Client, form: dict[str, str], **shown: str) -> str:
    sent = {**form, **{f"preview-{name}": value for name, value in shown.items()}}
    answer = browser.post(reverse("templates:preview", args=[acme.slug]), sent)
    assert answer.status_code == 200
    return words(parsed(answer))


def test_the_preview_shows_the_form_and_saves_nothing(
    acme: Organization, browser: Client, form: dict[str, str]
) -> None:
    form |= {
        "position": "Night Nurse",
        "references-0-count": "3",
        "references-0-note": "From\n work",
        PREFIX + "subject": "{{ references }}: {{ position }}",
    }
    shown = preview(acme, browser, form)
    assert "3 references: Night Nurse" in shown
    assert "• Any relationship type (3): From work" in shown
    assert "being considered for Night Nurse at Acme GmbH" in shown
    assert "Name my references" in shown
    with tenant(acme):
        assert not RequestTemplate.objects.exists()


def test_the_three_sample_sets_differ(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    form[PREFIX + "subject"] = 'Hello {{ candidate_first_name | default: "there" }}'
    assert "Hello Maya" in preview(acme, browser, form, sample="short")
    assert "Hello Bartholomäus-Ignatius" in preview(acme, browser, form, sample="long")
    assert "Hello there" in preview(acme, browser, form, sample="missing")


def test_the_preview_names_the_time_that_the_chosen_survey_takes(
    acme: Organization, browser: Client, form: dict[str, str]
) -> None:
    form |= {"survey": "core", "references-0-count": "2", "self_reference": "on"}
    assert "It takes about 12 minutes" in preview(acme, browser, form)
    assert "It takes about 8 minutes for 9 questions" in preview(acme, browser, form, shown="reference_invitation:en")
    form.pop("self_reference")
    assert "It takes about 4 minutes" in preview(acme, browser, form)
    form["survey"] = "a deleted one"
    assert "It takes about 8 minutes" in preview(acme, browser, form)


def test_each_message_and_its_text_message_can_be_previewed(
    acme: Organization, browser: Client, form: dict[str, str]
) -> None:
    shown = preview(acme, browser, form, shown="reference_invitation:en")
    assert "Maya Osei asks you for a reference" in shown
    shown = preview(acme, browser, form, shown="reference_invitation:en", channel="text")
    assert "This message goes out by email only." in shown


def test_the_preview_includes_the_footer(acme: Organization, browser: Client, dana: User, form: dict[str, str]) -> None:
    assert "Maya can't see your answers here." in preview(acme, browser, form, shown="reference_invitation:en")
    ready = preview(acme, browser, form, shown="report_ready:en")
    assert "SmartRecruiters" not in ready
    make_connection(acme)
    with tenant(acme):
        change_profile(organization=acme, actor=dana, profile=replace(profile_of(acme), answers_shown=True))
    assert "Maya can read your answers too" in preview(acme, browser, form, shown="reference_invitation:en")
    ready = preview(acme, browser, form, shown="report_ready:en")
    assert "We also add the link to the candidate's notes in SmartRecruiters." in ready


@pytest.mark.parametrize(
    ("sms", "says"),
    [
        ("{{ link }} Reply STOP", "of 160 characters, 1 text (GSM-7)"),
        ("{{ link }} “now”", '““” is sent as “"”.'),
        (
            "{{ link }} \u0441",
            "“\u0441” has no plain equivalent. With it, a text message holds 70 characters instead of 160.",
        ),
        ("{{ link }} \u0441", "(UCS-2)"),
    ],
)
def test_text_message_segments_are_counted(
    acme: Organization, browser: Client, form: dict[str, str], sms: str, says: str
) -> None:
    form[PREFIX + "sms"] = sms
    assert says in preview(acme, browser, form, channel="text")


def test_problems_are_shown_above_the_preview(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    form[PREFIX + "subject"] = "{{ owner_name }} {{ nobody }}"
    shown = preview(acme, browser, form)
    assert "Fix this There is no placeholder “nobody”." in shown
    assert "Worth checking “Owner of the request” can be empty." in shown


def test_htmx_requests_get_only_the_preview_column(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    url = reverse("templates:preview", args=[acme.slug])
    part = browser.post(url, form, headers={"HX-Request": "true"}).content.decode()
    assert "Name my references" in part
    assert "<html" not in part


def test_invalid_choices_fall_back_to_the_first_one(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    odd = {"shown": "x", "sample": "'", "channel": "\0"}
    assert preview(acme, browser, form, **odd) == preview(acme, browser, form)
    assert browser.post(reverse("templates:preview", args=[acme.slug])).status_code == 200
    assert browser.get(reverse("templates:preview", args=[acme.slug])).status_code == 405


def test_markup_in_custom_texts_is_escaped(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    form[PREFIX + "subject"] = "<script>alert(1)</script> {% now 'Y' %}"
    sent = browser.post(reverse("templates:preview", args=[acme.slug]), form).content.decode()
    assert "<script>alert" not in sent
    assert "{% now" in sent


def test_the_edited_message_is_previewed(acme: Organization, browser: Client) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    page = press(browser, page, "Write own text Reference: reminder")
    assert controls(page)["preview-shown"] == "reference_reminder:en"
    assert "Reference for Maya Osei, due" in words(parsed(page))


def test_the_total_of_references_follows_the_form(acme: Organization, browser: Client, form: dict[str, str]) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    assert "2 references in total" in words(parsed(page))
    url = reverse("templates:preview", args=[acme.slug])
    for count, said in (("1", ">1 reference in total<"), ("10", ">10 references in total<"), ("many", ""), ("11", "")):
        sent = {**form, "references-0-count": count}
        part = browser.post(url, sent, headers={"HX-Request": "true"}).content.decode()
        assert 'id="references-total" hx-swap-oob="true"' in part
        assert said in part if said else "in total" not in part
