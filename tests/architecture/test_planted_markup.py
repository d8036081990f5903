"""Markup planted in every text from outside stays text on every page, in every email and in every file."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from inspect import isfunction, signature
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from pytest_django import DjangoDbBlocker

from crosschq.core.outbox import work_item
from crosschq.messaging.content.email import Email
from crosschq.messaging.models import Message
from crosschq.privacy.models import DataExport
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Prospect
from prospects.opt_in import email_content as prospects_emails
from requests_app.models import Reader, Reference, Reminder
from requests_app.notifications import email_content as requests_emails
from tests.architecture.policy import POLICY
from tests.architecture.world import Route, all_routes
from tests.kept import kept_rows
from tests.planting import ACTS, BREAKS_OUT, Planted, acting, leading_elsewhere, planted_world
from webhooks.log.owner_notices import notice_email
from webhooks.models import InboundEvent

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
PAGES = ("public", "signed_in", "member", "token")
TYPED = BREAKS_OUT + ACTS


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Planted]:
    with kept_rows(django_db_blocker):
        yield planted_world()


def pages(planted: Planted) -> Iterator[tuple[Route, str]]:
    """Every page, once for each event and request that it can be about. New routes are included automatically."""
    for route in all_routes():
        line = POLICY[route.name]
        if line.kind not in PAGES or route.name == "account_logout":
            continue
        # An outcome's sentence is on the event's own page; on other pages, a few outcomes are enough.
        events = planted.events if route.name == "events:detail" else planted.events[:3]
        for uid in {"request": planted.requests, "event": events}.get(line.names, [None]):
            yield route, planted.world.url(route, **({"uid": uid} if uid else {}))


class Sweep:
    """Requests pages, and records which markup is active on them, what they say, and the emails that they queue."""

    def __init__(self, planted: Planted) -> None:
        self.planted, self.wrong, self.seen = planted, list[Any](), set[int]()
        self.pages = self.emails = self.files = 0
        self.staff, self.visitor = planted.world.member(Role.OWNER), Client()

    def ask(self, route: Route, url: str, method: str, typed: dict[str, str] | None = None) -> Answer:
        client = self.visitor if POLICY[route.name].kind in ("token", "public") else self.staff
        before, newest = transaction.savepoint(), self._newest()
        answer = client.get(url) if method == "GET" else client.post(url, typed, follow=True)
        self._judge(route, answer)
        self._read_emails(route, newest)
        transaction.savepoint_rollback(before)
        return answer

    def _judge(self, route: Route, answer: Answer) -> None:
        assert answer.status_code < 500, route.name
        body = answer.getvalue()
        if answer.get("Content-Type", "").startswith("text/html"):
            html = body.decode()
            self.pages += 1
            self.wrong += [(route.name, one) for one in acting(html)]
            self.seen |= self.planted.seen_in(html)
        elif body:
            self.files += 1
            text = body.decode(errors="replace")
            self.seen |= self.planted.seen_in(text)
            attached = answer.get("Content-Disposition", "").startswith("attachment")
            if "x-p" in text and not attached:
                self.wrong.append((route.name, answer["Content-Type"], "not sent as a file"))

    def _newest(self) -> int:
        with cross_tenant("the test reads every email"):
            return int(Message.objects.order_by("-id").values_list("id", flat=True).first() or 0)

    def _read_emails(self, route: Route, newest: int) -> None:
        with cross_tenant("the test reads every email"):
            messages = list(Message.objects.filter(id__gt=newest))
        for message in messages:
            self.emails += 1
            self.seen |= self.planted.seen_in(message.text + message.html)
            self.wrong += [(route.name, message.kind, one) for one in acting(message.html)]
            self.wrong += [(route.name, message.kind, one) for one in leading_elsewhere(message.html)]


def controls(answer: Answer) -> set[str]:
    """The names of what can be typed or chosen on a page."""
    if not answer.get("Content-Type", "").startswith("text/html"):
        return set()
    page = html5lib.parse(answer.content.decode(), namespaceHTMLElements=False)
    found = [each.get("name", "") for tag in ("input", "textarea", "select") for each in page.iter(tag)]
    return {name for name in found if name and name != "csrfmiddlewaretoken"}


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_no_planted_markup_is_active(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = Sweep(planted)
    for route, url in pages(planted):
        names: set[str] = set()
        if not POLICY[route.name].only_post:
            names = controls(sweep.ask(route, url, "GET"))
        if route.name != "events:detail":
            sweep.ask(route, url, "POST", dict.fromkeys(names, TYPED))
    pairs = len(planted.columns) * (sweep.pages + sweep.emails + sweep.files)
    hidden = sorted(name for number, name in planted.columns.items() if number not in sweep.seen)
    tried = f"{len(planted.columns)} columns x ({sweep.pages} pages, {sweep.emails} emails, {sweep.files} files)"
    with capsys.disabled():
        sys.stdout.write(f"\nplanted markup: {tried} = {pairs} pairs, {len(sweep.wrong)} act; on no page: {hidden}\n")
    assert sweep.wrong == []
    assert len(planted.columns) > 80
    assert sweep.pages > 200
    assert sweep.emails > 5
    assert len(sweep.seen) > 50


def test_no_planted_markup_is_active_in_an_email(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    """Every function in these modules that creates an email. One with a new kind of argument fails here."""
    wrong, seen, count = list[object](), set[int](), 0
    for email in emails(planted):
        count += 1
        html, text = email.as_html(), email.as_text()
        wrong += [(email.subject, one) for one in (*acting(html), *leading_elsewhere(html))]
        seen |= planted.seen_in(html + text)
        assert not isinstance(text, SafeString)
    with capsys.disabled():
        sys.stdout.write(f"\nplanted markup: {count} emails as HTML and as text, {len(wrong)} act\n")
    assert wrong == []
    assert count > 40
    assert len(seen) > 8


def emails(planted: Planted) -> Iterator[Email]:
    world, url = planted.world, f"{settings.BASE_URL}/c/token/"
    with tenant(world.organization):
        reference_request = world.job.reread()
        prospect = Prospect.objects.get(uid=world.named["prospect"])
        values: dict[str, Any] = {
            "reference_request": reference_request,
            "reference": Reference.objects.filter(reference_request=reference_request)[0],
            "reader": Reader(name=TYPED, email=TYPED),
            "prospect": prospect,
            "tombstone": prospect,
            "url": url,
            "report_url": url,
            "answered": 1,
            "answers": [(TYPED, TYPED)],
            "days": 90,
            "bounced": True,
            "code": "123456",
            "status": TYPED,
            "text": TYPED,
            "name": TYPED,
            "person": TYPED,
            "actor": TYPED,
            "ats": TYPED,
            "candidate_id": TYPED,
        }
        for module in (requests_emails, prospects_emails):
            for make in vars(module).values():
                if isfunction(make) and make.__module__ == module.__name__ and not make.__name__.startswith("_"):
                    found = signature(make)
                    if found.return_annotation is Email:
                        yield make(**{name: values[name] for name in found.parameters})
        for event in InboundEvent.objects.filter(uid__in=planted.events).exclude(outcome=""):
            yield notice_email(event)


def test_nothing_planted_acts_on_the_pages_of_a_person_or_in_their_export(planted: Planted) -> None:
    """The search finds people by what is planted in their names, and their export holds everything."""
    owner, desk = planted.world.member(Role.OWNER), reverse("privacy:desk", args=[planted.world.organization.slug])
    found = owner.post(desk, {"q": "planted.example"}).content.decode()
    person = re.findall(r'"(/o/[\w-]+/privacy/people/[0-9a-f-]+/)"', found)[0]
    shown = [found, *(owner.get(person + act).content.decode() for act in ("", "export/", "correct/", "erase/"))]
    export = owner.post(f"{person}export/", {"with_answers": "on"})["Location"]
    work_item.drain(DataExport)
    shown.append(owner.get(export).content.decode())
    with zipfile.ZipFile(io.BytesIO(owner.post(f"{export}download/").content)) as archive:
        assert archive.namelist() == ["data.json", "readable.html"]
        assert "planted.example" in archive.read("data.json").decode()
        shown.append(archive.read("readable.html").decode())
    assert [planted.seen_in(html) for html in (found, shown[1], shown[-1])].count(set()) == 0
    assert [one for html in shown for one in acting(html)] == []


def test_a_page_that_forgets_to_escape_is_found(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Email, "as_text", lambda _email: mark_safe(TYPED))
    # The page shows an email only for people who can be reminded now, whatever day it is.
    with cross_tenant("a test forgets reminders"):
        Reminder.objects.all().delete()
    sweep = Sweep(planted)
    (route,) = [route for route in all_routes() if route.name == "requests:remind"]
    sweep.ask(route, planted.world.url(route), "GET")
    assert sweep.wrong


@pytest.mark.parametrize(
    "html",
    [
        *(
            f"<p>{TYPED}",
            f"<p title='{TYPED}'>",
            f'<p title="{TYPED}">',
            "<a href=https://planted.example/>",
            "<p x-p>",
        ),
        *("<a href=javascript:alert(1)>", "<i hx-get=/planted/>", "<meta content='0;url=/planted/'>"),
    ],
)
def test_the_check_finds_active_markup(html: str) -> None:
    assert acting(html)


def test_every_kind_of_text_is_planted(planted: Planted) -> None:
    """The product's main texts, by name, because the automatic search for columns could find too few."""
    wanted = {
        *("requests_app.ReferenceRequest.candidate_first_name", "requests_app.ReferenceRequest.position"),
        *("requests_app.Answer.text", "requests_app.Reference.name", "requests_app.Reference.company"),
        *(
            "requests_app.TimelineEntry.sentence",
            "connectors.Connection.company_name",
            "connectors.Connection.step_name",
        ),
        *("templates_app.RequestTemplate.name", "templates_app.RequestTemplate.ats_tag", "templates_app.Question.text"),
        *("templates_app.TemplateVersion.rules", "templates_app.TemplateVersion.position", "templates_app.Survey.name"),
        *("organizations.Organization.name", "organizations.User.name", "organizations.AuditEntry.after"),
        *("webhooks.InboundEvent.job_title", "webhooks.InboundEvent.values", "prospects.Prospect.employer"),
    }
    assert wanted - set(planted.columns.values()) == set()


def test_events_of_every_outcome_are_planted(planted: Planted) -> None:
    assert len(planted.events) > 20
