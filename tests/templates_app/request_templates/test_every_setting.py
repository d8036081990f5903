"""Every setting of a template is on its form, is stored, is compared between versions, and is in the audit log."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.accounts.audit_log.terms import LABELS
from crosschq.tenancy.audit import DETAILS
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.request_templates.edit import create_template, edit_template
from templates_app.request_templates.history import differences
from templates_app.request_templates.rules import FinishRule, ReferenceRule
from templates_app.request_templates.template_input import TemplateInput, as_input
from templates_app.surveys.builtin import LEADERSHIP
from templates_app.surveys.relationships import Relationship
from tests.templates_app.browsing import form
from tests.templates_app.factories import template_input

# Another value for each setting. A new setting needs a line here.
OTHER: dict[str, Any] = {
    "name": "Sales",
    "ats_tag": "sales",
    "description": "For all sales jobs",
    "position": "Sales Lead",
    "survey": LEADERSHIP.key,
    "due_days": 7,
    "reminder_days": (3,),
    "self_reference": False,
    "hiring_manager_name": "Lee Okafor",
    "hiring_manager_email": "lee@acme.example",
    "job_hiring_managers": True,
    "notify_hiring_managers": True,
    "finish": FinishRule(1),
    "rules": (ReferenceRule(Relationship.MANAGER, count=1),),
    "messages": {"report_ready": {"en": {"subject": "Ready"}}},
    "text_messages_enabled": True,
}
SETTINGS = [field.name for field in fields(TemplateInput)]
# These belong to the template, not to a version.
NOT_VERSIONED = {"ats_tag", "description"}
# Settings whose controls have other names, and the first one of them.
CONTROLS = {"rules": "references-0-relationship", "messages": "messages-reference_invitation-en-own"}
MANAGER = {"hiring_manager_name": "Kim Lund", "hiring_manager_email": "kim@acme.example"}


def test_each_setting_has_another_value_here() -> None:
    assert set(SETTINGS) == set(OTHER)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_stored_and_compared(acme: Organization, setting: str) -> None:
    before = template_input(**MANAGER)
    after = replace(before, **{setting: OTHER[setting]})
    with tenant(acme):
        template = create_template(organization=acme, actor=None, template_input=before)
        old = template.current
        edit_template(template=template, actor=None, template_input=after)
        template.refresh_from_db()
        assert as_input(template.current) == after
        assert bool(differences(old, template.current)) == (setting not in NOT_VERSIONED)


def test_each_setting_has_a_control_on_the_form(acme: Organization, browser: Client) -> None:
    shown = form(browser.get(reverse("templates:new", args=[acme.slug])))
    found = {control.get("name") for control in shown.iter()}
    assert [setting for setting in SETTINGS if CONTROLS.get(setting, setting) not in found] == []


def test_each_setting_is_a_detail_of_the_audit_log_with_a_label() -> None:
    # The audit log never names a person.
    assert set(SETTINGS) - {"hiring_manager_name"} - set(DETAILS) == set()
    assert set(SETTINGS) - set(LABELS) == set()
