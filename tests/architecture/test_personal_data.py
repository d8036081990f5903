"""Every column that can hold text is declared: as personal data, with who erases it, or as none, with the reason."""

from collections import Counter

from django.apps import apps
from django.db import models

from crosschq.privacy.holdings import HOLDINGS, columns

TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)


def test_every_column_that_can_hold_text_is_declared_once() -> None:
    held = {
        (model._meta.label, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, TEXT)
    }
    declared = Counter((column.model, column.name) for column in columns())
    assert sorted(held - set(declared)) == []
    assert sorted(set(declared) - held) == []
    assert [name for name, times in declared.items() if times > 1] == []


def test_every_declaration_says_how_long_or_why_not() -> None:
    assert [column for column in columns() if not column.note.strip()] == []


def test_an_app_declares_its_own_tables() -> None:
    wrong = []
    for holding in HOLDINGS:
        package = holding.__name__.removesuffix(".personal_data")  # type: ignore[attr-defined]
        for column in holding.COLUMNS:
            app = apps.get_app_config(column.model.split(".")[0]).name
            # The accounts app declares the tables of the kernel and of libraries.
            if package != app and package != "crosschq.tenancy":
                wrong.append(f"{package}: {column.model}")
    assert wrong == []
