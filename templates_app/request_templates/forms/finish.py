"""The completion part of the template form."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from templates_app.form_fields import NUMBER_ERRORS, number_field
from templates_app.request_templates.rules import (
    MAX_FINISH_DAYS,
    MAX_REFERENCES,
    FinishRule,
    ReferenceRule,
    references_requested,
)
from templates_app.surveys.relationships import Relationship

ALL, EARLY = "all", "early"


class FinishForm(forms.Form):
    finish = forms.ChoiceField(
        label=gettext_lazy("Report is ready"),
        choices=[
            (ALL, gettext_lazy("When all references are in")),
            (EARLY, gettext_lazy("As soon as enough are in")),
        ],
        initial=ALL,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose when the report is ready.")),
    )
    finish_answers = number_field(gettext_lazy("References needed"), limit=MAX_REFERENCES, initial=2)
    finish_relationship = forms.ChoiceField(
        label=gettext_lazy("One of them"),
        choices=Relationship.choices,
        initial=Relationship.ANY,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a relationship.")),
    )
    finish_days = forms.IntegerField(
        label=gettext_lazy("Not before"),
        min_value=0,
        max_value=MAX_FINISH_DAYS,
        required=False,
        help_text=gettext_lazy(
            "Days after the request starts, to give everyone a chance to answer. Leave it empty for no wait."
        ),
        error_messages=dict.fromkeys(
            NUMBER_ERRORS, gettext_lazy("Enter a number of days from 0 to 30, or leave it empty.")
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on
        words = _("Enter how many references are needed, from 1 to %(most)s.") % {"most": MAX_REFERENCES}
        self.fields["finish_answers"].error_messages |= dict.fromkeys(NUMBER_ERRORS, words)

    def clean(self) -> None:
        if self.cleaned_data.get("finish") == ALL:
            # The other fields don't apply.
            for name in ("finish_answers", "finish_relationship", "finish_days"):
                self.errors.pop(name, None)

    @property
    def rule(self) -> FinishRule:
        """The rule of a valid form."""
        given = self.cleaned_data
        if given["finish"] == ALL:
            return FinishRule()
        relationship = Relationship(given["finish_relationship"])
        return FinishRule(given["finish_answers"], relationship, given["finish_days"] or 0)

    def check_against(self, blocks: Sequence[ReferenceRule]) -> None:
        """Add errors if these blocks can't meet the rule."""
        total, rule = references_requested(blocks), self.rule
        if rule.answers > total:
            sentence = _("Enter %(total)s or fewer: the reference blocks ask for only %(total)s.")
            self.add_error("finish_answers", sentence % {"total": total})
        asked = {block.relationship for block in blocks}
        if rule.relationship not in asked and Relationship.ANY not in asked and rule.relationship != Relationship.ANY:
            sentence = _("None of the reference blocks ask for this relationship. Choose another one, or add a block.")
            self.add_error("finish_relationship", sentence)


def initial(rule: FinishRule) -> dict[str, object]:
    """Initial form data for a rule."""
    if not rule.answers:
        return {}
    return {
        "finish": EARLY,
        "finish_answers": rule.answers,
        "finish_relationship": rule.relationship,
        "finish_days": rule.days or "",
    }
