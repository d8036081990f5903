from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crosschq.organizations.create import create_organization
from crosschq.organizations.models import User


class SignUpForm(forms.Form):
    """What sign-up asks beside e-mail and password, which allauth adds."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    organization = forms.CharField(
        label=_("Organization name"),
        max_length=120,
        help_text=_("As candidates and references know it"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        initial="UTC",
        help_text=_("Due dates end with the day there"),
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
    )
    field_order = ("name", "email", "organization", "time_zone", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        create_organization(
            name=self.cleaned_data["organization"], owner=user, time_zone=self.cleaned_data["time_zone"]
        )
