"""The reference blocks of the template form."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from templates_app.form_fields import NUMBER_ERRORS, number_field, paragraph_field
from templates_app.request_templates.rules import MAX_REFERENCES, MAX_RULES, ReferenceRule, references_requested
from templates_app.surveys.relationships import Relationship


class ReferenceForm(forms.Form):
    """One block. block: its number on the page."""

    relationship = forms.ChoiceField(
        label=gettext_lazy("Relationship"), choices=Relationship.choices, initial=Relationship.ANY
    )
    count = number_field(gettext_lazy("How many"), limit=MAX_REFERENCES, initial=1)
    note = paragraph_field(gettext_lazy("Note to the candidate"), limit=500)
    required = forms.BooleanField(
        label=gettext_lazy("Required"),
        help_text=gettext_lazy("If not checked, the candidate can continue without naming them."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, block: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The error summary lists the errors of all blocks, so each error names its block.
        words = {"block": block, "most": MAX_REFERENCES}
        which = _("Reference %(block)s: choose a relationship.") % words
        how_many = _("Reference %(block)s: enter how many, from 1 to %(most)s.") % words
        note = _("Reference %(block)s: use 500 characters or fewer for the note.") % words
        self.fields["relationship"].error_messages |= dict.fromkeys(("required", "invalid_choice"), which)
        self.fields["count"].error_messages |= dict.fromkeys(NUMBER_ERRORS, how_many)
        self.fields["note"].error_messages |= {"max_length": note}


if TYPE_CHECKING:
    FormSet = forms.BaseFormSet[ReferenceForm]
else:
    FormSet = forms.BaseFormSet


class References(FormSet):
    default_error_messages = {
        "too_many_forms": gettext_lazy("Use at most %(num)s blocks of references."),
    }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        if index is None:
            return {"block": 0}
        # Django skips validation of unchanged forms, but here the defaults are valid input.
        return {"block": index + 1, "empty_permitted": False}

    def clean(self) -> None:
        # Not validate_min, which counts a block with default values as empty.
        if not self.forms:
            raise ValidationError(_("Ask for at least one reference."))
        if any(self.errors):
            return
        if not any(rule.required for rule in self.rules):
            raise ValidationError(_("At least one block of references must be required."))
        total = references_requested(self.rules)
        if total > MAX_REFERENCES:
            raise ValidationError(
                _("Ask for at most %(most)s references. These blocks ask for %(total)s.")
                % {"most": MAX_REFERENCES, "total": total}
            )

    @property
    def rules(self) -> tuple[ReferenceRule, ...]:
        """The rules of a valid formset."""
        return tuple(
            ReferenceRule(
                Relationship(block["relationship"]),
                count=block["count"],
                note=block["note"],
                required=block["required"],
            )
            for block in (form.cleaned_data for form in self.forms)
        )


ReferenceFormSet = cast(
    type[References],
    forms.formset_factory(
        ReferenceForm,
        formset=References,
        extra=0,
        min_num=1,
        max_num=MAX_RULES,
        absolute_max=MAX_RULES + 1,
        validate_max=True,
    ),
)
