from django import forms
from django.utils.translation import gettext_lazy as _


class PersonExportForm(forms.Form):
    with_answers = forms.BooleanField(
        label=_("Include the answers of their references"),
        help_text=_(
            "We promised references that the candidate won't see their answers unless your organization shows them. "
            "Check the box if the law that applies to you requires it."
        ),
        required=False,
    )
