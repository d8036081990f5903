import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text import lengths
from crosschq.core.text.characters import refuse_invisible, trim
from crosschq.core.text.email_keys import exact_key
from crosschq.core.text.names import no_link
from crosschq.core.text.person_names import names_someone
from crosschq.core.ui.form_fields import AddressField, LineField, LongTextField, TypedField
from crosschq.messaging.content import phones, placeholders
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.models import Organization, User
from requests_app.start.by_hand.new_request import NewRequest
from requests_app.start.forms import NO_ACCOUNT, OTHERS, TOO_LONG, OwnerForm
from requests_app.start.start import CandidateInfo
from templates_app.models import TemplateVersion
from templates_app.request_templates.queries import template_choices

MESSAGE_CHARACTERS = 1000


class NewRequestForm(OwnerForm):
    """A candidate, a template, and an owner. `prefilled`: the position that the page suggested."""

    field_order = (
        *("key", "prefilled", "first_name", "last_name", "email", "phone", "template", "position"),
        *("owner", "owner_name", "owner_email", "message"),
    )
    key = TypedField(widget=forms.HiddenInput, required=False)
    prefilled = TypedField(widget=forms.HiddenInput, required=False)
    first_name = LineField(
        label=gettext_lazy("First name"),
        max_length=lengths.PART_OF_NAME,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
        error_messages={"required": gettext_lazy("Enter the candidate's first name"), "max_length": TOO_LONG},
    )
    last_name = LineField(
        label=gettext_lazy("Last name"),
        max_length=lengths.PART_OF_NAME,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs=OTHERS),
        error_messages={"max_length": TOO_LONG},
    )
    email = AddressField(
        label=gettext_lazy("Email"),
        widget=forms.EmailInput(attrs={**OTHERS, "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Enter the candidate's email address")},
    )
    phone = LineField(
        label=gettext_lazy("Mobile number"),
        help_text=gettext_lazy("Used only for text messages, if the template sends them."),
        max_length=lengths.PHONE,
        required=False,
        widget=forms.TextInput(attrs={**OTHERS, "type": "tel", "inputmode": "tel"}),
    )
    template = forms.ChoiceField(
        label=gettext_lazy("Template"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a template")),
    )
    position = LineField(
        label=gettext_lazy("Position"),
        help_text=gettext_lazy(
            "The candidate and the references see it. Leave it empty to use the template's position, if it has one."
        ),
        max_length=lengths.JOB_TITLE,
        required=False,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": TOO_LONG},
    )
    message = LongTextField(
        label=gettext_lazy("Personal message to the candidate"),
        help_text=gettext_lazy("We add it to the first email, before the template's text. Plain text without links."),
        max_length=MESSAGE_CHARACTERS,
        required=False,
        validators=[no_link],
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(
        self,
        versions: Sequence[TemplateVersion],
        organization: Organization,
        user: User,
        data: QueryDict | None = None,
        *,
        template: str = "",
    ) -> None:
        """template: the uid of the template to preselect."""
        self.versions = {str(version.template.uid): version for version in versions}
        chosen = self.versions.get(template) or (versions[0] if len(versions) == 1 else None)
        position = chosen.position if chosen else ""
        initial = {
            "key": str(uuid.uuid4()),
            "prefilled": position,
            "position": position,
            "template": str(chosen.template.uid) if chosen else "",
        }
        super().__init__(organization, user, data, initial=initial)
        self._set_choices()

    def _set_choices(self) -> None:
        templates = template_choices(self.versions.values())
        if len(templates) > 1:
            templates = [("", _("Choose a template")), *templates]
        self.fields["template"].choices = templates  # type: ignore[attr-defined]
        country = country_of(self.organization.time_zone)
        if code := phones.country_code(country):
            words = _(
                "Used only for text messages, if the template sends them. Without a country code, we use %(code)s."
            )
            self.fields["phone"].help_text = words % {"code": code}

    def clean_first_name(self) -> str:
        name = str(self.cleaned_data["first_name"])
        if not names_someone(name):
            raise forms.ValidationError(self.fields["first_name"].error_messages["required"])
        return name

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        try:
            return phones.textable(typed, country=country_of(self.organization.time_zone)) if typed else ""
        except phones.NumberRefused as refused:
            raise forms.ValidationError(refused.sentence) from refused

    def clean_message(self) -> str:
        text = trim(str(self.cleaned_data["message"]))
        for line in text.splitlines():
            refuse_invisible(line)
        found = placeholders.names_in(text) or placeholders.problems(text)
        if found:
            raise forms.ValidationError(_("Placeholders such as {{ name }} don't work here. Write the text as it is."))
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_name", ""), cleaned.get("last_name", "")
        if first and last:
            try:
                no_link(f"{first} {last}")
            except forms.ValidationError as refused:
                self.add_error("last_name", refused)
        self._clean_position(cleaned)
        self._clean_owner(cleaned)
        return cleaned

    def _clean_position(self, cleaned: dict[str, Any]) -> None:
        version = self.versions.get(cleaned.get("template", ""))
        if version is None or "position" in self.errors:
            return
        typed = cleaned.get("position", "")
        # After another template was chosen, the position suggested for the first one doesn't count as typed.
        if not typed or typed == cleaned.get("prefilled"):
            cleaned["position"] = version.position or typed
        if not cleaned["position"]:
            self.add_error("position", _("Enter the position. This template doesn't set one."))

    def _clean_owner(self, cleaned: dict[str, Any]) -> None:
        self.clean_owner_fields(cleaned)
        other = cleaned.get("owner") == NO_ACCOUNT
        email = cleaned.get("owner_email") if other else self.chosen_member(cleaned).email
        self._refuse_candidate("owner_email" if other else "owner", email or "", cleaned)

    def _refuse_candidate(self, field: str, email: str, cleaned: dict[str, Any]) -> None:
        if email and exact_key(email) == exact_key(cleaned.get("email") or ""):
            words = _("The candidate can't own their own request. To try it yourself, send a test request.")
            self.add_error(field, words)

    @property
    def new_request(self) -> NewRequest:
        """What was entered. Only for a valid form."""
        given = self.cleaned_data
        return NewRequest(
            key=_uuid(given["key"]),
            version=self.versions[given["template"]],
            candidate=CandidateInfo(given["first_name"], given["last_name"], given["email"], given["phone"]),
            position=given["position"],
            owner=self.chosen_owner,
            personal_message=given["message"],
        )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
