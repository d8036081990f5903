"""Search every table of every app and library for words. Call inside a scope of row-level security."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils.translation import gettext as _

from crosschq.core.database import rls
from crosschq.core.database.chunks import in_chunks
from crosschq.core.security.encryption import EncryptedTextField, Undecipherable
from crosschq.privacy.export.content import text_of
from crosschq.privacy.models import DataExport
from crosschq.privacy.proof.words import is_in, spellings

if TYPE_CHECKING:
    Column = models.Field[Any, Any]
else:
    Column = models.Field  # not generic at run time

TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)
# The search's own rows, and a person's own account, which may belong to other organizations too.
OWN_ACCOUNT = ("organizations.User", "account.EmailAddress", "mfa.Authenticator", "usersessions.UserSession")
# PostgreSQL changes the case of the words too, as it does that of the columns.
_COUNT = """
SELECT count(*), count(*) FILTER (WHERE {identifiers}), count(*) FILTER (WHERE {names}) FROM {table},
(SELECT ARRAY(SELECT UPPER(unnest(%s::text[]))) AS identifiers, ARRAY(SELECT UPPER(unnest(%s::text[]))) AS names,
  ARRAY(SELECT UPPER(unnest(%s::text[]))) AS identifiers_in_bytes,
  ARRAY(SELECT UPPER(unnest(%s::text[]))) AS names_in_bytes) AS words
"""


@dataclass
class TableSearch:
    """What was searched, and the number of rows with an identifier and of those with a name, by table.

    `excluded`: what wasn't searched, and why.
    """

    tables: int = 0
    columns: int = 0
    found: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchedWords:
    """The spellings of what is searched for."""

    identifiers: list[str]
    names: list[str]

    @property
    def patterns(self) -> list[list[str]]:
        """Those for texts, then those for bytes."""
        both = (self.identifiers, self.names)
        return [list(map(_pattern, each)) for each in both] + [
            [_pattern(_as_escaped(one)) for one in each] for each in both
        ]


def search_tables(identifiers: Iterable[str], names: Iterable[str], *, with_accounts: bool) -> TableSearch:
    """Search the tables that the scope shows, each once for both."""
    search, words = TableSearch(), SearchedWords(spellings(identifiers), spellings(names))
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        if label in OWN_ACCOUNT and not with_accounts:
            search.excluded[label] = _("a person's own account, which may belong to other organizations too")
            continue
        fields = [each for each in model._meta.local_fields if isinstance(each, TEXT)]
        if fields and (words.identifiers or words.names):
            _search_table(search, model, fields, words)
    return search


def _search_table(
    search: TableSearch, model: type[models.Model], fields: Sequence[Column], words: SearchedWords
) -> None:
    encrypted = [each for each in fields if isinstance(each, EncryptedTextField)]
    search.tables += 1
    search.columns += len(fields)
    label = model._meta.label
    ((rows, *counts),) = rls.run(_counting(model), words.patterns)
    if rows and label in SPECIAL:
        counts = _with_those(counts, SPECIAL[label](), words)
    for each in encrypted:
        if f"{label}.{each.name}" in NOT_DECRYPTED:
            search.excluded[f"{label}.{each.name}"] = str(NOT_DECRYPTED[f"{label}.{each.name}"])
        elif rows:
            try:
                counts = _with_those(counts, _decrypted(model, each), words)
            except Undecipherable:
                search.excluded[f"{label}.{each.name}"] = _("its key is missing, so nobody can read it")
    for found, count in zip((search.found, search.named), counts, strict=True):
        if count:
            found[label] = count


@cache
def _counting(model: type[models.Model]) -> str:
    """The statement that counts the rows of a table, and those with a word in a column that isn't encrypted."""
    quoted = connection.ops.quote_name
    conditions: dict[str, list[str]] = {"identifiers": [], "names": []}
    for each in model._meta.local_fields:
        if isinstance(each, TEXT) and not isinstance(each, EncryptedTextField):
            is_binary = isinstance(each, models.BinaryField)
            column = f"{quoted(model._meta.db_table)}.{quoted(str(each.column))}"
            # Bytes as PostgreSQL writes them: in octal, except ASCII.
            text = f"encode({column}, 'escape')" if is_binary else f"{column}::text"
            for words, found in conditions.items():
                found.append(f"UPPER({text}) LIKE ANY (words.{words}{'_in_bytes' if is_binary else ''})")
    written = {words: " OR ".join(found) or "false" for words, found in conditions.items()}
    return _COUNT.format(table=quoted(model._meta.db_table), **written)


def _with_those(counts: Sequence[int], texts: Iterable[str | bytes], words: SearchedWords) -> list[int]:
    """These numbers of identifiers and names, with the texts that contain some."""
    identifiers, names = counts
    for text in texts:
        identifiers += is_in(text, words.identifiers)
        names += is_in(text, words.names)
    return [identifiers, names]


def _pattern(word: str) -> str:
    return f"%{connection.ops.prep_for_like_query(word)}%"


def _as_escaped(word: str) -> str:
    return "".join(
        "\\\\" if byte == ord("\\") else chr(byte) if byte < 128 else f"\\{byte:03o}" for byte in word.encode()
    )


def _decrypted(model: type[models.Model], column: Column) -> Iterator[str]:
    rows = model._base_manager.exclude(**{column.name: ""}).exclude(**{f"{column.name}__isnull": True})
    yield from (getattr(row, column.name) for row in in_chunks(rows, 200))


def _in_sessions() -> Iterator[str]:
    return (repr(session.get_decoded()) for session in in_chunks(Session.objects.all(), 200))


def _in_exports() -> Iterator[str]:
    return map(text_of, DataExport._base_manager.all())


# Compressed content, which is searched separately.
SPECIAL: dict[str, Callable[[], Iterator[str]]] = {"sessions.Session": _in_sessions, "privacy.ExportPart": _in_exports}
NOT_DECRYPTED = {
    "privacy.ExportPart.content": "a compressed file, which is opened and searched",
    "privacy.Erasure.sought": "what to erase and to search for; it is emptied when the erasure ends",
    "privacy.Erasure.left_in_ats": "the ATS's ids, until staff have deleted the rest there",
}
