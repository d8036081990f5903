"""No page breaks on odd input: each parameter that a page reads, and each field of each form, with odd values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote_from_bytes

import html5lib
import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client

from crosschq.tenancy.models import Role
from scripts.stack.stack import ROOT
from tests.architecture.policy import POLICY
from tests.architecture.test_foreign_ids import fields_of
from tests.architecture.world import World, all_routes, make_world
from tests.every_page import Visitor, every_page, reader_cookie

pytestmark = pytest.mark.django_db

# One of each kind: what a text, a number, a date, an id, or an address can't be.
ODD = (
    *(b"a\x00b", b"\xff\xfe", "\u202e\u00b2".encode(), b"-1", b"9" * 5000, b"9999-12-31"),
    *(b"[" * 3000, b"//evil.example/", b"a" * 20_001),
)
AT_A_TIME = 4  # of nine, so that a field gets others in each form
# A page about the object in its path has the same form for each object.
IDS = re.compile(r"[0-9a-f-]{36}|(?<=/[cr]/)[^/]+")
IN_TEMPLATES = re.compile(r"\brequest\.(?:GET|POST|FILES)\.")


@dataclass(frozen=True)
class Form:
    client: Client
    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> tuple[str, frozenset[str]]:
        return IDS.sub("", self.action), frozenset(name for name, _value in self.fields)

    def body(self, odd_field: str, odd: bytes) -> bytes:
        pairs = ((name, odd if name == odd_field else value.encode("utf-8", "replace")) for name, value in self.fields)
        return "&".join(
            f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs
        ).encode()


def in_turn() -> Callable[[], tuple[bytes, ...]]:
    """The next few odd values: all for each field would take minutes, and pages share their kinds of fields."""
    values = cycle(ODD)
    return lambda: tuple(islice(values, AT_A_TIME))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that views, forms and templates look up in a query string or a form, for as long as the test runs."""
    names: set[str] = set()

    def recorded(method: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(self: QueryDict, name: Any, *rest: Any) -> Any:
            names.add(str(name))
            return method(self, name, *rest)

        return look_up

    for method in ("get", "getlist", "__getitem__", "__contains__"):
        monkeypatch.setattr(QueryDict, method, recorded(getattr(QueryDict, method)))
    return names


def clients(world: World) -> dict[Visitor, Client]:
    found = {Visitor.OWNER: world.member(Role.OWNER), Visitor.ANYONE: Client(), Visitor.READER: Client()}
    name, token = reader_cookie(world.organization)
    found[Visitor.READER].cookies[name] = token
    return found


def undone(client: Client, method: str, url: str, body: bytes = b"") -> Any:
    """The response, whose changes are rolled back; the status of a server error, or the exception of a view."""
    before = transaction.savepoint()
    try:
        answer = client.generic(method, url, body, content_type="application/x-www-form-urlencoded")
        return answer if answer.status_code < 500 else answer.status_code
    except Exception as error:
        return repr(error)
    finally:
        transaction.savepoint_rollback(before)


def forms_of(client: Client, path: str, answer: Any) -> Iterator[Form]:
    if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
        for form in html5lib.parse(answer.content.decode(), namespaceHTMLElements=False).iter("form"):
            if form.get("method", "get").lower() == "post":
                yield Form(client, form.get("action") or path, tuple(fields_of(form)))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_page_breaks_on_an_odd_parameter(read: set[str]) -> None:
    world = make_world()
    by, wrong, tried, some = clients(world), [], 0, in_turn()
    for visit in every_page(world):
        client = by[visit.visitor]
        read.clear()
        undone(client, "GET", visit.path)
        for name in sorted(read - {"csrfmiddlewaretoken"}):
            for odd in some():
                url = f"{visit.path}{'&' if '?' in visit.path else '?'}{name}={quote_from_bytes(odd)}"
                answer = undone(client, "GET", url)
                tried += 1
                wrong += [(visit.name, name, odd[:20], answer)] if isinstance(answer, int | str) else []
    assert wrong == []
    assert tried > 200


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_form_breaks_on_an_odd_value() -> None:
    world = make_world()
    by, forms = clients(world), dict[Any, Form]()
    for visit in every_page(world):
        client = by[visit.visitor]
        for form in forms_of(client, visit.path, undone(client, "GET", visit.path)):
            forms.setdefault(form.shape, form)
    wrong, some = [], in_turn()
    for form in forms.values():
        for name in sorted(form.shape[1]):
            for odd in some():
                answer = undone(form.client, "POST", form.action, form.body(name, odd))
                wrong += [(form.action, name, odd[:20], answer)] if isinstance(answer, int | str) else []
    assert wrong == []
    assert len(forms) > 80


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_action_breaks_on_a_field_that_its_form_does_not_have_now(read: set[str]) -> None:
    """Such as the jobs of a search without a match. Each route, alone and with all other fields that it reads."""
    world = make_world()
    client, wrong, tried = world.member(Role.OWNER), [], 0
    for route in all_routes():
        if POLICY[route.name].kind not in ("member", "token"):
            continue
        url = world.url(route)
        read.clear()
        undone(client, "POST", url)
        undone(client, "POST", url, "&".join(f"{name}=1" for name in read).encode())
        names = sorted(read - {"csrfmiddlewaretoken"})
        for name in names:
            others = "".join(f"{other}=1&" for other in names if other != name)
            for before in {"", others}:
                answer = undone(client, "POST", url, f"{before}{name}=a%00b".encode())
                tried += 1
                wrong += [(route.name, name, answer)] if isinstance(answer, int | str) else []
    assert wrong == []
    assert tried > 200


def test_no_template_calls_a_method_of_what_a_visitor_sent() -> None:
    """`request.GET.lists` is the parameter of that name, if there is one."""
    templates = (ROOT / "templates").rglob("*.html")
    assert [path.name for path in templates if IN_TEMPLATES.search(path.read_text(encoding="utf-8"))] == []
