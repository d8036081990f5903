from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.text.person_names import split_name
from crosschq.core.ui.form_fields import LineField, asked_address
from crosschq.messaging.content import phones
from prospects.opt_in.consent import CURRENT
from prospects.opt_in.opt_in import Details
from requests_app.models import Reference


def _line(
    label: Any, autocomplete: str, *, most: int, required: Any = "", is_name: bool = False, **attrs: str
) -> LineField:
    return LineField(
        label=label,
        max_length=most,
        required=bool(required),
        validators=[no_link] if is_name else [],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, **attrs}),
        error_messages={"required": required} if required else {},
    )


class OptInForm(forms.Form):
    """The prospect's own data, so browsers may autofill it. The consent box is never checked by default."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    first_name = _line(
        gettext_lazy("First name"),
        "given-name",
        most=lengths.PART_OF_NAME,
        required=gettext_lazy("Enter your first name"),
        is_name=True,
    )
    last_name = _line(gettext_lazy("Last name"), "family-name", most=lengths.PART_OF_NAME, is_name=True)
    email = asked_address(
        label=gettext_lazy("Email"),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    phone = _line(gettext_lazy("Phone"), "tel", most=lengths.PHONE, type="tel", inputmode="tel")
    employer = _line(gettext_lazy("Employer"), "organization", most=lengths.COMPANY_NAME)
    title = _line(gettext_lazy("Job title"), "organization-title", most=lengths.JOB_TITLE)
    area_of_interest = _line(gettext_lazy("Area of interest"), "off", most=lengths.AREA_OF_INTEREST)
    agreed = forms.BooleanField(error_messages={"required": gettext_lazy("Check the box to save your details")})

    def __init__(self, words: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = words
        self.fields["area_of_interest"].help_text = _("For example, sales or data analysis")

    @staticmethod
    def initial_of(reference: Reference) -> dict[str, Any]:
        first, last = split_name(reference.name)
        return {"first_name": first, "last_name": last, "email": reference.email, "version": CURRENT}

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if typed and not phones.is_number(typed):
            raise forms.ValidationError(_("Enter a phone number like +49 30 1234567, or leave it empty"))
        return typed

    def clean(self) -> None:
        """Refuse a link or a phone number that is split between the two names."""
        first, last = (self.cleaned_data.get(name, "") for name in ("first_name", "last_name"))
        if first and last:
            try:
                no_link(f"{first} {last}")
            except forms.ValidationError as refused:
                self.add_error("last_name", refused)

    def details(self) -> Details:
        names = Details.__dataclass_fields__
        return Details(**{name: self.cleaned_data[name] for name in names})
