"""The two forms of a placeholder, errors in them, and length limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.content import placeholders
from crosschq.messaging.content.placeholders import PLACEHOLDERS, names_in, problems, render, render_fitted, render_line
from requests_app.text import fitted


def sentences(text: str, **wanted: list[str]) -> list[str]:
    return [problem.sentence for problem in problems(text, **wanted)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ owner_name }}", "Dana"),
        ("{{owner_name}}", "Dana"),
        ("{{\towner_name  }}", "Dana"),
        ('{{ owner_name | default: "there" }}', "Dana"),
        ('{{ candidate_first_name | default: "there" }}', "there"),
        ('{{candidate_first_name|default:"there"}}', "there"),
        ("Hello {{ candidate_first_name }}.", "Hello ."),
        ("{{ position }}", "{{ position }}"),
        ("{{ nobody }}", "{{ nobody }}"),
        ("{{ owner_name }}{{ owner_name }}", "DanaDana"),
        ("{{ owner_name\n}}", "{{ owner_name\n}}"),
    ],
)
def test_a_placeholder_is_filled_in(text: str, said: str) -> None:
    assert render(text, {"owner_name": "Dana", "candidate_first_name": " "}) == said


def test_names_are_found_once_each_in_order() -> None:
    assert names_in('{{ b }} {{ a | default: "x" }} {{ b }} {{ c') == ["b", "a"]


def test_a_valid_text_has_no_problems() -> None:
    assert sentences('Hello {{ candidate_first_name | default: "there" }}: {{ link }}', required=["link"]) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ candidate_firstname }}", "The closest one is “candidate_first_name”"),
        ("{{ Organization }}", "The closest one is “organization”"),
        ("{{ salary_per_hour_xyz }}", "Choose one from the list"),
        ("{{ organization", "“{{ organization” is not a complete placeholder"),
        ("organization }}", "is not a complete placeholder"),
        ("{% if x %}", "is not a complete placeholder"),
        ("{{ organization | upper }}", "is not a complete placeholder"),
        ("{{ owner_name | default: “there” }}", "is not a complete placeholder"),
    ],
)
def test_an_invalid_placeholder_is_an_error_with_a_suggestion(text: str, said: str) -> None:
    (first, *_) = problems(text)
    assert first.is_error
    assert said in first.sentence


def test_a_placeholder_of_another_message_is_an_error() -> None:
    (problem,) = problems("{{ reference_name }}", allowed=["organization"])
    assert problem.is_error
    assert problem.sentence == "“Reference's full name” can't be used here."


def test_a_missing_required_placeholder_is_an_error() -> None:
    (problem,) = problems("Hello", required=["link"])
    assert problem.is_error
    assert "Insert “The secret link” into this text" in problem.sentence


def test_a_missing_fallback_is_a_warning_listed_after_errors() -> None:
    found = problems("{{ owner_name }} {{ nobody_at_all }}")
    assert [problem.is_error for problem in found] == [True, False]
    assert "{{ owner_name | default:" in found[1].sentence


def test_an_empty_fallback_counts_as_missing() -> None:
    assert not problems('{{ owner_name | default: "" }}')[0].is_error


def test_each_placeholder_has_samples_and_is_empty_where_possible() -> None:
    for each in PLACEHOLDERS.values():
        assert str(each.label)
        assert len(str(each.long)) >= len(str(each.short)) > 0
        assert (str(each.missing) == "") == each.may_be_empty


def test_only_the_list_of_references_spans_several_lines() -> None:
    values = {"reference_list": "• Manager (1)\n\n• Any (1)", "position": "Engineer\n\nBcc: x"}
    assert render("{{ reference_list }}", values) == "• Manager (1)\n• Any (1)"
    assert render("{{ position }}", values) == "Engineer Bcc: x"
    assert render_line("{{ reference_list }}", values) == "• Manager (1) • Any (1)"


def test_long_names_are_shortened_evenly_and_nothing_else_is() -> None:
    values = {"organization": "Donaudampfschifffahrtsgesellschaft", "references": "10 references"}
    line = render_fitted("{{ organization }} asks you to name {{ references }}", values, room=40)
    assert len(line) <= 40
    assert line.endswith("… asks you to name 10 references")


@given(st.text(max_size=120), st.text(max_size=120))
def test_names_of_any_length_fit(one: str, other: str) -> None:
    values = {"organization": one, "candidate_name": other}
    assert len(render_fitted("{{ organization }} and {{ candidate_name }}", values, room=50)) <= 50


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Acme GmbH", "Acme GmbH asks you to name 2 references"),
        ("Müller & Söhne Maschinenbau GmbH", "Müller & Söhne Maschinenbau GmbH asks you to name 2 references"),
        ("x" * 50, "x" * 50 + " asks you to name 2 references"),
        ("x" * 51, "x" * 49 + "… asks you to name 2 references"),
        ("{{ references }}", "{{ references }} asks you to name 2 references"),
    ],
)
def test_an_organizations_name_is_cut_in_subjects_only_past_50_characters(name: str, subject: str) -> None:
    text = "{{ organization }} asks you to name {{ references }}"
    assert placeholders.render_subject(text, {"organization": name, "references": "2 references"}, room=50) == subject
    assert fitted("%(organization)s asks you to name 2 references", organization=name) == subject
