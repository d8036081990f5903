"""Search every table of every app and library for words. Call inside a scope of row-level security."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

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


@dataclass
class TableSearch:
    """What was searched, and the number of rows found by table. `excluded`: what wasn't searched, and why."""

    tables: int = 0
    columns: int = 0
    found: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)


def search_tables(words: Iterable[str], *, with_accounts: bool) -> TableSearch:
    """Search the tables that the scope shows."""
    search, spelled = TableSearch(), spellings(words)
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        if label in OWN_ACCOUNT and not with_accounts:
            search.excluded[label] = _("a person's own account, which may belong to other organizations too")
            continue
        fields = [each for each in model._meta.local_fields if isinstance(each, TEXT)]
        if fields and spelled:
            _search_table(search, model, fields, spelled)
    return search


def _search_table(search: TableSearch, model: type[models.Model], fields: Sequence[Column], words: list[str]) -> None:
    encrypted = [each for each in fields if isinstance(each, EncryptedTextField)]
    plain = [each for each in fields if each not in encrypted]
    search.tables += 1
    search.columns += len(fields)
    found = _count_plain(model, plain, words) if plain else 0
    label = model._meta.label
    found += SPECIAL[label](words) if label in SPECIAL else 0
    for each in encrypted:
        if f"{label}.{each.name}" in NOT_DECRYPTED:
            search.excluded[f"{label}.{each.name}"] = str(NOT_DECRYPTED[f"{label}.{each.name}"])
            continue
        try:
            found += sum(is_in(text, words) for text in _decrypted(model, each))
        except Undecipherable:
            search.excluded[f"{label}.{each.name}"] = _("its key is missing, so nobody can read it")
    if found:
        search.found[label] = found


def _count_plain(model: type[models.Model], fields: Sequence[Column], words: list[str]) -> int:
    texts, conditions = {}, Q()
    for each in fields:
        is_binary = isinstance(each, models.BinaryField)
        name = f"text_of_{each.name}"
        texts[name] = _escaped(each.name) if is_binary else Cast(F(each.name), TextField())
        for word in words:
            conditions |= Q(**{f"{name}__icontains": _as_escaped(word) if is_binary else word})
    found: int = model._base_manager.alias(**texts).filter(conditions).count()
    return found


def _escaped(name: str) -> Func:
    """Bytes as PostgreSQL writes them: in octal, except ASCII."""
    return Func(F(name), Value("escape"), function="encode", output_field=TextField())


def _as_escaped(word: str) -> str:
    return "".join(
        "\\\\" if byte == ord("\\") else chr(byte) if byte < 128 else f"\\{byte:03o}" for byte in word.encode()
    )


def _decrypted(model: type[models.Model], column: Column) -> Iterator[str]:
    rows = model._base_manager.exclude(**{column.name: ""}).exclude(**{f"{column.name}__isnull": True})
    yield from (getattr(row, column.name) for row in in_chunks(rows, 200))


def _in_sessions(words: list[str]) -> int:
    return sum(is_in(repr(session.get_decoded()), words) for session in in_chunks(Session.objects.all(), 200))


def _in_exports(words: list[str]) -> int:
    return sum(is_in(text_of(export), words) for export in DataExport._base_manager.all())


# Compressed content, which is searched separately.
SPECIAL: dict[str, Callable[[list[str]], int]] = {"sessions.Session": _in_sessions, "privacy.ExportPart": _in_exports}
NOT_DECRYPTED = {
    "privacy.ExportPart.content": "a compressed file, which is opened and searched",
    "privacy.Erasure.sought": "what to erase and to search for; it is emptied when the erasure ends",
    "privacy.Erasure.left_in_ats": "the ATS's ids, until staff have deleted the rest there",
}
