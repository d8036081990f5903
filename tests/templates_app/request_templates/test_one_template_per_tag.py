import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from crosschq.core import clock
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import TagTaken, create_template, delete_template, edit_template
from tests.factories import make_organization
from tests.locks import a_lock_is_awaited
from tests.patience import SECONDS, wait_for
from tests.templates_app.browsing import errors, press
from tests.templates_app.factories import make_template, template_input


@pytest.mark.parametrize("tag", ["eng", "ENG", " Eng"])
def test_a_taken_tag_is_refused_in_any_spelling(acme: Organization, tag: str) -> None:
    holder = make_template(acme, ats_tag="eng")
    with tenant(acme):
        with pytest.raises(TagTaken) as refused:
            create_template(organization=acme, actor=None, template_input=template_input(ats_tag=tag))
        assert refused.value.holder == holder
        assert RequestTemplate.objects.count() == 1


def test_an_edit_cannot_take_another_templates_tag(acme: Organization) -> None:
    make_template(acme, ats_tag="eng")
    other = make_template(acme, ats_tag="sales")
    with tenant(acme):
        with pytest.raises(TagTaken):
            edit_template(template=other, actor=None, template_input=template_input(ats_tag="Eng"))
        other.refresh_from_db()
        assert (other.ats_tag, other.current.number) == ("sales", 1)


def test_a_template_may_change_the_case_of_its_own_tag(acme: Organization) -> None:
    template = make_template(acme, ats_tag="eng")
    with tenant(acme):
        edit_template(template=template, actor=None, template_input=template_input(ats_tag="ENG"))
        template.refresh_from_db()
    assert (template.ats_tag, template.tag_key) == ("ENG", "eng")


def test_deleting_frees_the_tag(acme: Organization) -> None:
    template = make_template(acme, ats_tag="eng")
    with tenant(acme):
        delete_template(template=template, actor=None)
    assert make_template(acme, ats_tag="eng") != template


def test_organizations_do_not_share_their_tags(acme: Organization) -> None:
    make_template(acme, ats_tag="eng")
    make_template(make_organization("Beta AG"), ats_tag="eng")


def test_a_taken_tag_is_reported_together_with_all_other_errors(acme: Organization, browser: Client) -> None:
    make_template(acme, name="Engineering", ats_tag="eng")
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    answer = press(browser, page, "Create Template", name="", ats_tag="ENG")
    assert errors(answer) == [
        "Enter a template name.",
        "The template Engineering already has the tag eng. Choose another tag.",
    ]
    answer = press(browser, answer, "Create Template", name="New")
    assert errors(answer) == ["The template Engineering already has the tag eng. Choose another tag."]


def test_a_templates_own_tag_does_not_count_as_taken(acme: Organization, browser: Client) -> None:
    template = make_template(acme, ats_tag="eng")
    make_template(acme, name="Sales", ats_tag="sales")
    page = browser.get(reverse("templates:edit", args=[acme.slug, template.uid]))
    answer = press(browser, page, "Save changes", name="")
    assert errors(answer) == ["Enter a template name."]
    answer = press(browser, answer, "Save changes", name="", ats_tag="Sales")
    assert errors(answer) == [
        "Enter a template name.",
        "The template Sales already has the tag sales. Choose another tag.",
    ]


def test_a_double_click_creates_one_template(acme: Organization, browser: Client) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    for _ in range(2):
        assert press(browser, page, "Create Template", name="Engineering", ats_tag="eng").status_code == 302
    with tenant(acme):
        assert RequestTemplate.objects.get().current.number == 1


def test_the_same_template_an_hour_later_is_not_a_double_click(acme: Organization) -> None:
    wanted = template_input()
    make_template(acme, **vars(wanted))
    with time_machine.travel(clock.now() + timedelta(hours=1)), tenant(acme), pytest.raises(TagTaken):
        create_template(organization=acme, actor=None, template_input=wanted)


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_concurrent_saves_with_one_tag_gets_a_field_error(
    acme: Organization, dana: User, browser: Client
) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    taken = threading.Event()

    def first() -> None:
        with tenant(acme):
            create_template(organization=acme, actor=None, template_input=template_input(name="First", ats_tag="eng"))
            taken.set()
            wait_for(a_lock_is_awaited)

    with in_background(first):
        assert taken.wait(SECONDS)
        answer = press(browser, page, "Create Template", name="Second", ats_tag="Eng")
    assert answer.status_code == 200
    assert errors(answer) == ["The template First already has the tag eng. Choose another tag."]
    with tenant(acme):
        assert [template.name for template in RequestTemplate.objects.all()] == ["First"]


@contextmanager
def in_background(function: Callable[[], None]) -> Iterator[None]:
    """Run the function in a thread with its own database connection while the block runs."""

    def run() -> None:
        try:
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
