"""Form fields for what people type: one line, several lines, an address. None of them can be made to fail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..wording import plain

LONG_TEXT_CHARACTERS = 20_000


class LineField(forms.CharField):
    """One line: control characters and line breaks become spaces, overrides of direction are dropped."""

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return plain(text) if text else text


class LongTextField(forms.CharField):
    """Several lines, kept as typed; only NUL, which no database text can hold, is dropped."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 5)
        kwargs.setdefault("max_length", LONG_TEXT_CHARACTERS)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        # A browser sends CR LF and counts one character for it.
        return text.replace("\x00", "").replace("\r\n", "\n").strip() if text else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # The limit is checked here: a browser that enforces it cuts pasted text without a word.
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class AddressField(forms.EmailField):
    """An e-mail address. A copied one may bring invisible characters along."""

    default_error_messages = {
        "required": _("Enter an e-mail address"),
        "invalid": _("Enter an e-mail address like name@example.com"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid"] = self.default_error_messages["invalid"]
        for validator in self.default_validators:
            if hasattr(validator, "message"):
                self.error_messages.setdefault(getattr(validator, "code", "invalid"), validator.message)

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return plain(text).replace(" ", "").replace("\u200b", "") if text else text
