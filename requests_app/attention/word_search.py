"""Searches of lists by words that are rows (docs/decisions/0039), for a page, a count and a download.

Rows that have all words are read by their keys if they are few. Of many, a list soon finds a page in its own order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Model, OuterRef, QuerySet, Subquery

from crosschq.core.database.counting import CountUpTo
from crosschq.core.database.keys import among_keys
from crosschq.core.text.characters import search_words
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import current_organization
from requests_app.attention.stored import LAST, beginning

# Of the newest rows, to compare how common words are.
SAMPLED = 100


class Has(Subquery):
    """Whether there is such a row, looked up for each row of the outer query.

    With OFFSET, PostgreSQL can't turn it into a join, for which it would read all rows that have a common word.
    """

    template = "EXISTS (%(subquery)s OFFSET 0)"
    output_field = BooleanField()


@dataclass(frozen=True)
class FoundWords:
    """Rows that have all words that were typed: the keys of the first ones, and whether there may be more of them.

    words: for each word, its rows, the rarest first. of: their column with the key of the row that is searched.
    """

    keys: Sequence[int]
    is_partial: bool
    words: "Sequence[QuerySet[Any]]"
    of: str

    def among(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of these rows that have all words."""
        if not self.is_partial:
            return rows.filter(among_keys(self.keys))
        return rows.filter(*(Has(each.filter(**{self.of: OuterRef("pk")}).values("pk")) for each in self.words))


def find(typed: str, words: type[Model], of: str, most: int) -> FoundWords | None:
    """The rows with words that begin as each typed word does; None for text without letters. One or two queries.

    most: how many keys to find. Call inside `tenant()`.
    """
    begins = {begin for word in search_words(typed) if (begin := beginning(word))}
    # A word that begins another one finds all that the other one does.
    begins = {begin for begin in begins if not any(other != begin and other.startswith(begin) for other in begins)}
    if not begins:
        return None
    having: list[QuerySet[Any]]
    having = [words._default_manager.filter(word__gte=begin, word__lt=begin + LAST) for begin in sorted(begins)]
    if len(having) > 1:
        having = _rarest_first(having, words, of, most)
    rarest, *others = having
    together = rarest.filter(*(Has(each.filter(**{of: OuterRef(of)}).values("pk")) for each in others))
    keys = list(together.order_by().values_list(of, flat=True)[: most + 1])
    return FoundWords(list(dict.fromkeys(keys))[:most], len(keys) > most, having, of)


def _rarest_first(having: "Sequence[QuerySet[Any]]", words: type[Model], of: str, most: int) -> "list[QuerySet[Any]]":
    """By how many rows they have, up to `most`, and among more common ones, by how many of the newest have them."""
    searched = words._meta.get_field(of).related_model
    newest = searched._default_manager.order_by("-created_at", "-pk").values("pk")[:SAMPLED]  # type: ignore[union-attr]
    sizes = [CountUpTo(each, most) for each in having]
    shares = [CountUpTo(each.filter(**{f"{of}__in": newest}), most) for each in having]
    found = Organization.objects.filter(pk=current_organization().pk).values_list(*sizes, *shares).get()
    known = zip(found[: len(having)], found[len(having) :], having, strict=True)
    return [each for _size, _share, each in sorted(known, key=lambda one: one[:2])]
