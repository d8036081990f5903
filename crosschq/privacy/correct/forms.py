from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.ui.form_fields import AddressField, LineField
from crosschq.messaging.content import phones
from crosschq.tenancy.person import Correction

OTHERS = {"autocomplete": "off", "spellcheck": "false"}


class CorrectionForm(forms.Form):
    """The correct details, validated like the forms that first collected them. An empty field changes nothing."""

    first_name = LineField(
        label=gettext_lazy("First name"),
        max_length=lengths.PART_OF_NAME,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
    )
    last_name = LineField(
        label=gettext_lazy("Last name"),
        help_text=gettext_lazy("If you enter a first name, enter the last name too, unless they have only one name."),
        max_length=lengths.PART_OF_NAME,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
    )
    email = AddressField(
        label=gettext_lazy("Email"),
        max_length=lengths.EMAIL,
        required=False,
        widget=forms.EmailInput(attrs={**OTHERS, "inputmode": "email"}),
    )
    phone = LineField(
        label=gettext_lazy("Phone"),
        help_text=gettext_lazy("With the country code, for example, +1 202 555 0143"),
        max_length=lengths.PHONE,
        required=False,
        widget=forms.TextInput(attrs={**OTHERS, "type": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """Any number that someone can call: a prospect's can be a landline."""
        typed = str(self.cleaned_data["phone"])
        if typed and not phones.international(typed):
            raise forms.ValidationError(_("Enter a phone number with its country code, like +49 30 1234567"))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_name", ""), cleaned.get("last_name", "")
        if last and not first and not self.errors:
            self.add_error("first_name", _("Enter the first name too, or their only name"))
        if first and last:
            try:
                no_link(f"{first} {last}")
            except forms.ValidationError as refused:
                self.add_error("last_name", refused)
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Enter at least one correct detail"))
        return cleaned

    @property
    def correction(self) -> Correction:
        return Correction(**{name: self.cleaned_data.get(name) or "" for name in self.fields})
