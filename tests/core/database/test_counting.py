"""Counts stop, so that they cost the same however many rows there are, and sentences say so."""

import pytest
from django.db.models import Q
from django.template import Context, Template

from crosschq.core.database.counting import MOST_COUNTED, count_each_up_to, count_up_to, in_words
from crosschq.tenancy.models import Organization
from tests.factories import make_organization


@pytest.mark.django_db
def test_a_count_stops_one_beyond_its_limit() -> None:
    for _number in range(3):
        make_organization()
    assert [count_up_to(Organization.objects.order_by("name"), most) for most in (1, 2, 3)] == [2, 3, 3]


@pytest.mark.django_db
def test_a_count_of_several_conditions_stops_too() -> None:
    for name in ("Acme", "Acme", "Globex"):
        make_organization(name)
    rows, names = Organization.objects.order_by("name"), (Q(name="Acme"), Q(name="Globex"), Q(name="Initech"))
    assert [count_each_up_to(rows, names, most) for most in (1, 2, 3)] == [2, 3, 3]


def test_sentences_say_that_there_are_more() -> None:
    assert [in_words(count) for count in (1, MOST_COUNTED, MOST_COUNTED + 1)] == ["1", "1,000", "more than 1,000"]
    page = Template("{{ n|counted|capfirst }} are waiting")
    assert page.render(Context({"n": MOST_COUNTED + 1})) == "More than 1,000 are waiting"
    fewer = Template("{{ n|counted:most }}")
    assert [fewer.render(Context({"n": n, "most": 100})) for n in (100, 101)] == ["100", "more than 100"]
