from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connectors.change import Settings


class SettingsForm(forms.Form):
    """What the admin may name otherwise, and who gets what nobody else can get."""

    step_name = forms.CharField(
        label=_("Hiring step"),
        max_length=100,
        help_text=_("As it is called in SmartRecruiters; capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_name = forms.CharField(
        label=_("Job field"),
        max_length=100,
        help_text=_("It holds the ATS tag of a template; capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fallback_owner_name = forms.CharField(
        label=_("Fallback owner's name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    fallback_owner_email = forms.EmailField(
        label=_("Fallback owner's e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and not value.isprintable():
                self.add_error(name, ValidationError(_("Use letters, digits and signs that can be seen.")))
        return cleaned

    def wanted(self) -> Settings:
        """Of a form that is valid."""
        return Settings(**self.cleaned_data)
