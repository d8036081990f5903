from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.matching import closest_tag, find_template, shares_word
from templates_app.request_templates.edit import delete_template, edit_template
from tests.factories import make_organization
from tests.templates_app.factories import make_template, template_input


@pytest.mark.parametrize("tag", ["eng", "ENG", "  eng "])
def test_a_tag_in_any_spelling_finds_its_template(acme: Organization, tag: str) -> None:
    template = make_template(acme, ats_tag="Eng")
    with tenant(acme):
        found = find_template(organization=acme, tag=tag)
    assert found is not None
    assert found.template == template


def test_a_tag_finds_the_current_version(acme: Organization) -> None:
    template = make_template(acme, ats_tag="eng")
    with tenant(acme):
        newer = edit_template(
            template=template, actor=None, template_input=template_input(ats_tag="eng", position="Engineer")
        )
        assert find_template(organization=acme, tag="eng") == newer


@pytest.mark.parametrize("tag", ["", "   ", "en", "engineering"])
def test_other_tags_find_nothing(acme: Organization, tag: str) -> None:
    make_template(acme, ats_tag="eng")
    with tenant(acme):
        assert find_template(organization=acme, tag=tag) is None


def test_a_deleted_template_is_neither_found_nor_offered(acme: Organization) -> None:
    template = make_template(acme, ats_tag="eng")
    with tenant(acme):
        delete_template(template=template, actor=None)
        assert find_template(organization=acme, tag="eng") is None
        assert closest_tag(organization=acme, tag="engg") is None


def test_another_organizations_template_is_neither_found_nor_offered(acme: Organization) -> None:
    make_template(acme, ats_tag="eng")
    other = make_organization("Beta AG")
    with tenant(other):
        assert find_template(organization=other, tag="eng") is None
        assert closest_tag(organization=other, tag="eng") is None


@pytest.mark.parametrize(
    ("tag", "offered"),
    [
        ("enginering", "Engineering"),  # a typo in the template's name
        ("engineering", "Engineering"),
        ("en", "Engineering"),  # the beginning of its tag
        ("ENG-2", "Engineering"),
        ("slaes", "Sales EMEA"),
        ("sales", "Sales EMEA"),
        ("warehouse", None),
        ("e", None),
        ("", None),
    ],
)
def test_a_template_with_a_similar_tag_or_name_is_offered(acme: Organization, tag: str, offered: str | None) -> None:
    make_template(acme, name="Engineering", ats_tag="eng")
    make_template(acme, name="Sales EMEA", ats_tag="sales-emea")
    with tenant(acme):
        closest = closest_tag(organization=acme, tag=tag)
    assert (closest.name if closest else None) == offered


def test_finding_a_template_takes_one_query(
    acme: Organization, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    make_template(acme, ats_tag="eng")
    with tenant(acme), django_assert_num_queries(1):
        found = find_template(organization=acme, tag="eng")
        assert found is not None
        assert found.template.name
        assert found.references_requested == 2


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("Senior ENGINEER", True),
        ("Engineering manager", True),
        ("Ward nurse, nights", True),
        ("Head of sales and service", False),
        ("Nur and for", False),
        ("", False),
    ],
)
def test_a_job_matches_by_a_word_in_its_title(title: str, fits: bool) -> None:
    assert shares_word(title, "Engineer and more", "Nurse") == fits
