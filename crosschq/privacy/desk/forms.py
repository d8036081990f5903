from django import forms
from django.utils.translation import gettext_lazy as _

from crosschq.core.text import lengths
from crosschq.core.ui.form_fields import SearchField

FEWEST_LETTERS = 2


class PersonSearchForm(forms.Form):
    q = SearchField(
        label=_("Email, name, or candidate ID"),
        help_text=_("A complete email address, words from the name, or a candidate's complete ID in the ATS"),
        max_length=lengths.EMAIL,
        min_length=FEWEST_LETTERS,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter an email address or a name"),
            "min_length": _("Enter at least %(limit_value)d letters"),
        },
    )
