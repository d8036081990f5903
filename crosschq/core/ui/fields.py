from typing import Any

from django.forms import BaseForm, BaseFormSet, BoundField, CheckboxInput, RadioSelect, Textarea, TextInput
from django.forms.utils import ErrorList

from crosschq.core.ui.field_errors import error_texts
from crosschq.core.ui.library import register


@register.inclusion_tag("includes/field.html")
def field(
    bound: BoundField,
    *,
    label: str = "",
    hint: str | None = None,
    width: int = 0,
    suffix: str = "",
    optional: bool = True,
    heading: bool = False,
    rating: bool = False,
    label_hidden: bool = False,
) -> dict[str, Any]:
    """The label, hint, error, and control of one form field, for any widget. hint="" hides the help text."""
    widget = bound.field.widget
    shown_hint = bound.help_text if hint is None else hint
    errors = error_texts(bound)
    marks = {f"{bound.auto_id}_helptext": shown_hint, f"{bound.auto_id}_error": errors}
    described = " ".join(name for name, shown in marks.items() if shown)
    kind = "line"
    if bound.is_hidden:
        kind = "hidden"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, RadioSelect):  # CheckboxSelectMultiple is a subclass
        kind = "tiles"
    # A placeholder disappears as soon as you type, so we show none. False omits the attribute.
    attrs: dict[str, Any] = {"placeholder": False}
    if isinstance(widget, TextInput | Textarea):
        attrs["dir"] = "auto"  # Arabic and Hebrew run from right to left
    if described:
        attrs["aria-describedby"] = described
    if width:
        attrs["class"] = f"w-{width}"
    return {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attrs) if kind != "tiles" else "",
        "label": label or bound.label,
        "hint": shown_hint,
        "errors": errors,
        "suffix": suffix,
        "described": described,
        "optional": optional and not bound.field.required and kind != "check",
        "heading": heading,
        "rating": rating,
        "label_hidden": label_hidden,
    }


@register.inclusion_tag("includes/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form, including hidden ones."""
    return {"form": form}


@register.inclusion_tag("includes/error_summary.html")
def error_summary(*forms: object) -> dict[str, Any]:
    """The errors of these forms and formsets, each linked to its field; nothing without errors.

    Also accepts lists of forms.
    """
    lines: list[dict[str, str]] = []
    for form in (each for given in forms for each in (given if isinstance(given, list) else [given])):
        if isinstance(form, BaseFormSet):
            lines += _lines(form.non_form_errors(), "")
            for part in form.forms:
                lines += _form_lines(part)
        elif isinstance(form, BaseForm):  # a page that shows its form only to some users passes nothing
            lines += _form_lines(form)
    return {"lines": lines}


def _form_lines(form: BaseForm) -> list[dict[str, str]]:
    lines = _lines(form.non_field_errors(), "")
    for bound in form:
        first = "_0" if isinstance(bound.field.widget, RadioSelect) else ""
        lines += _lines(error_texts(bound), "" if bound.is_hidden else f"{bound.auto_id}{first}")
    return lines


def _lines(errors: ErrorList | list[str], target: str) -> list[dict[str, str]]:
    return [{"text": str(text), "target": target} for text in errors]


@register.inclusion_tag("includes/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The form's errors that belong to no field, in place."""
    return {"errors": form.non_field_errors()}
