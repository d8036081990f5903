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
        label=gettext_lazy("Mobile number"),
        help_text=gettext_lazy("Include the country code, for example +1 202 555 0143"),
        max_length=lengths.PHONE,
        required=False,
        widget=forms.TextInput(attrs={**OTHERS, "type": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        try:
            return phones.textable(typed) if typed else ""
        except phones.NumberRefused as refused:
            raise forms.ValidationError(refused.sentence) from refused

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_name", ""), cleaned.get("last_name", "")
        if bool(first) != bool(last) and not self.errors:
            self.add_error("last_name" if first else "first_name", _("Enter both names, or leave both empty"))
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
