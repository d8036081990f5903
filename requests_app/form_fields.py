"""Form fields for what people type: a line, several lines, an address. Whatever is sent, they answer in words."""

from typing import Any

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from requests_app.text import plain

LONG_TEXT_CHARACTERS = 20_000


class TypedField(forms.CharField):
    """Without NUL, which neither a database text nor an HTML page can hold."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return shown.replace("\x00", "") if isinstance(shown, str) else shown

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\x00", "") if isinstance(value, str) else value)


class LineField(TypedField):
    """One line: control characters and line breaks become spaces, overrides of direction are dropped."""

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
        # A browser sends CR LF and counts one character for it.
        return text.replace("\r\n", "\n") if text else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # The limit is checked here: a browser that enforces it cuts pasted text without a word.
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class AddressField(TypedField, forms.EmailField):
    """An email address. A copied one may bring invisible characters along."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"required": _("Enter an email address")} | kwargs.pop("error_messages", {})
        super().__init__(error_messages=messages, **kwargs)
        wrong = _("Enter an email address like name@example.com")
        self.validators = [EmailValidator(wrong) if isinstance(v, EmailValidator) else v for v in self.validators]

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return plain(text).replace(" ", "").replace("\u200b", "") if text else text
