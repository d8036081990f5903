"""Emails, and the text in rows: reasons, states, and form errors."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.core import mail
from django.db.models import Field
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from tests.architecture.world import World
from tests.i18n.reading import texts, untranslated
from webhooks.decision.outcomes import OUTCOMES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pseudo")]
# The fields whose words pages show; others, such as the states of the queue, are read only by programs.
SHOWN = {"relationship", "role", "decline_reason", "delivery", "outcome", "removal"}


def test_request_emails_are_translated(world: World, known: re.Pattern[str]) -> None:
    with tenant(world.organization):
        messages = list(Message.objects.all())
    assert {message.kind for message in messages} >= {"candidate_invitation", "reference_invitation"}
    assert [
        (message.kind, line, words)
        for message in messages
        for line in (message.subject, *message.text.splitlines())
        if (words := untranslated(line, known=known))
    ] == []


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_error_pages_are_translated(name: str) -> None:
    html = render_to_string(f"{name}.html", request=RequestFactory().get("/"))
    assert [text for text in texts(html) if untranslated(text.replace("Crosschq", ""))] == []


@pytest.mark.parametrize("slug", sorted(OUTCOMES))
def test_outcomes_of_events_are_translated(slug: str) -> None:
    outcome = OUTCOMES[slug]
    # Sentences name the two products and the label of the switch, which occur within translated text.
    said = (str(outcome.sentence), str(outcome.fix), outcome.words)
    assert [text for text in said if untranslated(re.sub(r"%\(\w+\)s", "", text))] == []


def _shown_choices() -> list[Field]:  # type: ignore[type-arg]  # any field
    return [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.choices and field.name in SHOWN
    ]


def test_states_and_choices_are_translated() -> None:
    fields = _shown_choices()
    assert {field.name for field in fields} == SHOWN
    assert [
        (field.model.__name__, field.name, str(label))
        for field in fields
        for _key, label in field.flatchoices
        if untranslated(str(label))
    ] == []


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        ("/accounts/signup/", {"email": "new@acme.example", "password1": "a long enough sentence", "name": "N"}),
        ("/accounts/password/reset/", {"email": "new@acme.example"}),
        ("/accounts/login/", {"login": "new@acme.example", "password": "wrong"}),
    ],
)
def test_the_steps_of_a_sign_in_are_translated(start: str, sent: dict[str, str]) -> None:
    more = {"organization_name": "N", "organization": "N", "time_zone": "UTC"}
    answer = Client().post(start, {**more, **sent}, follow=True)
    said = [text for text in texts(answer.content.decode()) if "/" not in text]
    names = re.compile(r"Crosschq|new@acme\.example|UTC")
    wrong = [text for text in said if untranslated(text, known=names)]
    wrong += [line for one in mail.outbox for line in one.body.splitlines() if untranslated(line, known=names)]
    assert wrong == []
