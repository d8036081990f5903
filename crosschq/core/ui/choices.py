"""Choices of a select in which no two look the same."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from crosschq.core.text.characters import comparison_key


def told_apart(choices: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return (value, label) for each (value, name, detail). A name that others have too gets its detail.

    Names that people can't tell apart count as the same: capitals, spaces, and invisible characters don't matter. If
    even the details are the same, the choices are numbered.
    """
    given = list(choices)
    count = Counter(comparison_key(name) for _value, name, _detail in given)
    labels = [
        (value, _("%(name)s (%(detail)s)") % {"name": name, "detail": detail})
        if detail and count[comparison_key(name)] > 1
        else (value, name)
        for value, name, detail in given
    ]
    same, seen = Counter(comparison_key(label) for _value, label in labels), Counter[str]()
    numbered = []
    for value, label in labels:
        key = comparison_key(label)
        seen[key] += 1
        numbered.append((value, f"{label} [{seen[key]}]" if same[key] > 1 else label))
    return numbered
