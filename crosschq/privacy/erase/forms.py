from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core.database.counting import in_words
from crosschq.core.database.folded import SortKey
from crosschq.core.text import lengths
from crosschq.core.ui.form_fields import AddressField
from crosschq.tenancy.models import Membership, Organization, Role, User


class EraseForm(forms.Form):
    """Asks who gets the open requests that the person owns. Has no fields if there are none."""

    heir = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, organization: Organization, owned: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not owned:
            del self.fields["heir"]
            return
        members = Membership.objects.filter(organization=organization).select_related("user")
        ordered = members.order_by(SortKey("user__name"), "user__email")
        self.members = {str(member.uid): member for member in ordered if member.may(Role.RECRUITER)}
        field = self.fields["heir"]
        field.required = True
        field.error_messages["required"] = _("Choose who gets the open requests")
        field.label = ngettext(
            "They own %(count)s open request. Hand it over to",
            "They own %(count)s open requests. Hand them over to",
            owned,
        ) % {"count": in_words(owned)}
        choices = [(uid, f"{member.user} ({member.user.email})") for uid, member in self.members.items()]
        field.choices = [("", _("Choose a member")), *choices]  # type: ignore[attr-defined]  # of ChoiceField

    @property
    def chosen(self) -> User | None:
        return self.members[self.cleaned_data["heir"]].user if "heir" in self.fields else None


class LiftForm(forms.Form):
    """Which block to lift: of an address, or of a candidate's id in the ATS."""

    email = AddressField(widget=forms.HiddenInput, required=False)
    candidate = forms.CharField(widget=forms.HiddenInput, required=False, max_length=lengths.ATS_ID)
