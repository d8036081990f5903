"""No two choices of a select look the same."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.core.ui.choices import told_apart
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from prospects.export_options.options import SourceOption, source_names
from templates_app.surveys import queries
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.browsing import parsed
from tests.templates_app.factories import make_template


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([("Sales", "a"), ("Marketing", "b")], ["Sales", "Marketing"]),
        ([("Sales", "a"), ("Sales", "b")], ["Sales (a)", "Sales (b)"]),
        ([("Sales", "a"), ("SALES\u200b ", "b")], ["Sales (a)", "SALES\u200b  (b)"]),
        ([("Jose\u0301", "a"), ("Jos\u00e9", "b")], ["Jose\u0301 (a)", "Jos\u00e9 (b)"]),
        ([("Sales", "a"), ("Sales", "a"), ("Sales", "b")], ["Sales (a) [1]", "Sales (a) [2]", "Sales (b)"]),
        ([("Sales", ""), ("Sales", "")], ["Sales [1]", "Sales [2]"]),
    ],
)
def test_choices_with_the_same_name_get_their_details(names: list[tuple[str, str]], labels: list[str]) -> None:
    given = [(str(number), name, detail) for number, (name, detail) in enumerate(names)]
    assert [label for _value, label in told_apart(given)] == labels
    assert [value for value, _label in told_apart(given)] == [value for value, _name, _detail in given]


def test_two_sources_with_the_same_name_can_be_told_apart() -> None:
    sources = [SourceOption("t", "", "1", "Crosschq"), SourceOption("t", "", "2", "CROSSCHQ\u200b")]
    assert sorted(source_names(sources).values()) == ["CROSSCHQ\u200b (id 2)", "Crosschq (id 1)"]


@pytest.fixture
def acme(db: None) -> Organization:
    """Two templates of the same name."""
    organization = make_organization()
    for tag in ("eng", "dev"):
        make_template(organization, name="Engineering", ats_tag=tag)
    return organization


BOTH = {"Engineering (tag “eng”)", "Engineering (tag “dev”)"}


@pytest.mark.parametrize("name", ["connectors:settings", "events:list", "requests:test"])
def test_two_templates_with_the_same_name_can_be_told_apart(acme: Organization, client: Client, name: str) -> None:
    make_connection(acme)
    browser = signed_in(client, make_member(acme, Role.ADMIN))
    vendor = [] if name == "requests:test" else ["smartrecruiters"]
    page = browser.get(reverse(name, args=[acme.slug, *vendor]))
    shown = {
        " ".join("".join(each.itertext()).split()) for kind in ("option", "label") for each in parsed(page).iter(kind)
    }
    assert shown >= BOTH
    assert "Engineering" not in shown


def test_an_organizations_survey_that_looks_like_a_built_in_one_can_be_told_apart(acme: Organization) -> None:
    with tenant(acme):
        labels = [label for _key, label in queries.choices()]
    assert len(set(labels)) == len(labels)
