"""The words that a search of the list finds."""

from django.db import models

from crosschq.tenancy.models import IndexedTenantModel
from requests_app.models.reference_request import ReferenceRequest

WORD = 60


class SearchWord(IndexedTenantModel):
    """A word in the names of a request, as `attention.stored.folded` compares it.

    Row-level security lets an index serve only comparisons like those of this table (docs/decisions/0039).
    """

    # Its index is requests_app_words_of.
    reference_request = models.ForeignKey(
        ReferenceRequest, on_delete=models.CASCADE, related_name="words", db_index=False
    )
    word = models.CharField(max_length=WORD, db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "word", "reference_request"], name="requests_app_word"),
            models.Index(fields=["reference_request", "word"], name="requests_app_words_of"),
        ]

    def __str__(self) -> str:
        return self.word
