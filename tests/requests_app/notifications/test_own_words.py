"""A template's custom text is in its emails, inside our layout."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.notifications import email_content
from templates_app.request_templates.edit import edit_template
from templates_app.request_templates.messages import normalized, problems
from templates_app.request_templates.template_input import as_input
from tests.factories import make_member, make_organization, signed_in
from tests.requests_app.factories import sent_request, waiting_request
from tests.templates_app.browsing import press
from tests.templates_app.factories import make_template

pytestmark = pytest.mark.django_db
SUBJECT = "A word about you, {{ candidate_first_name }}?"
OWN = {
    "candidate_invitation": {
        "en": {"subject": SUBJECT, "text": "Dear {{ candidate_name }}: <b>name them</b>.\n\n{{ link }}\n\nThanks."},
        "de": {"subject": "Ein Wort über Sie?"},
    },
    "reference_invitation": {"en": {"text": "Be quick.\n\n{{ link }}"}},
}


def test_custom_texts_are_sent_with_the_mandatory_parts() -> None:
    email = sent_request(messages=OWN).emails("candidate_invitation")[0]
    assert email.subject == "A word about you, Maya?"
    assert "Dear Maya Osei: <b>name them</b>." in email.text
    assert "&lt;b&gt;name them&lt;/b&gt;" in email.html
    for part in ("Not you? Tell us", "Stop emails about this request", "started a reference check", "Reply to this"):
        assert part in email.text


def test_texts_that_are_not_customized_stay_standard() -> None:
    scenario = waiting_request(messages=OWN)
    email = scenario.emails("reference_invitation")[0]
    assert (email.subject, "Be quick." in email.text) == ("Maya Osei asks you for a reference", True)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en-us", "A word about you, Maya?"),
        ("de", "Ein Wort über Sie?"),
        ("fr", "Acme GmbH asks you to name 2 references"),
    ],
)
def test_texts_are_chosen_by_language(language: str, subject: str) -> None:
    scenario = sent_request(messages=OWN)
    with tenant(scenario.organization), translation.override(language):
        assert email_content.candidate_invitation(scenario.reread(), "https://x.example/").subject == subject


def test_a_request_keeps_the_texts_that_it_started_with() -> None:
    scenario = sent_request(messages=OWN)
    with tenant(scenario.organization):
        template = scenario.reference_request.version.template
        edit_template(
            template=template,
            actor=None,
            template_input=as_input(template.current).__class__(
                **{**as_input(template.current).__dict__, "messages": {}}
            ),
        )
        assert template.current.messages == {}
        assert email_content.candidate_invitation(scenario.reread(), "https://x.example/").subject.startswith("A word")


def test_saving_the_template_form_keeps_texts_it_does_not_show(client: Client) -> None:
    organization = make_organization()
    template = make_template(organization, messages=OWN, text_messages_enabled=True)
    signed_in(client, make_member(organization, Role.ADMIN))
    page = client.get(f"/o/{organization.slug}/templates/{template.uid}/edit/")
    press(client, page, "Save changes", name="New name")
    with tenant(organization):
        current = template.current
        assert (current.number, current.name, current.messages, current.text_messages_enabled) == (
            2,
            "New name",
            OWN,
            True,
        )


def test_only_customizable_texts_are_stored() -> None:
    typed = {
        "candidate_invitation": {"en": {"subject": " ", "text": "x"}, "de": {"subject": ""}},
        "candidate_link": {"en": {"subject": "Mine"}},
        "nonsense": {"en": {"subject": "Mine"}},
    }
    assert normalized(typed) == {"candidate_invitation": {"en": {"text": "x"}}}


def test_problems_are_listed_by_message_language_and_part() -> None:
    typed = {
        "candidate_invitation": {"en": {"subject": "{{ organisation }}", "text": "Hello"}},
        "reference_reminder": {"en": {"sms": "{{ references }} {{ link }}"}},
    }
    found = problems(typed)
    assert set(found) == {
        ("candidate_invitation", "en", "subject"),
        ("candidate_invitation", "en", "text"),
        ("reference_reminder", "en", "sms"),
    }
    assert "“organization”" in found["candidate_invitation", "en", "subject"][0].sentence
    assert problems(OWN).keys() == {("candidate_invitation", "en", "subject")}
    assert not problems(OWN)["candidate_invitation", "en", "subject"][0].is_error
