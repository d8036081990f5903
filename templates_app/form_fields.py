"""Form fields with their error messages, for the template and survey forms."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from crosschq.core.text.names import no_link
from crosschq.core.ui.form_fields import LineField

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

NUMBER_ERRORS = ("required", "invalid", "min_value", "max_value")
TOO_LONG = gettext_lazy("Use %(limit_value)s characters or fewer. There are %(show_value)s now.")


def without_nul(data: QueryDict) -> QueryDict:
    """The data without NUL characters, which neither HTML nor PostgreSQL accepts."""
    mended = data.copy()
    for name, values in data.lists():
        mended.setlist(name, [value.replace("\0", "") for value in values])
    return mended


def line_field(
    label: "StrPromise",
    *,
    limit: int,
    error: "StrPromise | str" = "",
    help_text: "StrPromise | str" = "",
    is_public: bool = False,
) -> LineField:
    """A single-line text, required if `error` says what to enter. is_public: candidates and references see it."""
    return LineField(
        label=label,
        max_length=limit,
        required=bool(error),
        help_text=help_text,
        validators=[no_link] if is_public else [],
        error_messages={"required": error, "max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def paragraph_field(label: "StrPromise", *, limit: int, help_text: "StrPromise | str" = "") -> forms.CharField:
    """An optional multi-line text."""
    return forms.CharField(
        label=label,
        max_length=limit,
        required=False,
        help_text=help_text,
        error_messages={"max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def number_field(
    label: "StrPromise", *, limit: int, initial: int, error: "StrPromise | str" = "", help_text: "StrPromise | str" = ""
) -> forms.IntegerField:
    """A whole number from 1 to `limit`. Anything else shows `error`."""
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=limit,
        initial=initial,
        help_text=help_text,
        error_messages=dict.fromkeys(NUMBER_ERRORS, error),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DaysField(forms.CharField):
    """Comma-separated numbers of days, as an ascending tuple without duplicates. Empty means none."""

    def __init__(self, *, limit: int, last: int, error: "StrPromise", **kwargs: Any) -> None:
        self.limit, self.last, self.error = limit, last, error
        super().__init__(
            max_length=40,
            error_messages={"max_length": error},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or not isinstance(value, Iterable) else ", ".join(map(str, value))

    def clean(self, value: Any) -> tuple[int, ...]:
        words = [word for word in re.split(r"[,;\s]+", super().clean(value)) if word]
        numbers = [int(word) for word in words if re.fullmatch(r"[0-9]{1,3}", word)]
        days = tuple(sorted(set(numbers)))
        if len(numbers) < len(words) or len(days) > self.limit or any(not 1 <= day <= self.last for day in days):
            raise ValidationError(self.error)
        return days
