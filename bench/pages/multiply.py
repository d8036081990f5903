"""Many organizations, requests and events, multiplied in the database from the rows of one organization.

Copies keep their relations: ids move by a constant, and each uid becomes a hash of the old one and the copy's number.
Nothing here names a column that the tables don't share, so new columns and tables come along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models

Column: TypeAlias = "models.Field[Any, Any]"

# What belongs to a request, an event or a prospect: copied with each. The rest of an organization is there once.
EACH = (
    *("requests_app.ReferenceRequest", "requests_app.Reference", "requests_app.Reader", "requests_app.SearchWord"),
    *("webhooks.InboundEvent", "prospects.Prospect", "prospects.ProspectWord", "prospects.Consent"),
    "prospects.ExportItem",
)
# What only the newest requests still have, one in this many.
NEWEST = (
    *("requests_app.Agreement", "requests_app.Reminder", "requests_app.Response", "requests_app.Answer"),
    *("requests_app.TimelineEntry", "requests_app.ReportView", "connectors.Writeback", "webhooks.Notice"),
    *("messaging.Message", "organizations.AuditEntry"),
)
ONE_IN = 10
# Of people and of sessions. They stay in the one organization.
NOT_CLONED = ("organizations.Membership", "organizations.Invitation", "organizations.EmailCode")
STRIDE, CLONE_STRIDE = 100_000, 100_000_000_000
# Unique in an organization or everywhere.
NUMBERED = {"event_id", "ats_candidate_id", "ats_application_id", "candidate_id", "key", "message_id"}
NUMBERED_IN_CLONES = {"slug", "company_id", "message_id"}
ADDRESSES = {"candidate_email", "email", "email_key", "to_email"}
# What lies in the future of a request that is under way.
UPCOMING = {"due_at", "closes_at", "silent_at", "available_at", "planned_for", "expires_at", "ends_at", "paused_until"}
NO_LONGER_KEPT = {"text", "html", "list_unsubscribe"}
# A word for each number, so that a search finds one candidate.
WORD = "translate(to_hex(n.number), '0123456789abcdef', 'bcdfghklmnaeiour')"
WORDS = (
    ("requests_app_searchword", "requests_app_referencerequest", "reference_request_id"),
    ("prospects_prospectword", "prospects_prospect", "prospect_id"),
)
SHARE_OF_FIRST = 0.3


def multiplied() -> list[type[models.Model]]:
    return [apps.get_model(label) for label in (*EACH, *NEWEST)]


def tenant_models() -> list[type[models.Model]]:
    return [each for each in apps.get_models() if any(f.column == "organization_id" for f in each._meta.local_fields)]


def clone_organization(sql: Any, organization: int, count: int) -> None:
    """Add organizations with copies of all of its rows, apart from its people."""
    organizations = apps.get_model("organizations.Organization")
    cloned = [organizations, *(m for m in tenant_models() if m._meta.label not in NOT_CLONED)]
    for model in cloned:
        key = "id" if model is organizations else "organization_id"
        columns = dict(_columns(model, cloned, CLONE_STRIDE))
        sql.execute(
            f"INSERT INTO {model._meta.db_table} ({_names(columns)}) SELECT {', '.join(columns.values())}"
            f" FROM {model._meta.db_table} t, generate_series(1, %s) n(number) WHERE t.{key} = %s",
            [count, organization],
        )


def multiply(sql: Any, requests: int, organization: int) -> None:
    """Copy the requests of every organization until there are this many; the given one has the largest share.

    The others have fewer the later they come, as a harmonic series.
    """
    request_model = apps.get_model("requests_app.ReferenceRequest")
    sql.execute(f"SELECT count(*) FROM {request_model._meta.db_table} WHERE organization_id = %s", [organization])
    ((present,),) = sql.fetchall()
    sql.execute("SELECT id FROM organizations_organization WHERE id <> %s ORDER BY id", [organization])
    others = [row[0] for row in sql.fetchall()]
    share = SHARE_OF_FIRST if others else 1.0
    weights = [1 / (place + 1) for place in range(len(others))]
    copies = [round(requests * (1 - share) * each / sum(weights) / present) for each in weights]
    keys, counts = [organization, *others], [max(round(requests * share / present) - 1, 0), *copies]
    for model in multiplied():
        columns = dict(_columns(model, multiplied(), STRIDE))
        one_in = ONE_IN if model._meta.label in NEWEST else 1
        sql.execute(
            f"INSERT INTO {model._meta.db_table} ({_names(columns)}) SELECT {', '.join(columns.values())}"
            f" FROM unnest(%s::bigint[], %s::bigint[]) s(organization, copies)"
            f" JOIN {model._meta.db_table} t ON t.organization_id = s.organization,"
            f" generate_series(1, (s.copies + {one_in - 1}) / {one_in}) n(number)",
            [keys, counts],
        )
    _add_words(sql, keys, counts)


def _add_words(sql: Any, organizations: Sequence[int], copies: Sequence[int]) -> None:
    """The word that only one copy's candidate and prospects have. The copies' other words are copied."""
    for words, rows, key in WORDS:
        sql.execute(
            f"INSERT INTO {words} (id, organization_id, {key}, word)"
            f" SELECT t.id + n.number * {STRIDE} + {CLONE_STRIDE // 2}, t.organization_id,"
            f" t.id + n.number * {STRIDE}, {WORD}"
            " FROM unnest(%s::bigint[], %s::bigint[]) s(organization, copies)"
            f" JOIN {rows} t ON t.organization_id = s.organization,"
            f" generate_series(1, s.copies) n(number) WHERE t.id %% {CLONE_STRIDE} < {STRIDE}",
            [list(organizations), list(copies)],
        )


def _names(columns: dict[str, str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _columns(model: type[models.Model], copied: Sequence[type[models.Model]], stride: int) -> Iterator[tuple[str, str]]:
    """The columns that can be written, each with the SQL of its value in copy n.number of the row t."""
    for field in model._meta.local_concrete_fields:
        if not isinstance(field, models.GeneratedField):
            yield field.column or "", _value(model, field, copied, stride)


def _value(model: type[models.Model], field: Column, copied: Sequence[type[models.Model]], stride: int) -> str:
    column = f't."{field.column}"'
    is_copy = stride == STRIDE
    if field.primary_key or (field.is_relation and field.related_model in copied):
        return f"{column} + n.number * {stride}"
    if isinstance(field, models.UUIDField):
        kept = is_copy and field.name in ("template_uid", "chosen_template")
        return column if kept else f"md5({column}::text || '-' || n.number || '-' || {stride})::uuid"
    if isinstance(field, models.BinaryField):
        return f"sha256({column} || n.number::text::bytea)" if field.name.endswith("hash") else column
    if isinstance(field, models.DateTimeField):
        return _moment(column, field) if is_copy else column
    if field.name in (NUMBERED if is_copy else NUMBERED_IN_CLONES):
        mark = "-" if is_copy else "~"
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '{mark}' || n.number END"
    if not is_copy:
        return column
    return _text(model, field, column)


def _moment(column: str, field: Column) -> str:
    """Each copy is a minute older than the one before, and what is planned comes a minute later."""
    if field.name in UPCOMING:
        return f"{column} + n.number %% 20 * interval '7 hours'"
    return f"{column} - n.number * interval '1 minute'"


def _text(model: type[models.Model], field: Column, column: str) -> str:
    if field.name in ADDRESSES:
        return f"CASE WHEN {column} = '' THEN '' ELSE {WORD} || '.' || {column} END"
    if field.name in ("candidate_last_name", "last_name", "candidate_name"):
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || ' ' || {WORD} END"
    if field.name == "search_text":
        return f"regexp_replace({column}, E'\\n', ' ' || {WORD} || E'\\n')"
    if model._meta.label == "messaging.Message" and field.name in NO_LONGER_KEPT:
        return "''"
    return column
