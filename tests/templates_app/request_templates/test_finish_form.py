"""The completion part of the template form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.rules import FinishRule
from templates_app.surveys.relationships import Relationship
from tests.templates_app.browsing import controls, errors, kept, press

NAMED = {"name": "Engineering", "ats_tag": "eng"}
EARLY = {**NAMED, "finish": "early"}


@pytest.fixture
def page(acme: Organization, browser: Client) -> object:
    return kept("new", lambda: browser.get(reverse("templates:new", args=[acme.slug])))


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({}, FinishRule()),
        ({"finish": "all", "finish_answers": "many", "finish_days": "soon"}, FinishRule()),
        ({"finish": "early"}, FinishRule(2)),
        (
            {"finish": "early", "finish_answers": "1", "finish_relationship": "manager", "finish_days": "10"},
            FinishRule(1, Relationship.MANAGER, 10),
        ),
    ],
)
def test_a_completion_rule_is_saved(
    acme: Organization, browser: Client, page: object, typed: dict[str, str], rule: FinishRule
) -> None:
    assert press(browser, page, "Create Template", **NAMED, **typed).status_code == 302
    with tenant(acme):
        template = RequestTemplate.objects.get()
        assert template.current.finish_rule == rule
    shown = controls(browser.get(reverse("templates:edit", args=[acme.slug, template.uid])))
    assert shown["finish"] == ("early" if rule.answers else "all")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"finish": "never"}, "Choose when the report is ready."),
        ({"finish_answers": "0"}, "Enter how many references are needed, from 1 to 10."),
        ({"finish_answers": "3"}, "Enter 2 or fewer: the reference blocks ask for only 2."),
        ({"finish_days": "31"}, "Enter a number of days from 0 to 30, or leave it empty."),
        ({"finish_relationship": "cousin"}, "Choose a relationship."),
        (
            {"finish_relationship": "mentor", "references-0-relationship": "manager"},
            "None of the reference blocks ask for this relationship. Choose another one, or add a block.",
        ),
        ({"references-0-required": ""}, "At least one block of references must be required."),
    ],
)
def test_an_impossible_completion_rule_is_refused(
    browser: Client, page: object, typed: dict[str, str], error: str
) -> None:
    assert errors(press(browser, page, "Create Template", **{**EARLY, **typed})) == [error]
