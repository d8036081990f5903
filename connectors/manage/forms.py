from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connectors.connection.settings import ConnectionSettings, DefaultTemplate
from crosschq.core.text.names import no_link
from templates_app.models import RequestTemplate, TemplateVersion


class SettingsForm(forms.Form):
    """What the admin may name otherwise, and who gets what nobody else can get."""

    step_name = forms.CharField(
        label=_("Hiring step"),
        max_length=100,
        help_text=_("As it is called in SmartRecruiters; capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_name = forms.CharField(
        label=_("Job field"),
        max_length=100,
        help_text=_("It holds the ATS tag of a template; capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fallback_owner_name = forms.CharField(
        label=_("Fallback owner's name"),
        max_length=200,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fallback_owner_email = forms.EmailField(
        label=_("Fallback owner's e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and not value.isprintable():
                self.add_error(name, ValidationError(_("Use letters, digits and signs that can be seen.")))
        return cleaned

    def wanted(self) -> ConnectionSettings:
        """Of a form that is valid."""
        return ConnectionSettings(**self.cleaned_data)


class DefaultTemplateForm(forms.Form):
    """What jobs with an empty tag start. One that was deleted stays in sight until another is chosen."""

    template = forms.ChoiceField(label=_("Jobs with an empty tag"), required=False)

    def __init__(
        self, data: Any = None, *, live: Sequence[TemplateVersion], current: RequestTemplate | None = None
    ) -> None:
        super().__init__(data, initial={"template": str(current.uid) if current else ""})
        self.names = {str(version.template.uid): version.name for version in live}
        choices = [("", _("Start no request")), *self.names.items()]
        if current and current.deleted_at:
            choices.append((str(current.uid), _("%(name)s (deleted: starts no request)") % {"name": current.name}))
            self.names[str(current.uid)] = current.name
        field = self.fields["template"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def chosen(self) -> DefaultTemplate:
        """Of a form that is valid."""
        uid = self.cleaned_data["template"]
        return DefaultTemplate(uid=UUID(uid), name=self.names[uid]) if uid else DefaultTemplate()
