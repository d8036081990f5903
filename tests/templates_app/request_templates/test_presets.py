"""Prefilling a new template from a preset or a copy."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from templates_app.request_templates.presets import PRESETS
from templates_app.request_templates.rules import FinishRule
from templates_app.request_templates.template_input import as_input
from templates_app.surveys.builtin import BUILTIN_SURVEYS
from templates_app.surveys.relationships import Relationship
from tests.factories import make_organization
from tests.templates_app.browsing import controls, parsed, press, words
from tests.templates_app.factories import make_template


def new(organization: Organization) -> str:
    return reverse("templates:new", args=[organization.slug])


@pytest.mark.parametrize("key", PRESETS)
def test_each_preset_creates_the_template_it_describes(acme: Organization, browser: Client, key: str) -> None:
    page = browser.get(new(acme), {"start": key})
    assert press(browser, page, "Create Template").status_code == 302
    with tenant(acme):
        assert as_input(RequestTemplate.objects.get().current) == PRESETS[key].template_input


def test_each_preset_asks_for_the_references_in_its_description() -> None:
    asked = {key: {(rule.relationship, rule.count) for rule in start.rules} for key, start in PRESETS.items()}
    assert asked["standard"] == {(Relationship.ANY, 2)}
    assert (Relationship.DIRECT_REPORT, 1) in asked["leadership"]
    assert sum(count for __, count in asked["leadership"]) == 3
    assert asked["early-career"] == {(Relationship.MENTOR, 1), (Relationship.ANY, 1)}
    assert {start.survey for start in PRESETS.values()} == set(BUILTIN_SURVEYS)


def test_the_page_offers_the_presets_and_a_blank_template(acme: Organization, browser: Client) -> None:
    listed = parsed(browser.get(reverse("templates:list", args=[acme.slug])))
    offered = [link.get("href") for link in listed.iter("a") if "?start=" in link.get("href", "")]
    assert offered == [f"{new(acme)}?start={key}" for key in (*PRESETS, "blank")]
    # Next to the form they are buttons of the form, so that no input is lost.
    buttons = [one.get("value", "") for one in parsed(browser.get(new(acme))).iter("button")]
    assert [value for value in buttons if value.startswith("start:")] == [f"start:{key}" for key in (*PRESETS, "blank")]
    blank = controls(browser.get(new(acme), {"start": "blank"}))
    assert (blank["name"], blank["ats_tag"], blank["references-0-count"]) == ("", "", "2")


def test_a_taken_tag_is_not_suggested(acme: Organization, browser: Client) -> None:
    make_template(acme, ats_tag=" LEADERSHIP ")
    shown = controls(browser.get(new(acme), {"start": "leadership"}))
    assert (shown["name"], shown["ats_tag"], shown["survey"]) == ("", "", "leadership")


def test_a_copy_has_everything_except_tag_and_name(acme: Organization, browser: Client) -> None:
    template = make_template(
        acme,
        name="N" * 120,
        description="Why",
        finish=FinishRule(1, Relationship.ANY, 3),
        notify_hiring_managers=True,
        messages={"candidate_invitation": {"en": {"subject": "A word"}}},
    )
    page = browser.get(new(acme), {"copy": str(template.uid)})
    assert press(browser, page, "Create Template", name="Copy", ats_tag="copy").status_code == 302
    with tenant(acme):
        copy = as_input(RequestTemplate.objects.get(name="Copy").current)
        original = as_input(template.current)
    differing = {name for name in vars(copy) if getattr(copy, name) != getattr(original, name)}
    assert differing == {"name", "ats_tag"}


def test_only_live_templates_of_the_organization_can_be_copied(acme: Organization, browser: Client) -> None:
    elsewhere, deleted = make_template(make_organization()), make_template(acme)
    with tenant(acme):
        delete_template(template=deleted, actor=None)
    for uid in (elsewhere.uid, deleted.uid, uuid.uuid4(), "none", "\0"):
        assert browser.get(new(acme), {"copy": str(uid)}).status_code == 404


def test_the_page_after_creating_shows_the_next_steps(acme: Organization, browser: Client) -> None:
    page = press(browser, browser.get(new(acme)), "Create Template")
    shown = browser.get(page["Location"])
    links = [link.get("href", "") for link in parsed(shown).iter("a") if words(link) == "Send test request"]
    with tenant(acme):
        uid = RequestTemplate.objects.get().uid
    assert links == [f"{reverse('requests:test', args=[acme.slug])}?template={uid}"]
    assert "Copy the tag into the field “Crosschq tag” of each job" in words(parsed(shown))
