from typing import Any

from django import forms
from django.utils.translation import gettext as _

from crosschq.core.ui.form_fields import LineField


class DeleteOrganizationForm(forms.Form):
    """Asks for the organization's name, as a confirmation."""

    typed = LineField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["typed"].label = _("Type %(name)s to confirm") % {"name": name}
        self.fields["typed"].error_messages["required"] = _("Type the name of the organization")

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if typed.split() != self.name.split():
            raise forms.ValidationError(_("This isn't the name of the organization."))
        return typed
