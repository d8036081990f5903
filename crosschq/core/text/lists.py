"""Lists in sentences, with a comma before the last "and"."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


def and_list(items: Sequence[str], most: int | None = None) -> str:
    """The items as part of a sentence: "a", "a and b", "a, b, and c", or with `most` "a, b, and 3 more"."""
    shown = list(items)
    if most is not None and len(shown) > most:
        shown = [*shown[:most], _("%(count)s more") % {"count": len(shown) - most}]
    if len(shown) < 2:
        return "".join(shown)
    words = {"items": ", ".join(shown[:-1]), "last": shown[-1]}
    return (_("%(items)s and %(last)s") if len(shown) == 2 else _("%(items)s, and %(last)s")) % words
