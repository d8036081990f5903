"""A form never accepts the id of something that belongs to another organization (ASVS 8.2.2)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from tests.architecture.policy import POLICY
from tests.architecture.world import World, all_routes, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Rows about the visit itself, not about what was posted.
OF_THE_VISIT = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(?:django_session|accounts_|core_throttle)')
WRITES = re.compile(r"^(?:INSERT|UPDATE|DELETE|MERGE)\b")


@dataclass(frozen=True)
class Form:
    """A form of a page as a browser would submit it: its address, method and fields."""

    page: str
    action: str
    method: str
    fields: tuple[tuple[str, str], ...]

    def with_value(self, number: int, value: str) -> dict[str, list[str]]:
        data: dict[str, list[str]] = {}
        for position, (name, kept) in enumerate(self.fields):
            data.setdefault(name, []).append(value if position == number else kept)
        return data


@pytest.fixture
def worlds() -> tuple[World, World]:
    return make_world(), make_world()


def ids_by_kind(organization: Organization) -> dict[str, set[str]]:
    """The public ids of all rows of an organization, by model."""
    found: dict[str, set[str]] = {}
    with tenant(organization):
        for model in apps.get_models():
            names = {field.name for field in model._meta.concrete_fields}
            if {"uid", "organization"} <= names:
                rows = model._default_manager.filter(organization=organization).values_list("uid", flat=True)
                found[model._meta.label] = {str(uid) for uid in rows}
    return found


def forms_of(client: Client, world: World) -> Iterator[Form]:
    """Each different form of each page that an owner can open."""
    seen = set()
    for route in all_routes():
        line = POLICY[route.name]
        if line.kind != "member" or line.only_post:
            continue
        url = world.url(route)
        answer = client.get(url)
        if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for form in parsed(answer.content.decode()).iter("form"):
            found = Form(url, form.get("action") or url, form.get("method", "get").lower(), tuple(fields_of(form)))
            if found not in seen:
                seen.add(found)
                yield found


def parsed(html: str) -> Element:
    document: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return document


def fields_of(form: Element) -> Iterator[tuple[str, str]]:
    """What a browser would send if everything were chosen: each checkbox, and of each list its last entry."""
    for field in form.iter():
        name = field.get("name", "")
        if not name or name == "csrfmiddlewaretoken":
            continue
        if field.tag in ("input", "button"):
            yield name, field.get("value", "")
        if field.tag == "textarea":
            yield name, "".join(field.itertext())
        if field.tag == "select":
            entries = [entry.get("value", "") for entry in field.iter("option")]
            yield name, next((entry for entry in reversed(entries) if is_id(entry)), entries[-1] if entries else "")


def is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def statements_of(client: Client, form: Form, number: int, value: str) -> tuple[int, list[str]]:
    """The status of the response and what was written. Rolls back afterwards."""
    before = transaction.savepoint()
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, form.method)(form.action, form.with_value(number, value))
    transaction.savepoint_rollback(before)
    statements = [query["sql"] for query in queries.captured_queries]
    return answer.status_code, [sql for sql in statements if WRITES.match(sql) and not OF_THE_VISIT.match(sql)]


def test_no_form_accepts_an_id_of_another_organization(worlds: tuple[World, World]) -> None:
    mine, foreign = worlds
    owner = mine.member(Role.OWNER)
    others = ids_by_kind(foreign.organization)
    kind_of = {uid: kind for kind, uids in ids_by_kind(mine.organization).items() for uid in uids}
    tried, accepted, written_with_own_id = set(), [], 0
    for form in forms_of(owner, mine):
        for number, (name, value) in enumerate(form.fields):
            if value not in kind_of:
                continue
            tried.add(name)
            status, written = statements_of(owner, form, number, min(others[kind_of[value]]))
            if status >= 500 or written:
                accepted.append((form.action, name, status, written))
            written_with_own_id += bool(statements_of(owner, form, number, value)[1])
    assert accepted == []
    assert tried >= {"people", "start", "survey", "template"}
    # Otherwise the forms were refused for something else, and the ids weren't tried at all.
    assert written_with_own_id >= 3
