from django import forms
from django.utils.translation import gettext_lazy as _

from crosschq.core.text import lengths
from crosschq.core.ui.form_fields import LineField, TypedField, asked_address


class RequestCodeForm(forms.Form):
    email = asked_address(
        label=_("Your work email"),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class CodeForm(forms.Form):
    email = TypedField(max_length=lengths.EMAIL, widget=forms.HiddenInput)
    code = LineField(
        label=_("Code"),
        help_text=_("Six digits"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}),
        error_messages={"required": _("Enter the code from the email")},
    )

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).replace(" ", "")
