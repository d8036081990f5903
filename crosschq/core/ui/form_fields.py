"""Form fields for what people type: a line, several lines, an email address.

They trim the ends and otherwise change nothing: what is inside is either kept, or refused with an explanation and shown
again as typed.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from crosschq.core.text.characters import refuse_invisible, storable, trim
from crosschq.core.text.email_addresses import NOT_AN_ADDRESS, email_address
from crosschq.core.text.lengths import EMAIL

LONG_TEXT_CHARACTERS = 20_000


class TypedField(forms.CharField):
    """Shows what was typed again, without NUL, which no HTML page can contain."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return shown.replace("\x00", "") if isinstance(shown, str) else shown

    def to_python(self, value: Any) -> str | None:
        return super().to_python(trim(value) if isinstance(value, str) else value)


class LineField(TypedField):
    """One line. Several spaces or line breaks count as one space; an invisible character inside is refused."""

    default_validators = [refuse_invisible]

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return " ".join(text.split()) if text else text


class SearchField(LineField):
    """Words to search for. Nothing in them is refused: a search ignores what no one can see."""

    default_validators = []

    def to_python(self, value: Any) -> str | None:
        return super().to_python(storable(value) if isinstance(value, str) else value)


class DayField(forms.DateField):
    """A day, picked or typed. Shows what was typed again, without NUL."""

    widget = forms.DateInput(attrs={"type": "date", "class": "w-10"}, format="%Y-%m-%d")

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return shown.replace("\x00", "") if isinstance(shown, str) else shown


class LongTextField(forms.CharField):
    """Several lines, kept as typed except for NUL, which neither a database text nor an HTML page can contain."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 5)
        kwargs.setdefault("max_length", LONG_TEXT_CHARACTERS)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return shown.replace("\x00", "") if isinstance(shown, str) else shown

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value.replace("\x00", "") if isinstance(value, str) else value)
        # A browser sends CR LF and counts it as one character.
        return text.replace("\r\n", "\n") if text else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # We check the limit here, because a browser that enforces it truncates pasted text silently.
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class AddressField(TypedField):
    """An email address that we can send to, in the form we store (crosschq/core/text/email_addresses.py)."""

    widget = forms.EmailInput
    default_error_messages = {"invalid": NOT_AN_ADDRESS}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", EMAIL)
        super().__init__(**kwargs)
        # It would come before our own check, whose message says which letters the character follows.
        self.validators = [each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)]

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        try:
            return email_address(text) if text else ""
        except forms.ValidationError as refused:
            if refused.code == "invalid":
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from refused
            raise


def asked_address(label: Any = "", **kwargs: Any) -> AddressField:
    """An AddressField with the messages of the pages for candidates and references."""
    messages = {
        "required": _("Enter an email address"),
        "invalid": _("Enter an email address like name@example.com"),
    }
    return AddressField(label=label, error_messages=messages | kwargs.pop("error_messages", {}), **kwargs)


class PlaceForm(forms.Form):
    """Where a page of a list starts: after or before a row with this uid. Anything else is ignored."""

    after = forms.UUIDField(required=False)
    before = forms.UUIDField(required=False)

    def place(self) -> dict[str, UUID | None]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ("after", "before")}
