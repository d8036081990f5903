"""Form fields for one line, several lines, or an email address. They answer any input with a clear message."""

from typing import Any

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from requests_app.text import plain

LONG_TEXT_CHARACTERS = 20_000


class TypedField(forms.CharField):
    """Accepts no NUL, which neither a database text nor an HTML page can hold."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return shown.replace("\x00", "") if isinstance(shown, str) else shown

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\x00", "") if isinstance(value, str) else value)


class LineField(TypedField):
    """One line: control characters and line breaks become spaces, and direction overrides are removed."""

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return plain(text) if text else text


class LongTextField(TypedField):
    """Several lines, kept as typed."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 5)
        kwargs.setdefault("max_length", LONG_TEXT_CHARACTERS)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        # A browser sends CR LF and counts it as one character.
        return text.replace("\r\n", "\n") if text else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # We check the limit here, because a browser that enforces it truncates pasted text silently.
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class AddressField(TypedField, forms.EmailField):
    """An email address. A copied one may contain invisible characters."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"required": _("Enter an email address")} | kwargs.pop("error_messages", {})
        super().__init__(error_messages=messages, **kwargs)
        wrong = _("Enter an email address like name@example.com")
        self.validators = [EmailValidator(wrong) if isinstance(v, EmailValidator) else v for v in self.validators]

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return plain(text).replace(" ", "").replace("\u200b", "") if text else text
