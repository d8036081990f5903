"""Form validators: one-line text may contain only printable characters."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Correct spelling of Persian and Indic names requires them.
JOINERS = dict.fromkeys((0x200C, 0x200D))
# Letters that render as nothing and make a name look empty or like another one.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def visible(text: str) -> None:
    """Reject control characters, direction overrides, and unusual spaces, which can disguise a text."""
    if not text.isprintable() or BLANKS & set(text):
        raise ValidationError(_("This contains an invisible character. Retype the text."))


def visible_name(text: str) -> None:
    """Like `visible`, for a person's name, which may contain joiners."""
    visible(text.translate(JOINERS))
