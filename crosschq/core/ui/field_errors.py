"""Field errors that also make sense in a summary: Django's own don't name the field."""

from django.core import validators
from django.core.exceptions import ValidationError
from django.forms import BooleanField, BoundField, CharField, ChoiceField, Field, IntegerField
from django.utils.translation import gettext as _

_REQUIRED = Field.default_error_messages["required"]
_STANDARD = (
    _REQUIRED,
    ChoiceField.default_error_messages["invalid_choice"],
    IntegerField.default_error_messages["invalid"],
    validators.EmailValidator.message,
    validators.MinValueValidator.message,
    validators.MaxValueValidator.message,
    validators.MinLengthValidator.message,
    validators.MaxLengthValidator.message,
)


def error_texts(bound: BoundField) -> list[str]:
    """One sentence for each error of the field. The form's own messages stay as they are."""
    return [text for error in bound.errors.as_data() for text in _texts(bound, error)]


def _texts(bound: BoundField, error: ValidationError) -> list[str]:
    # Compare by identity: a message that a form sets itself is a different object, whatever its text.
    if not any(error.message is standard for standard in _STANDARD):
        return list(error.messages)
    words = {"label": str(bound.label), "limit": (error.params or {}).get("limit_value", "")}
    return [_template(bound.field, error.code or "") % words]


def _template(field: Field, code: str) -> str:
    if code == "required":
        return _required(field)
    if code == "invalid":
        number = isinstance(field, IntegerField)
        return _("“%(label)s” must be a number") if number else _("“%(label)s” must look like name@example.com")
    return {
        "invalid_choice": _("Choose an option from the list for “%(label)s”"),
        "min_value": _("“%(label)s” must be %(limit)s or more"),
        "max_value": _("“%(label)s” must be %(limit)s or less"),
        "min_length": _("“%(label)s” must have %(limit)s characters or more"),
        "max_length": _("“%(label)s” must have %(limit)s characters or fewer"),
    }[code]


def _required(field: Field) -> str:
    if isinstance(field, BooleanField):
        return _("Check “%(label)s” to continue")
    if isinstance(field, CharField | IntegerField):
        return _("Fill in “%(label)s”")
    return _("Choose an option for “%(label)s”")
