"""Lookups for searching text as people compare it, `name__folded_contains` and `name__folded_exact`, and sorting by it.

Both sides are folded by PostgreSQL, so they always agree: NFKC, lowercase, without invisible characters, with one kind
of quote and dash. The database must be encoded in UTF-8, as ours is.
"""

from typing import Any

from django.db.models import CharField, Func, Lookup, TextField

from crosschq.core.text.characters import ACUTE_ALONE, SAME_MARKS, TURKISH_I, storable

# Unicode's property Default_Ignorable_Code_Point, as in core/text/characters.py.
_IGNORABLE = (
    r"[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164"
    r"\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]"
)
# Compared as one: the two small sigmas of Greek, and quotes and dashes of one kind.
_ONE_FOR_ANOTHER = {"\u03c2": "\u03c3"} | {chr(number): str(mark) for number, mark in SAME_MARKS.items()}
_FROM, _TO = "".join(_ONE_FOR_ANOTHER), "".join(_ONE_FOR_ANOTHER.values()).replace("'", "''")
_LOWER = f"lower(normalize(regexp_replace(%s, '{_IGNORABLE}', '', 'g'), NFKC))"
_PLAIN_I = f"regexp_replace({_LOWER}, '{TURKISH_I.pattern}', 'i', 'g')"
# lower() distinguishes what case folding treats as equal: sharp s and ss.
_FOLDED = f"replace(translate(replace({_PLAIN_I}, '{ACUTE_ALONE}', ''''), '{_FROM}', '{_TO}'), '\u00df', 'ss')"


class _Folded(Lookup):
    prepare_rhs = False
    template: str

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return self.template % (_FOLDED % left, _FOLDED % "%s"), [*params, storable(str(self.rhs))]


class FoldedContains(_Folded):
    lookup_name = "folded_contains"
    template = "strpos(%s, %s) > 0"


class FoldedExact(_Folded):
    lookup_name = "folded_exact"
    template = "%s = %s"


class SortKey(Func):
    """Sort by a name as people do: without regard to case and accents. Ágnes and anna come before Zoë."""

    function = "regexp_replace"
    template = f"regexp_replace(normalize({_LOWER % '%(expressions)s'}, NFKD), '[\u0300-\u036f]+', '', 'g')"
    output_field = TextField()


def register() -> None:
    """Make the lookups work for each text column."""
    for field in (CharField, TextField):
        field.register_lookup(FoldedContains)
        field.register_lookup(FoldedExact)
