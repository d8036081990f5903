import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crosschq.core.ui.form_fields import TypedField
from crosschq.tenancy.models import Membership, Organization, User
from requests_app.completion.extend import DAYS
from requests_app.models import Act

MEMBERS_LISTED = 500


class BulkForm(forms.Form):
    """The confirmation. `key` makes a second click the same action; `count` is the number that the page showed."""

    key = TypedField(widget=forms.HiddenInput, required=False)
    count = TypedField(widget=forms.HiddenInput, required=False)

    def __init__(self, count: int, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"key": str(uuid.uuid4()), "count": str(count)})
        self.matching = count

    @property
    def shown_before(self) -> str:
        """The number that the page showed, if another number matches now."""
        shown = self.data.get("count", "") if self.is_bound else ""
        return shown if shown.isdecimal() and len(shown) < 9 and shown != str(self.matching) else ""

    @property
    def action_key(self) -> uuid.UUID:
        """Identifies the click, so that a second one starts nothing."""
        try:
            return uuid.UUID(self.data.get("key", ""))
        except ValueError:
            return uuid.uuid4()

    @property
    def new_owner(self) -> User | None:
        return None

    @property
    def days(self) -> int:
        return 0


class ReassignForm(BulkForm):
    owner = forms.ChoiceField(
        label=gettext_lazy("New owner"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose the new owner.")),
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Membership.objects.filter(organization=organization, user__is_active=True).select_related("user")
        self.members = {str(row.user_id): row.user for row in rows.order_by("user__name", "pk")[:MEMBERS_LISTED]}
        listed = [
            (key, f"{each.name}, {each.email}" if each.name else each.email) for key, each in self.members.items()
        ]
        self.fields["owner"].choices = [("", _("Choose a member")), *listed]  # type: ignore[attr-defined]

    @property
    def new_owner(self) -> User | None:
        return self.members.get(self.cleaned_data.get("owner", "")) if self.is_bound and self.is_valid() else None


class ExtendForm(BulkForm):
    more = forms.TypedChoiceField(
        label=gettext_lazy("How much longer"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose how much longer.")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in DAYS]
        self.fields["more"].choices = words  # type: ignore[attr-defined]

    @property
    def days(self) -> int:
        return int(self.cleaned_data.get("more") or 0)


def bulk_form(act: str, count: int, organization: Organization, data: QueryDict | None) -> BulkForm:
    """The form that asks what this action needs to know."""
    if act == Act.REASSIGN:
        return ReassignForm(organization, count, data)
    return ExtendForm(count, data) if act == Act.EXTEND else BulkForm(count, data)
