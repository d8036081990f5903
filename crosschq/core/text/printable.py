"""A check of forms: what is typed on one line can be seen in full."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Persian and Indic names are not spelled right without them.
JOINERS = dict.fromkeys((0x200C, 0x200D))
# Letters that are drawn as nothing: a name of them is no name, or looks like another's.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def visible(text: str) -> None:
    """Refuse control characters, overrides of direction and odd spaces: with one, texts look alike or turn around."""
    if not text.isprintable() or BLANKS & set(text):
        raise ValidationError(_("This contains an invisible character. Retype the text."))


def visible_name(text: str) -> None:
    """The same of a person's name."""
    visible(text.translate(JOINERS))
