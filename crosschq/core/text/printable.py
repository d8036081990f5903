"""Form validators: text on one line contains only printable characters."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Correct spelling of Persian and Indic names needs them.
JOINERS = dict.fromkeys((0x200C, 0x200D))
# Letters that render as nothing, so that a name looks empty or like another one.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def visible(text: str) -> None:
    """Refuse control characters, direction overrides, and odd spaces, which can disguise a text."""
    if not text.isprintable() or BLANKS & set(text):
        raise ValidationError(_("This contains an invisible character. Retype the text."))


def visible_name(text: str) -> None:
    """The same for a person's name, which may contain joiners."""
    visible(text.translate(JOINERS))
