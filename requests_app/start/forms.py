from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.text.person_names import names_someone
from crosschq.core.ui.form_fields import AddressField, LineField
from crosschq.tenancy.models import Membership, Organization, User
from requests_app.start.start import Owner

# Fields about someone else, so the browser must not autofill the member's own data.
OTHERS = {"autocomplete": "off", "spellcheck": "false"}
NO_ACCOUNT = "other"
TOO_LONG = gettext_lazy("Use %(limit_value)s characters or fewer. There are %(show_value)s now.")
MEMBERS_LISTED = 500


class OwnerForm(forms.Form):
    """The owner of a request: a member, or the name and address of someone without an account."""

    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"),
        help_text=gettext_lazy("Gets the report. The candidate's replies go to them."),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose the owner")),
    )
    owner_name = LineField(
        label=gettext_lazy("Owner's full name"),
        max_length=lengths.PERSON_NAME,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
        error_messages={"max_length": TOO_LONG},
    )
    owner_email = AddressField(
        label=gettext_lazy("Owner's email"),
        required=False,
        widget=forms.EmailInput(attrs={**OTHERS, "inputmode": "email"}),
    )

    def __init__(
        self,
        organization: Organization,
        user: User,
        data: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
    ) -> None:
        """user: the member who chooses, preselected."""
        super().__init__(data, initial={"owner": str(user.pk), **(initial or {})})
        self.organization, self.user = organization, user
        rows = Membership.objects.filter(organization=organization, user__is_active=True).select_related("user")
        self.members = {str(row.user_id): row.user for row in rows.order_by("user__name", "pk")[:MEMBERS_LISTED]}
        others = [(key, _member_label(each)) for key, each in self.members.items() if each != self.user]
        mine = (str(self.user.pk), _("Me, %(name)s") % {"name": self.user})
        choices = [mine, *others, (NO_ACCOUNT, _("Someone without an account"))]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]

    def clean_owner_fields(self, cleaned: dict[str, Any]) -> None:
        """Check the other two fields, if they apply."""
        if cleaned.get("owner") != NO_ACCOUNT:
            # The other two fields don't apply.
            for name in ("owner_name", "owner_email"):
                self.errors.pop(name, None)
            return
        if not names_someone(cleaned.get("owner_name") or "") and "owner_name" not in self.errors:
            self.add_error("owner_name", _("Enter the owner's full name"))
        if not cleaned.get("owner_email") and "owner_email" not in self.errors:
            self.add_error("owner_email", _("Enter the owner's email address"))

    def chosen_member(self, cleaned: dict[str, Any]) -> User:
        return self.members.get(cleaned.get("owner", ""), self.user)

    @property
    def chosen_owner(self) -> Owner:
        """Who was chosen. Only for a valid form."""
        given, rule = self.cleaned_data, _("Chosen by %(actor)s") % {"actor": self.user}
        if given["owner"] == NO_ACCOUNT:
            return Owner(given["owner_name"], given["owner_email"], rule)
        member = self.chosen_member(given)
        return Owner(str(member), member.email, rule)


def _member_label(user: User) -> str:
    return f"{user.name}, {user.email}" if user.name else user.email
