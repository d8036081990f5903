"""No page says the same warning twice."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import Context
from django.test import Client
from django.urls import reverse

from crosschq.core import clock
from crosschq.core.ui.display import message_banners
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from prospects.models import ExportSettings
from templates_app.request_templates.forms import messages
from tests.factories import make_connection, make_member, make_organization, signed_in
from webhooks.models import RefusedDeliveries


def test_a_message_left_twice_by_a_double_click_is_shown_once() -> None:
    left = [Message(constants.INFO, "Choose someone first."), Message(constants.INFO, "Choose someone first.")]
    assert len(message_banners(Context({"messages": left}))["shown"]) == 1
    other = Message(constants.INFO, "Choose someone first.", extra_tags="Nothing sent")
    assert len(message_banners(Context({"messages": [*left, other]}))["shown"]) == 2


def test_a_placeholder_without_a_fallback_in_subject_and_text_is_one_warning() -> None:
    words = "{{ candidate_first_name }}, please name references"
    custom = {"subject": words, "text": f"{words}\n\n{{{{ link }}}}"}
    found = messages.warnings({"candidate_invitation": {"en": custom}})
    assert len(found) == 1
    assert "can be empty" in found[0]


@pytest.mark.django_db
def test_forged_messages_of_several_hours_are_one_warning(client: Client) -> None:
    connection = make_connection(make_organization())
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with tenant(connection.organization):
        for hours in range(3):
            RefusedDeliveries.objects.create(
                organization=connection.organization, connection=connection, hour=now - timedelta(hours=hours), count=2
            )
    browser = signed_in(client, make_member(connection.organization, Role.RECRUITER))
    page = html.unescape(
        browser.get(reverse("events:list", args=[connection.organization.slug, "smartrecruiters"])).content.decode()
    )
    assert page.count("Messages without a SmartRecruiters signature") == 1
    assert page.count("We rejected 2 messages in the hour from") == 3


@pytest.mark.django_db
def test_what_holds_the_export_is_said_once(client: Client) -> None:
    connection = make_connection(make_organization())
    problem = "The chosen source no longer exists in SmartRecruiters."
    with tenant(connection.organization):
        ExportSettings.objects.create(
            organization=connection.organization, connection=connection, source_type_id="t", source_id="s",
            problem=problem, existing_on=True, saved_at=clock.now(),
        )  # fmt: skip
    browser = signed_in(client, make_member(connection.organization, Role.ADMIN))
    url = reverse("connectors:manage", args=[connection.organization.slug, "smartrecruiters"])
    page = html.unescape(browser.get(url).content.decode())
    assert page.count(problem) == 1
