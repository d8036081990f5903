"""One tag renders each field of the product: label, hint, error and control belong together."""

from typing import Any

from django import forms
from django.forms import formset_factory

from tests.ui.markup import fragment, only, render, text_of


class PersonForm(forms.Form):
    name = forms.CharField(label="Full name", max_length=5, widget=forms.TextInput(attrs={"placeholder": "Your name"}))
    email = forms.EmailField(label="Work email", help_text="Only used for this request")
    phone = forms.CharField(label="Mobile number", required=False)
    years = forms.IntegerField(label="Years", min_value=1, max_value=60, required=False)
    relation = forms.ChoiceField(label="Who", choices=[("m", "Manager"), ("p", "Peer")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="These are my own words")
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def filled(**changes: str) -> PersonForm:
    good = {"name": "Maya", "email": "maya@example.com", "relation": "m", "agree": "on"}
    return PersonForm({**good, **changes})


def field(form: forms.Form, name: str, options: str = "") -> Any:
    return fragment(render(f"{{% field bound {options} %}}", bound=form[name]))


def test_hint_and_error_are_read_out_with_the_control() -> None:
    page = field(filled(email="maya"), "email")
    control = only(page, ".//input")
    described = control.get("aria-describedby", "").split()
    texts = {element.get("id"): text_of(element) for element in page.iter() if element.get("id") in described}
    assert list(texts.values()) == [
        "Only used for this request",
        "Error: “Work email” must look like name@example.com",
    ]
    assert control.get("aria-invalid") == "true"
    assert only(page, ".//label").get("for") == control.get("id")


def test_a_field_that_may_stay_empty_says_so_and_others_carry_no_mark() -> None:
    assert text_of(only(field(filled(), "phone"), ".//label")) == "Mobile number (optional)"
    assert text_of(only(field(filled(), "name"), ".//label")) == "Full name"
    assert text_of(only(field(filled(), "phone", "optional=False"), ".//label")) == "Mobile number"


def test_no_placeholder_stands_in_for_a_label() -> None:
    assert only(field(filled(), "name"), ".//input").get("placeholder") is None


def test_a_choice_is_a_group_of_tiles_with_a_legend_and_nothing_chosen() -> None:
    page = field(PersonForm(), "relation", "heading=True")
    assert text_of(only(page, ".//fieldset/legend/h1")) == "Who"
    assert [text_of(tile) for tile in page.findall(".//label")] == ["Manager", "Peer"]
    assert [box.get("checked") for box in page.findall(".//label/input")] == [None, None]


def test_what_was_chosen_is_still_chosen_when_the_form_comes_back() -> None:
    page = field(filled(relation="p", name=""), "relation")
    assert [box.get("checked") is not None for box in page.findall(".//input")] == [False, True]


def test_a_hidden_field_shows_nothing_but_itself() -> None:
    assert render("{% field bound %}", bound=filled()["token"]).strip().startswith('<input type="hidden"')


def test_what_was_typed_is_escaped() -> None:
    page = field(filled(name='"><b>x'), "name")
    assert only(page, ".//input").get("value") == '"><b>x'
    assert page.findall(".//b") == []


def test_djangos_messages_are_replaced_by_ones_that_name_the_field() -> None:
    form = PersonForm({"name": "Maya Osei", "email": "", "years": "0", "relation": "x"})
    page = fragment(render("{% error_summary form %}", form=form))
    assert [text_of(line) for line in page.findall(".//li")] == [
        "“Full name” must have 5 characters or fewer",
        "Fill in “Work email”",
        "“Years” must be 1 or more",
        "Choose an option from the list for “Who”",
        "Check “These are my own words” to continue",
    ]


def test_an_invalid_or_too_large_number_is_explained() -> None:
    too_large = fragment(render("{% error_summary form %}", form=filled(years="61")))
    no_number = fragment(render("{% error_summary form %}", form=filled(years="many")))
    assert text_of(only(too_large, ".//li")) == "“Years” must be 60 or less"
    assert text_of(only(no_number, ".//li")) == "“Years” must be a number"


def test_a_message_of_the_form_itself_is_kept() -> None:
    form = filled()
    form.add_error("email", "This is your own address. Give that of your reference")
    page = field(form, "email")
    assert "This is your own address. Give that of your reference" in text_of(page)


def test_each_line_of_the_summary_leads_to_its_control() -> None:
    form = filled(email="", relation="")
    html = render("{% error_summary form %}{% fields form %}", form=form)
    page = fragment(html)
    targets = [link.get("href", "")[1:] for link in page.findall(".//li/a")]
    controls = {element.get("id"): element.tag for element in page.iter() if element.get("id") in targets}
    assert targets == ["id_email", "id_relation_0"]
    assert controls == {"id_email": "input", "id_relation_0": "input"}


def test_the_summary_takes_focus_and_says_the_same_as_the_field() -> None:
    form = filled(email="")
    page = fragment(render("{% error_summary form %}{% field form.email %}", form=form))
    box = only(page, ".//*[@role='alert']")
    assert box.get("tabindex") == "-1"
    assert box.get("autofocus") is not None
    said = text_of(only(page, ".//*[@id='id_email_error']/p"))
    assert said == f"Error: {text_of(only(box, './/li'))}"


def test_the_summary_is_empty_without_errors_and_without_a_form() -> None:
    assert render("{% error_summary form missing %}", form=filled()).strip() == ""


def test_the_summary_reaches_into_a_formset() -> None:
    people = formset_factory(PersonForm, min_num=2, validate_min=True)
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "Maya", "form-0-email": "maya"}
    page = fragment(render("{% error_summary formset %}", formset=people(data)))
    assert [link.get("href") for link in page.findall(".//li/a")] == [
        "#id_form-0-email",
        "#id_form-0-relation_0",
        "#id_form-0-agree",
    ]
    assert len(page.findall(".//li")) == 4
