from django import forms
from django.utils.translation import gettext_lazy as _


class ExportForm(forms.Form):
    with_answers = forms.BooleanField(
        label=_("Include the answers of their references"),
        help_text=_(
            "References were promised that the candidate won't see their answers, unless your organization shows them. "
            "Check the box if the law you follow requires it."
        ),
        required=False,
    )
