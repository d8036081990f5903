from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.accounts.members.leaving import count_open_requests, count_shares, reason_against_heir
from crosschq.core.database.counting import in_words
from crosschq.core.database.folded import SortKey
from crosschq.tenancy.models import Membership, Role


class LeavingForm(forms.Form):
    """Asks who takes over a departing member's open requests, and whether the reports they shared stay shared.

    Has no fields if there are none, or no one to choose.
    """

    heir = forms.ChoiceField(required=False)
    stop_shares = forms.BooleanField(required=False)

    def __init__(self, *args: Any, leaving: Membership, **kwargs: Any) -> None:
        """leaving: whose requests someone takes over. Call inside `tenant()`."""
        super().__init__(*args, **kwargs)
        self.leaving = leaving
        count = count_open_requests(leaving.user.email)
        others = Membership.objects.filter(organization=leaving.organization_id).exclude(pk=leaving.pk)
        rows = others.select_related("user").order_by(SortKey("user__name"), "user__email") if count else []
        self.heirs = {str(row.uid): row for row in rows if row.may(Role.RECRUITER)}
        label = ngettext(
            "They own %(count)s open request. Hand it over to",
            "They own %(count)s open requests. Hand them over to",
            count,
        )
        field = self.fields["heir"]
        field.label = label % {"count": in_words(count)}
        field.choices = [  # type: ignore[attr-defined]  # of ChoiceField
            ("", _("No one: emails still go to %(email)s") % {"email": leaving.user.email}),
            *((uid, f"{row.user} ({row.user.email})") for uid, row in self.heirs.items()),
        ]
        self.shares = count_shares(leaving.user)
        label = ngettext("Stop sharing this report", "Stop sharing these reports", self.shares)
        self.fields["stop_shares"].label = label

    def clean_heir(self) -> str:
        uid: str = self.cleaned_data["heir"]
        heir = self.heirs.get(uid)
        if heir and (reason := reason_against_heir(self.leaving.user.email, str(heir.user), heir.user.email)):
            raise forms.ValidationError(reason)
        return uid

    @property
    def chosen(self) -> Membership | None:
        return self.heirs.get(self.cleaned_data["heir"])
