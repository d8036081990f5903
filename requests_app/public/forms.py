from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.text.person_names import names_someone
from crosschq.core.ui.form_fields import LineField, LongTextField, asked_address
from crosschq.messaging.content import phones
from requests_app.candidate.slots import Slot, asks_company
from requests_app.models import DeclineReason, Reference, ReferenceRequest
from requests_app.public import agreements
from requests_app.reference.responses import StatedFacts
from templates_app.models import TemplateVersion
from templates_app.request_templates.queries import template_choices
from templates_app.surveys.relationships import Relationship

# What the reference was to the candidate, in the candidate's words.
RELATIONSHIP_CHOICES = {
    Relationship.MANAGER.value: _("They were my manager"),
    Relationship.DIRECT_REPORT.value: _("They reported to me"),
    Relationship.COWORKER.value: _("We were coworkers or peers"),
    Relationship.CUSTOMER.value: _("They were a customer or supplier"),
    Relationship.MENTOR.value: _("They were my mentor"),
}
MESSAGE_CHARACTERS = 500
# These fields are about someone else, so the browser must not autofill the candidate's own data.
OTHERS = {"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}


class ConsentForm(forms.Form):
    """The candidate's consent. The box is never checked by default, nor after the wording has changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    agreed = forms.BooleanField(
        error_messages={"required": _("Check the box to start, or tell us that you don't want to take part")}
    )

    def __init__(self, reference_request: ReferenceRequest, data: QueryDict | None = None) -> None:
        version = agreements.current_version(reference_request, of_reference=False)
        is_old = data is not None and data.get("version") != str(version)
        if data is not None and is_old:
            data = data.copy()
            data["version"] = str(version)
            data.pop("agreed", None)
        super().__init__(data, initial={"version": version})
        self.fields["agreed"].label = agreements.current_text(reference_request, of_reference=False)


class NameForm(forms.Form):
    name = LineField(
        label=_("Full name"),
        max_length=lengths.PERSON_NAME,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
        error_messages={"required": _("Enter this person's full name")},
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not names_someone(name):
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name


class OtherKindForm(NameForm):
    """A reference of another kind than the template asks for, and why."""

    relationship = forms.ChoiceField(
        label=_("How did you work together?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you worked together")},
    )
    reason = LineField(
        label=_("Why can't you name someone of that kind?"),
        max_length=300,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say why, in a few words")},
    )

    def __init__(self, slot: Slot, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(value, label) for value, label in RELATIONSHIP_CHOICES.items() if value != slot.relationship]
        self.fields["relationship"].choices = others  # type: ignore[attr-defined]


class RelationshipForm(forms.Form):
    relationship = forms.ChoiceField(
        label=_("Relationship"),
        widget=forms.RadioSelect,
        choices=list(RELATIONSHIP_CHOICES.items()),
        error_messages={"required": _("Choose how you worked together")},
    )
    company = LineField(
        label=_("Company where you worked together"),
        max_length=lengths.COMPANY_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    years = LineField(
        label=_("Years"),
        help_text=_("For example, 2021 to 2024"),
        max_length=lengths.YEARS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    title = LineField(
        label=_("Your job title then"),
        max_length=lengths.JOB_TITLE,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, slot: Slot, *args: Any, relationship: str = "", **kwargs: Any) -> None:
        """relationship: the one that the candidate proposed instead of the slot's, if any."""
        super().__init__(*args, **kwargs)
        self.slot = slot
        if not slot.candidate_decides:
            del self.fields["relationship"]
            if not asks_company(relationship or slot.relationship):
                del self.fields["company"]
            else:
                self.fields["company"].required = True
                self.fields["company"].error_messages["required"] = _("Enter the company")
        else:
            self.fields["company"].help_text = _("Not needed for a mentor")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = cleaned.get("relationship", "")
        if self.slot.candidate_decides and asks_company(chosen) and not cleaned.get("company"):
            self.add_error("company", _("Enter the company"))
        return cleaned


class EmailForm(forms.Form):
    email = asked_address(
        label=_("Work email"),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )


class ReachForm(EmailForm):
    """How to reach a reference, and what to tell them."""

    message = LongTextField(
        label=_("Personal message"),
        help_text=_("We include it in our email to them. Plain text without links."),
        max_length=MESSAGE_CHARACTERS,
        required=False,
        rows=3,
        validators=[no_link],
    )
    held = forms.BooleanField(
        label=_("They work at my current employer. Don't contact them before I have an offer"), required=False
    )


class ContactForm(ReachForm):
    """Also asks for a phone number if the template sends text messages."""

    phone = LineField(
        label=_("Mobile number"),
        help_text=_("Used only for text reminders. Include the country code, for example, +1 202 555 0143"),
        max_length=lengths.PHONE,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )

    def __init__(self, *args: Any, country: str | None = None, **kwargs: Any) -> None:
        """country: of numbers without a country code."""
        super().__init__(*args, **kwargs)
        self.country = country
        if code := phones.country_code(country):
            words = _("Used only for text reminders. A number without a country code is read as %(code)s")
            self.fields["phone"].help_text = words % {"code": code}

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        try:
            return phones.textable(typed, country=self.country) if typed else ""
        except phones.NumberRefused as refused:
            raise forms.ValidationError(refused.sentence) from refused


YES, NO = "yes", "no"


class FactsForm(forms.Form):
    """What a reference says about the candidate's job, with what the candidate gave filled in."""

    title = LineField(
        label=_("Job title"),
        max_length=lengths.JOB_TITLE,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    years = LineField(
        label=_("Dates"),
        help_text=_("For example, 2021 to 2024"),
        max_length=lengths.YEARS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    still_there = forms.ChoiceField(
        label=_("Do they still work there?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[(YES, _("Yes")), (NO, _("No"))],
    )

    def facts(self) -> StatedFacts:
        """The facts from a valid form."""
        data = self.cleaned_data
        still_there = {YES: True, NO: False}.get(data["still_there"])
        return StatedFacts(data["title"], data["years"], still_there)

    @staticmethod
    def initial_of(reference: Reference) -> dict[str, str]:
        return {"title": reference.candidate_title, "years": reference.years}


class FactsOnlyForm(FactsForm):
    """Everything that a reference says if their employer allows only title and dates."""

    own_words = forms.BooleanField(
        label=_("I can confirm this"),
        error_messages={"required": _("Check the box if you can confirm this")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("title") or cleaned.get("years")) and not self.errors:
            self.add_error("title", _("Enter a job title or dates"))
        return cleaned


class ReferenceStartForm(FactsForm):
    """Asks whether what the candidate said about working together is right. Nothing is preselected or required."""

    agreed = forms.ChoiceField(
        label=_("Is that right?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[(YES, _("That's right")), (NO, _("Not quite"))],
    )
    words = LineField(
        label=_("If not: how did you work together?"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def facts(self) -> StatedFacts:
        """What differs from what the candidate gave, so that a form left as it was states nothing."""
        stated = super().facts()
        same = [self.cleaned_data[name] == self.initial.get(name) for name in ("title", "years")]
        if all(same) and self.cleaned_data["agreed"] != YES:
            return StatedFacts(still_there=stated.still_there)
        return stated


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why not?"),
        widget=forms.RadioSelect,
        choices=[(r.value, r.label) for r in DeclineReason if r is not DeclineReason.WRONG_PERSON],
        error_messages={"required": _("Choose one of the reasons")},
    )


class OwnWordsForm(forms.Form):
    own_words = forms.BooleanField(
        label=_("These are my own words"),
        error_messages={"required": _("Check the box if these are your own words")},
    )


class StaffAddressForm(forms.Form):
    email = asked_address(
        label=_("New email address"),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )


class TestRequestForm(forms.Form):
    """Chooses the template of a test request. If there is only one, it needs no choice."""

    template = forms.ChoiceField(
        label=_("Template"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a template")),
    )

    def __init__(self, versions: Sequence[TemplateVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._versions = {str(version.template.uid): version for version in versions}
        field = self.fields["template"]
        field.choices = template_choices(versions)  # type: ignore[attr-defined]
        if len(versions) == 1:
            field.widget = forms.HiddenInput()

    @property
    def version(self) -> TemplateVersion:
        """The current version of the chosen template. Only for a valid form."""
        return self._versions[self.cleaned_data["template"]]
