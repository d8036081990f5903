from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crosschq.accounts.form_fields import TimeZoneField, full_name, organization_name, time_zones
from crosschq.accounts.sign_up.create_organization import create_organization
from crosschq.core.text.names import find_link
from crosschq.tenancy.models import User


class SignUpForm(forms.Form):
    """The sign-up fields other than email and password, which allauth adds."""

    name = full_name()
    organization = organization_name(_("The name that candidates and references know"))
    time_zone = TimeZoneField(
        help_text=_("Due dates are at the end of the day in this time zone."),
        choices=time_zones,
    )
    field_order = ("name", "email", "organization", "time_zone", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add an empty first choice, so that the time zone is always a deliberate choice."""
        super().__init__(*args, **kwargs)
        zone = cast(forms.ChoiceField, self.fields["time_zone"])
        zone.choices = [("", _("Choose")), *cast(Iterable[Any], zone.choices)]

    def clean_organization(self) -> str:
        """Refuse a domain as a name. The profile accepts one once an admin has a confirmed address there."""
        name: str = self.cleaned_data["organization"]
        if find_link(name):
            raise forms.ValidationError(
                _(
                    "Leave addresses, phone numbers, and links out of the name. You can use your own domain as the "
                    "name later, in the organization profile, once you have confirmed an address there."
                )
            )
        return name

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        create_organization(
            name=self.cleaned_data["organization"], owner=user, time_zone=self.cleaned_data["time_zone"]
        )
