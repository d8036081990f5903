"""Each column that holds text from outside gets its length from one place, and each form field fits its column."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from django import forms
from django.db import models

from crosschq.core.text import lengths
from tests.architecture.test_models import our_models
from tests.architecture.test_typed_input import our_forms

# Columns whose names show that a person or an ATS fills them.
FROM_OUTSIDE = {
    "email": lengths.EMAIL,
    "to_email": lengths.EMAIL,
    "reply_to": lengths.EMAIL,
    "candidate_email": lengths.EMAIL,
    "owner_email": lengths.EMAIL,
    "hiring_manager_email": lengths.EMAIL,
    "fallback_owner_email": lengths.EMAIL,
    "chosen_email": lengths.EMAIL,
    "email_key": lengths.EMAIL,
    "to_name": lengths.PERSON_NAME,
    "owner_name": lengths.PERSON_NAME,
    "candidate_name": lengths.PERSON_NAME,
    "hiring_manager_name": lengths.PERSON_NAME,
    "fallback_owner_name": lengths.PERSON_NAME,
    "by_name": lengths.PERSON_NAME,
    "asked_by": lengths.PERSON_NAME,
    "first_name": lengths.PART_OF_NAME,
    "last_name": lengths.PART_OF_NAME,
    "candidate_first_name": lengths.PART_OF_NAME,
    "candidate_last_name": lengths.PART_OF_NAME,
    "candidate_phone": lengths.PHONE,
    "employer": lengths.COMPANY_NAME,
    "company": lengths.COMPANY_NAME,
    "company_name": lengths.COMPANY_NAME,
    "position": lengths.JOB_TITLE,
    "ats_id": lengths.ATS_ID,
    "job_id": lengths.ATS_ID,
    "candidate_id": lengths.ATS_ID,
    "ats_candidate_id": lengths.ATS_ID,
    "ats_job_id": lengths.ATS_ID,
    "step_name": lengths.ATS_NAME,
    "field_name": lengths.ATS_NAME,
    "source_label": lengths.ATS_LABEL,
    "ats_tag": lengths.TEMPLATE_TAG,
    "years": lengths.YEARS,
    "area_of_interest": lengths.AREA_OF_INTEREST,
    "sender_name": lengths.SENDER_NAME,
}


def test_each_column_from_outside_has_the_length_of_its_kind() -> None:
    wrong = [
        (str(field), field.max_length, FROM_OUTSIDE[field.name])
        for model in our_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField) and field.name in FROM_OUTSIDE and not field.choices
        if field.max_length != FROM_OUTSIDE[field.name]
    ]
    assert wrong == []


def test_no_model_repeats_a_length() -> None:
    files = {Path(inspect.getfile(model)) for model in our_models()}
    assert [where for path in sorted(files) for where in written_lengths(path)] == []


def written_lengths(path: Path) -> Iterator[str]:
    """The columns of a module whose length is a number in its source."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            name = getattr(node.targets[0], "id", "")
            found = [each.value for each in node.value.keywords if each.arg == "max_length"]
            if name in FROM_OUTSIDE and any(isinstance(value, ast.Constant) for value in found):
                yield f"{path.name}: {name}"


def test_each_field_of_a_form_refuses_what_its_column_cannot_hold() -> None:
    # Importing the URLs imports all views and their forms. The style guide has its URLs only in DEBUG.
    import crosschq.console.styleguide.urls
    import crosschq.urls  # noqa: F401

    wrong = []
    for kind in our_forms():
        for name, field in kind.base_fields.items():  # type: ignore[attr-defined]  # set by a metaclass
            most = FROM_OUTSIDE.get(name, lengths.PHONE if name == "phone" else None)
            if most and isinstance(field, forms.CharField) and (field.max_length or most + 1) > most:
                wrong.append(f"{kind.__module__}.{kind.__qualname__}.{name}")
    # allauth's forms get our fields when they are made.
    assert [name for name in wrong if ".sign_in.forms.allauth." not in name] == []
