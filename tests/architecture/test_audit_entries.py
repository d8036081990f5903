"""The audit log can't be erased, so no code puts a person's name or address in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.db import models

from crosschq.accounts.audit_log import sentences
from crosschq.accounts.audit_log.terms import ACTIONS, LABELS
from crosschq.accounts.audit_log.text import NOT_SHOWN
from crosschq.privacy import holdings
from crosschq.tenancy.audit import DETAILS, DetailKind
from crosschq.tenancy.models import AuditEntry
from tests.sources import PRODUCT, calls, name, sources

TEXTS = {DetailKind.SETTING, DetailKind.SLUG}
# Columns with a person's data that share their name with a setting: of a template, a survey, or a switch.
NAMED_ALIKE = {"name", "company", "position", "state", "subject", "reason", "role", "cap"}


def calls_of(function: str) -> Iterator[tuple[Path, ast.Call]]:
    for path in sources(*PRODUCT):
        yield from ((path, call) for written, call in calls(path) if written.endswith(function))


def test_an_entry_has_only_ids_an_action_and_checked_details() -> None:
    columns = {field.name: field for field in AuditEntry._meta.concrete_fields}
    assert set(columns) == {"id", "organization", "uid", "at", "actor", "action", "before", "after"}
    assert [name for name, each in columns.items() if isinstance(each, models.CharField | models.TextField)] == [
        "action"
    ]


def test_only_the_checking_function_writes_an_entry() -> None:
    makers = ("AuditEntry.objects.create", "AuditEntry.objects.bulk_create", "AuditEntry")
    assert {name(path) for maker in makers for path, _call in calls_of(maker)} == {"crosschq/tenancy/audit.py"}


def test_no_text_detail_has_a_name_that_stands_for_personal_data() -> None:
    personal = {column.name for column in holdings.columns() if column.of}
    texts = {name for name, kind in DETAILS.items() if kind in TEXTS}
    assert texts & personal - NAMED_ALIKE == set()
    # What the organization chose for that event.
    texts -= {"candidate_deleted"}
    assert not {name for name in texts if "email" in name or "candidate" in name or name.endswith("owner_name")}


def test_no_code_passes_a_persons_name_or_address_to_an_entry() -> None:
    said = []
    for path, call in calls_of("audit.record"):
        for keyword in call.keywords:
            if keyword.arg in ("before", "after"):
                said += [
                    f"{name(path)}: {ast.unparse(node)}"
                    for node in ast.walk(keyword.value)
                    if isinstance(node, ast.Attribute)
                    and (node.attr in ("email", "phone", "candidate_id") or node.attr.startswith("candidate"))
                ]
    assert said == []


def test_every_action_has_a_sentence_and_a_name() -> None:
    assert sentences.actions() == set(ACTIONS)


def test_every_detail_that_is_shown_has_a_label() -> None:
    assert set(DETAILS) - set(LABELS) - NOT_SHOWN == set()
