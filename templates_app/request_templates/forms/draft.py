"""The forms of the template page, together.

The page works without scripts: the buttons that add, remove or move a reference block or insert a placeholder submit
the whole form and return it with that one change, without validation and without losing input.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from crosschq.tenancy.models import Organization
from templates_app.form_fields import without_nul
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.edit import holder_of_tag
from templates_app.request_templates.forms import finish
from templates_app.request_templates.forms import messages as message_forms
from templates_app.request_templates.forms.finish import FinishForm
from templates_app.request_templates.forms.messages import MessageForm, TextsForm
from templates_app.request_templates.forms.references import ReferenceFormSet, References
from templates_app.request_templates.forms.template import HiringManagerForm, TemplateForm
from templates_app.request_templates.messages import StoredMessages
from templates_app.request_templates.presets import PRESETS
from templates_app.request_templates.rules import MAX_RULES, ReferenceRule
from templates_app.request_templates.template_input import TemplateInput, as_input, as_json
from templates_app.surveys.relationships import Relationship

PREFIX = "references"
TOTAL = f"{PREFIX}-TOTAL_FORMS"
PLACES = frozenset(str(place) for place in range(MAX_RULES))
BLANK = TemplateInput(name="", ats_tag="", rules=(ReferenceRule(Relationship.ANY, count=2),))


@dataclass
class Draft:
    """All forms of the page.

    before: the messages of the version being edited. based_on: the number of the version the edit started from, or 0.
    focus: the button to focus, such as `up-0`; empty unless a block was moved.
    """

    form: TemplateForm
    references: References
    managers: HiringManagerForm
    finish: FinishForm
    texts: TextsForm
    messages: list[MessageForm]
    before: StoredMessages = field(default_factory=dict)
    based_on: int = 0
    focus: str = ""

    def is_valid(self) -> bool:
        # Validate every form, so that the page shows all errors.
        valid = [self.references.is_valid(), *(form.is_valid() for form in (self.form, *self.others))]
        if self.references.is_valid() and self.finish.is_valid():
            self.finish.check_against(self.references.rules)
        return all(valid) and self.finish.is_valid()

    @property
    def others(self) -> tuple[Form, ...]:
        """All forms except the basics and the blocks, in page order."""
        return (self.finish, self.managers, self.texts, *self.messages)

    @property
    def warnings(self) -> list[str]:
        """Warnings that don't prevent saving. Call after validation."""
        return [warning for form in self.messages for warning in form.warnings]

    @property
    def template_input(self) -> TemplateInput:
        return TemplateInput(
            **self.form.cleaned_data,
            **self.managers.cleaned_data,
            **self.texts.cleaned_data,
            rules=self.references.rules,
            finish=self.finish.rule,
            messages=message_forms.stored(self.messages, before=self.before),
        )

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Each reference form with its number and the buttons possible at its position."""
        last = len(self.references.forms) - 1
        return [
            {"form": form, "number": place + 1, "buttons": _buttons(place, last)}
            for place, form in enumerate(self.references.forms)
        ]

    def check_tag(self, organization: Organization, *, other_than: RequestTemplate | None = None) -> None:
        """Add an error if another template has the tag."""
        tag = self.form.cleaned_data.get("ats_tag", "")
        holder = holder_of_tag(organization=organization, tag=tag, other_than=other_than)
        if tag and holder:
            self.form.add_tag_taken_error(holder)

    def add_conflict_error(self, current: TemplateVersion) -> None:
        """Add an error about a newer version. Saving again replaces it."""
        self.based_on = current.number
        self.form.add_error(
            None,
            _(
                "%(who)s saved version %(number)s while you were editing. Your changes aren't saved. "
                "Save to replace their version, or reopen the template to see it."
            )
            % {"number": current.number, "who": current.saved_by or _("Someone")},
        )

    def add_deleted_error(self) -> None:
        self.form.add_error(
            None,
            _(
                "This template was deleted while you were editing. Your changes aren't saved. "
                "Restore the template on the Templates page in another window, then save here."
            ),
        )


def from_input(template_input: TemplateInput, *, tag_field: str) -> Draft:
    """Forms filled in with these settings."""
    values = as_json(template_input)
    return Draft(
        TemplateForm(initial=values, tag_field=tag_field),
        ReferenceFormSet(prefix=PREFIX, initial=values["rules"]),
        HiringManagerForm(initial=values),
        FinishForm(initial=finish.initial(template_input.finish)),
        TextsForm(initial=values),
        message_forms.from_stored(template_input.messages),
    )


def from_version(version: TemplateVersion, *, tag_field: str) -> Draft:
    return replace(from_input(as_input(version), tag_field=tag_field), based_on=version.number)


def posted(data: QueryDict, *, tag_field: str) -> Draft:
    mended = _mended(data)
    return Draft(
        TemplateForm(mended, tag_field=tag_field),
        ReferenceFormSet(mended, prefix=PREFIX),
        HiringManagerForm(mended),
        FinishForm(mended),
        TextsForm(mended),
        message_forms.posted(mended),
        based_on=_number(data.get("based_on", ""), most=1_000_000),
    )


def after_action(data: QueryDict, act: str, *, tag_field: str) -> Draft:
    """The forms as entered, after the action of a button.

    Blocks (counted from 0): `add`, `remove-1`, `up-1`, `down-1`. Messages: `own:kind:language`,
    `standard:kind:language`, `insert:kind:language:part:placeholder`. Anything else changes nothing.
    """
    typed = posted(data, tag_field=tag_field)
    blocks, focus = _rearrange([_typed(block) for block in typed.references.forms][:MAX_RULES], act)
    references = ReferenceFormSet(prefix=PREFIX, initial=blocks)
    if focus.startswith("block-"):
        number = int(focus.removeprefix("block-"))
        references.forms[number].fields["relationship"].widget.attrs["autofocus"] = True
    return Draft(
        TemplateForm(initial=_typed(typed.form), tag_field=tag_field),
        references,
        HiringManagerForm(initial=_typed(typed.managers)),
        FinishForm(initial=_typed(typed.finish)),
        TextsForm(initial=_typed(typed.texts)),
        message_forms.after_action(typed.messages, act),
        based_on=typed.based_on,
        focus=focus,
    )


def from_preset(data: QueryDict, template_input: TemplateInput, *, tag_field: str) -> Draft:
    """The forms as entered, with the survey and references of a ready-made template.

    Name and tag are replaced only if they are empty or the suggestions of a ready-made template.
    """
    typed = after_action(data, "", tag_field=tag_field)
    fresh = from_input(template_input, tag_field=tag_field)
    kept = dict(typed.form.initial)
    for name in ("name", "ats_tag"):
        if str(kept.get(name) or "").strip() in _suggestions(name):
            kept[name] = getattr(template_input, name)
    kept["survey"] = fresh.form.initial["survey"]
    return replace(
        typed, form=TemplateForm(initial=kept, tag_field=tag_field), references=fresh.references, finish=fresh.finish
    )


def _suggestions(name: str) -> set[str]:
    return {""} | {getattr(start.template_input, name) for start in PRESETS.values()}


def _rearrange(blocks: list[dict[str, Any]], act: str) -> tuple[list[dict[str, Any]], str]:
    """The rearranged blocks and the control to focus. An impossible action changes nothing."""
    verb, __, place = act.partition("-")
    index = int(place) if place in PLACES else -1
    last = len(blocks) - 1
    if verb == "add" and len(blocks) < MAX_RULES:
        return [*blocks, {}], f"block-{last + 1}"
    if verb == "remove" and 0 <= index <= last and last > 0:
        return blocks[:index] + blocks[index + 1 :], f"block-{min(index, last - 1)}"
    upper = {"up": index - 1, "down": index}.get(verb, -1)
    if not 0 <= upper < last:
        return blocks, ""
    swapped = [*blocks[:upper], blocks[upper + 1], blocks[upper], *blocks[upper + 2 :]]
    # Keep the focus on the same button while the block can move further.
    if verb == "up":
        return swapped, f"up-{upper}" if upper > 0 else "down-0"
    return swapped, f"down-{upper + 1}" if upper + 1 < last else f"up-{upper + 1}"


def _buttons(place: int, last: int) -> list[dict[str, str]]:
    possible = [
        ("up", _("Move up"), place > 0),
        ("down", _("Move down"), place < last),
        ("remove", _("Remove"), last > 0),
    ]
    return [{"act": f"{verb}-{place}", "text": text} for verb, text, here in possible if here]


def _typed(form: Form) -> dict[str, Any]:
    """The submitted values, without validation."""
    return {name: form[name].data for name in form.fields}


def _mended(data: QueryDict) -> QueryDict:
    """The data without NUL characters and with a valid number of blocks."""
    mended = without_nul(data)
    mended[TOTAL] = str(_number(data.get(TOTAL, ""), most=MAX_RULES + 1))
    mended[f"{PREFIX}-INITIAL_FORMS"] = "0"
    return mended


def _number(text: str, *, most: int) -> int:
    """The number in a hidden field, from 0 to `most`; 0 for anything else."""
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
