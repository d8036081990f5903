"""A template while somebody fills in its form.

The form works without scripts: adding, removing and moving a block of references are buttons that send the whole form
and get it back with the blocks rearranged, nothing checked and nothing lost.
"""

from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict
from django.utils.translation import gettext as _

from crosschq.organizations.models import Organization
from templates_app.edit import holder_of_tag
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.rules import MAX_RULES
from templates_app.wanted import TemplateInput, as_input, plain

from .fields import without_nul
from .forms import HiringManagerForm, TemplateForm
from .references import ReferenceFormSet, References

PREFIX = "references"
TOTAL = f"{PREFIX}-TOTAL_FORMS"
PLACES = frozenset(str(place) for place in range(MAX_RULES))
FIRST_BLOCK = {"relationship": "any", "count": 2, "note": ""}


@dataclass
class Draft:
    """based_on: the number of the version that the edit began with, 0 where nobody said.
    focus: the button that the page puts the cursor on, such as `up-0`; empty where no block was moved.
    """

    form: TemplateForm
    references: References
    managers: HiringManagerForm
    based_on: int = 0
    focus: str = ""

    def is_valid(self) -> bool:
        # All of them, so that all errors show at once.
        return all([self.form.is_valid(), self.references.is_valid(), self.managers.is_valid()])

    @property
    def wanted(self) -> TemplateInput:
        return TemplateInput(**self.form.cleaned_data, **self.managers.cleaned_data, rules=self.references.rules)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Each form of the formset with its number and the buttons that it can have where it stands."""
        last = len(self.references.forms) - 1
        return [
            {"form": form, "number": place + 1, "buttons": _buttons(place, last)}
            for place, form in enumerate(self.references.forms)
        ]

    def look_up_tag(self, organization: Organization, *, other_than: RequestTemplate | None = None) -> None:
        """Add the error of a tag that is taken to the errors there are."""
        tag = self.form.cleaned_data.get("ats_tag", "")
        holder = holder_of_tag(organization=organization, tag=tag, other_than=other_than)
        if tag and holder:
            self.form.say_tag_is_taken(holder)

    def say_changed_meanwhile(self, current: TemplateVersion) -> None:
        """Saving once more overrides the version that came between."""
        self.based_on = current.number
        self.form.add_error(
            None,
            _(
                "Somebody saved version %(number)s while you were editing. What you typed is below and not saved. "
                "Save it to replace theirs, or open the template again to see theirs."
            )
            % {"number": current.number},
        )

    def say_deleted_meanwhile(self) -> None:
        self.form.add_error(
            None,
            _(
                "This template was deleted while you were editing. What you typed is below and not saved. "
                "Restore the template on the page Templates in another window, then save here."
            ),
        )


def blank(*, tag_field: str, ready: bool = False) -> Draft:
    """An empty form; with `ready` one that need not be typed into."""
    return Draft(
        TemplateForm(tag_field=tag_field, initial=ready_made() if ready else None),
        ReferenceFormSet(prefix=PREFIX, initial=[FIRST_BLOCK]),
        HiringManagerForm(),
    )


def ready_made() -> dict[str, str]:
    """What an organization's first template can be called as well as anything. It can be changed before it is saved."""
    return {"name": _("Reference check"), "ats_tag": _("standard")}


def of_version(version: TemplateVersion, *, tag_field: str) -> Draft:
    values = plain(as_input(version))
    return Draft(
        TemplateForm(initial=values, tag_field=tag_field),
        ReferenceFormSet(prefix=PREFIX, initial=values["rules"]),
        HiringManagerForm(initial=values),
        based_on=version.number,
    )


def posted(data: QueryDict, *, tag_field: str) -> Draft:
    mended = _mended(data)
    return Draft(
        TemplateForm(mended, tag_field=tag_field),
        ReferenceFormSet(mended, prefix=PREFIX),
        HiringManagerForm(mended),
        based_on=_number(data.get("based_on", ""), most=1_000_000),
    )


def rearranged(data: QueryDict, act: str, *, tag_field: str) -> Draft:
    """What was typed, with the blocks as a button asked: `add`, `remove-1`, `up-1` or `down-1` (counted from 0)."""
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
        based_on=typed.based_on,
        focus=focus,
    )


def _rearrange(blocks: list[dict[str, Any]], act: str) -> tuple[list[dict[str, Any]], str]:
    """The blocks afterwards and the control to go on with. An act that cannot be done leaves them as they are."""
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
    # The same button again, as long as the block can move on.
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


def _typed(form: BaseForm) -> dict[str, Any]:
    """What stands in the controls, read but not checked."""
    return {name: form[name].data for name in form.fields}


def _mended(data: QueryDict) -> QueryDict:
    """The data without NULs, which nobody types and no HTML may hold, and with a number of blocks to work with."""
    mended = without_nul(data)
    mended[TOTAL] = str(_number(data.get(TOTAL, ""), most=MAX_RULES + 1))
    mended[f"{PREFIX}-INITIAL_FORMS"] = "0"
    return mended


def _number(text: str, *, most: int) -> int:
    """The number that a hidden field carries, from 0 to `most`; 0 for anything else."""
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
