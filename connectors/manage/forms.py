from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connectors.connection.settings import ConnectionSettings, DefaultTemplate
from crosschq.core.text import lengths
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.names import no_link
from crosschq.core.ui.form_fields import AddressField, LineField
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.queries import template_choices


class SettingsForm(forms.Form):
    """The names of the step and the field, and the fallback owner."""

    step_name = LineField(
        label=_("Hiring step"),
        max_length=lengths.ATS_NAME,
        help_text=format_lazy(_("Its name in {ats}. Capitalization doesn't matter."), ats=lazy(ats_name, str)()),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_name = LineField(
        label=_("Job field"),
        max_length=lengths.ATS_NAME,
        help_text=_("It holds a template's ATS tag. Capitalization doesn't matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fallback_owner_name = LineField(
        label=_("Fallback owner's name"),
        max_length=lengths.PERSON_NAME,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fallback_owner_email = AddressField(
        label=_("Fallback owner's email"),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def settings(self) -> ConnectionSettings:
        """Return the cleaned data of a valid form."""
        return ConnectionSettings(**self.cleaned_data)


class DefaultTemplateForm(forms.Form):
    """The template for jobs with an empty tag. A deleted one stays listed until another is chosen."""

    template = forms.ChoiceField(label=_("Jobs with an empty tag"), required=False)

    def __init__(
        self, data: Any = None, *, live: Sequence[TemplateVersion], current: RequestTemplate | None = None
    ) -> None:
        super().__init__(data, initial={"template": str(current.uid) if current else ""})
        self.names = {str(version.template.uid): version.name for version in live}
        choices = [("", _("Don't start a request")), *template_choices(live)]
        if current and current.deleted_at:
            choices.append(
                (str(current.uid), _("%(name)s (deleted: doesn't start a request)") % {"name": current.name})
            )
            self.names[str(current.uid)] = current.name
        field = self.fields["template"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def chosen(self) -> DefaultTemplate:
        """Return the cleaned data of a valid form."""
        uid = self.cleaned_data["template"]
        return DefaultTemplate(uid=UUID(uid), name=self.names[uid]) if uid else DefaultTemplate()
