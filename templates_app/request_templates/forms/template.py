from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.core.text import lengths
from crosschq.core.text.ats_name import ats_name
from crosschq.core.ui.form_fields import AddressField
from templates_app.form_fields import TOO_LONG, DaysField, line_field, number_field, paragraph_field
from templates_app.models import MAX_DUE_DAYS, MAX_REMINDERS, REMINDER_DAYS, TAG_KEY_CHARACTERS, RequestTemplate
from templates_app.request_templates.usage import DEFAULT_TAG_FIELD
from templates_app.surveys import queries
from templates_app.tags import tag_key


class TemplateForm(forms.Form):
    """The basic settings. The fields have the same names as in TemplateInput."""

    name = line_field(
        gettext_lazy("Template name"), limit=lengths.TEMPLATE_NAME, error=gettext_lazy("Enter a template name.")
    )
    ats_tag = line_field(gettext_lazy("ATS Tag"), limit=lengths.TEMPLATE_TAG, error=gettext_lazy("Enter an ATS Tag."))
    description = paragraph_field(
        gettext_lazy("Description"), limit=1000, help_text=gettext_lazy("Only your team sees it.")
    )
    position = line_field(
        gettext_lazy("Position"),
        limit=lengths.JOB_TITLE,
        help_text=gettext_lazy("Shown to candidates and references. Leave it empty to show the job title."),
        is_public=True,
    )
    survey = forms.ChoiceField(
        label=gettext_lazy("Survey"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a survey.")),
    )
    due_days = number_field(
        gettext_lazy("Due after"),
        limit=MAX_DUE_DAYS,
        initial=14,
        error=gettext_lazy("Enter the number of days until references are due, from 1 to 30."),
    )
    reminder_days = DaysField(
        label=gettext_lazy("Reminders after"),
        limit=MAX_REMINDERS,
        last=MAX_DUE_DAYS,
        required=False,
        initial=REMINDER_DAYS,
        error=gettext_lazy("Enter up to three days from 1 to 30, separated by commas, like 2, 4, 6."),
        help_text=gettext_lazy(
            "Days after the invitation. We don't send reminders at night, on weekends, or after the last business day "
            "before the due date. Leave it empty for no reminders."
        ),
    )
    self_reference = forms.BooleanField(
        label=gettext_lazy("Ask the candidate for a self-reference"),
        help_text=gettext_lazy("The same questions, about themselves. We ask references without waiting for it."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, tag_field: str = DEFAULT_TAG_FIELD, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survey"].choices = queries.choices()  # type: ignore[attr-defined]  # of ChoiceField
        self.fields["ats_tag"].help_text = _("Enter exactly this in the field “%(field)s” of a job.") % {
            "field": tag_field
        }

    def clean_ats_tag(self) -> str:
        tag: str = self.cleaned_data["ats_tag"]
        if len(tag_key(tag)) > TAG_KEY_CHARACTERS:
            raise forms.ValidationError(_("Choose a shorter tag. Some of its letters count as more than one."))
        return tag

    def add_survey_deleted_error(self) -> None:
        self.add_error("survey", _("Someone just deleted this survey. Choose another one."))

    def add_tag_taken_error(self, holder: RequestTemplate | None) -> None:
        if holder:
            words = {"tag": holder.ats_tag, "holder": holder.name}
            self.add_error(
                "ats_tag", _("The template %(holder)s already has the tag %(tag)s. Choose another tag.") % words
            )
        else:  # deleted again in the meantime
            self.add_error("ats_tag", _("Another template had this tag a moment ago. Save again."))


class HiringManagerForm(forms.Form):
    """The hiring managers, who can open the report. The fields have the same names as in TemplateInput."""

    hiring_manager_name = line_field(gettext_lazy("Name"), limit=lengths.PERSON_NAME, is_public=True)
    hiring_manager_email = AddressField(
        label=gettext_lazy("Email"),
        max_length=lengths.EMAIL,
        required=False,
        error_messages={
            "invalid": gettext_lazy("Enter the hiring manager's email address, like name@example.com."),
            "max_length": TOO_LONG,
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    job_hiring_managers = forms.BooleanField(
        label=gettext_lazy("Include the job's hiring managers"),
        required=False,
    )
    notify_hiring_managers = forms.BooleanField(
        label=gettext_lazy("Notify them when the report is ready"),
        help_text=gettext_lazy("By email. The request's owner is always notified."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["job_hiring_managers"].help_text = _("Everyone with this role on its hiring team in %(ats)s.") % {
            "ats": ats_name()
        }

    def clean(self) -> None:
        name, email = (self.cleaned_data.get(f"hiring_manager_{part}") for part in ("name", "email"))
        if name and not email and "hiring_manager_email" not in self.errors:
            self.add_error("hiring_manager_email", _("Enter the hiring manager's email, or clear the name."))
        if email and not name and "hiring_manager_name" not in self.errors:
            self.add_error("hiring_manager_name", _("Enter the hiring manager's name, or clear the email."))
