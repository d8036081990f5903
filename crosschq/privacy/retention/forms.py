from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text.ats_name import ats_name
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import CandidateDeleted, Organization
from crosschq.tenancy.retention import LIMITS, Period, RetentionKind, Unit, period_of

HINTS = {
    RetentionKind.REQUESTS: gettext_lazy("Counted from the day a request ended. Open requests stay."),
    RetentionKind.PROSPECTS: gettext_lazy("Counted from their latest consent, which lasts 12 months."),
    RetentionKind.EVENTS: gettext_lazy("Counted from the day an event arrived. Older moves can't be tried again."),
    RetentionKind.MESSAGES: gettext_lazy("Who got which message and when. The text of each is erased once it's sent."),
    RetentionKind.AUDIT: gettext_lazy("Who changed what. Nobody can delete entries sooner."),
}


class PeriodsForm(forms.Form):
    """How long each kind of record is kept."""

    def __init__(self, data: QueryDict | None = None, *, organization: Organization) -> None:
        super().__init__(data)
        self.organization = organization
        for kind in RetentionKind:
            limits = LIMITS[kind]
            least, most = Period(limits.least, limits.unit), Period(limits.most, limits.unit)
            refused = _("%(kind)s can be kept for %(least)s to %(most)s. Enter a whole number.") % {
                "kind": kind.label,
                "least": limits.least if limits.unit == most.unit else least,
                "most": most,
            }
            self.fields[kind.value] = forms.IntegerField(
                label=kind.label,
                help_text=HINTS[kind],
                min_value=limits.least,
                max_value=limits.most,
                initial=period_of(organization, kind).number,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), refused),
            )

        self.fields["candidate_deleted"] = forms.ChoiceField(
            label=_("When a candidate is deleted in the ATS"),
            help_text=_(
                "We don't erase anyone while the ATS still has a profile with their name or address, "
                "because it also reports merged profiles as deleted. We email the admins instead."
            ),
            choices=CandidateDeleted.choices,
            initial=organization.candidate_deleted,
            widget=forms.RadioSelect,
        )

    def rows(self) -> list[tuple[Any, str]]:
        """Each field with its unit."""
        return [(self[kind.value], str(Unit(LIMITS[kind].unit).label)) for kind in RetentionKind]

    def periods(self) -> dict[str, int]:
        """The periods that differ from the defaults."""
        given = {kind: int(self.cleaned_data[kind.value]) for kind in RetentionKind}
        return {kind.value: number for kind, number in given.items() if number != LIMITS[kind].default}

    def what_it_deletes(self) -> str:
        """What these settings would delete and the current ones keep, as an imperative sentence. Empty if nothing."""
        said = []
        for kind in RetentionKind:
            now, given = period_of(self.organization, kind), int(self.cleaned_data[kind.value])
            if given < now.number:
                shorter = Period(given, now.unit)
                said.append(
                    _("%(kind)s: %(shorter)s instead of %(now)s") % {"kind": kind.label, "shorter": shorter, "now": now}
                )
        sentences = []
        if said:
            words = {"organization": self.organization, "periods": "; ".join(said)}
            sentences.append(_("Keep data of %(organization)s for a shorter time (%(periods)s)") % words)
        chosen = self.cleaned_data["candidate_deleted"]
        if chosen == CandidateDeleted.ERASE and self.organization.candidate_deleted != chosen:
            words = {"organization": self.organization, "ats": ats_name()}
            sentences.append(_("Erase people from %(organization)s when they are deleted in %(ats)s") % words)
        return ". ".join(sentences)


class HoldForm(forms.Form):
    """A new legal hold: on a person by their address, or on a request by the address of its page."""

    subject = forms.CharField(
        label=gettext_lazy("Email address of the person, or address of the request's page"),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter an email address or the address of a request's page")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LegalHold._meta.get_field("reason").max_length,
        help_text=gettext_lazy("For example, a case number. Don't include names: the reason stays after the release."),
        error_messages={"required": gettext_lazy("Enter a reason")},
    )
