"""The reminder days of a template."""

from __future__ import annotations

import pytest
from django import forms

from crosschq.tenancy.scope import tenant
from templates_app.request_templates.edit import edit_template
from templates_app.request_templates.forms.template import TemplateForm
from templates_app.request_templates.template_input import as_input, as_json
from tests.factories import make_organization
from tests.templates_app.factories import make_template, template_input


def normalized(text: str) -> tuple[int, ...]:
    found: tuple[int, ...] = TemplateForm.base_fields["reminder_days"].clean(text)
    return found


@pytest.mark.parametrize(
    ("text", "days"),
    [("2, 4, 6", (2, 4, 6)), ("6 2;4", (2, 4, 6)), ("3,3", (3,)), ("", ()), ("  ", ()), ("30", (30,)), (" 1 ,", (1,))],
)
def test_up_to_three_reminder_days_are_accepted(text: str, days: tuple[int, ...]) -> None:
    assert normalized(text) == days


@pytest.mark.parametrize("text", ["0", "31", "2, 4, 6, 8", "-1", "two", "1.5", "²", "٣", "9" * 50, "2, \x01", "1" * 41])
def test_invalid_reminder_days_are_refused(text: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        normalized(text)
    assert refused.value.messages == ["Enter up to three days from 1 to 30, separated by commas, like 2, 4, 6."]


@pytest.mark.django_db
def test_the_form_shows_reminder_days_with_commas() -> None:
    with tenant(make_organization()):
        assert 'value="2, 4, 6"' in str(TemplateForm()["reminder_days"])
        assert 'value="3, 9"' in str(TemplateForm(initial={"reminder_days": [3, 9]})["reminder_days"])
        assert 'value="x, 9"' in str(TemplateForm({"reminder_days": "x, 9"})["reminder_days"])


@pytest.mark.django_db
def test_a_version_keeps_its_reminder_days() -> None:
    template = make_template(make_organization())
    with tenant(template.organization):
        first = template.current
        wanted = template_input(name=template.name, ats_tag=template.ats_tag, reminder_days=(1, 5))
        second = edit_template(template=template, actor=None, template_input=wanted)
        assert (first.reminder_days, second.reminder_days) == ([2, 4, 6], [1, 5])
        assert as_input(template.current) == wanted
        assert as_json(wanted)["reminder_days"] == [1, 5]
        assert edit_template(template=template, actor=None, template_input=wanted) == second
