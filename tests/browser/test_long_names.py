"""Long unbroken names everywhere: no page scrolls sideways at any width."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.db.models import CharField, F, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from playwright.sync_api import Browser, Page

from connectors.models import CachedJob, Connection, DirectoryUser, SetupCheck
from connectors.setup.checks import FieldSnapshot, JobSnapshot, ProcessSnapshot, SetupSnapshot
from connectors.setup.setup_changes import LastGood, ProcessWithStep
from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Invitation, Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import ExportItem, ExportSettings, KnownTag, Prospect
from requests_app.models import Answer, Reader, Reference, ReferenceRequest, TimelineEntry
from templates_app.models import DraftQuestion, Question, RequestTemplate, Survey, TemplateVersion
from templates_app.request_templates.edit import edit_template
from tests.architecture.policy import POLICY
from tests.architecture.world import World, all_routes, make_world
from tests.browser.contexts import opened
from tests.browser.rules import resize
from tests.templates_app.factories import make_template, template_input
from webhooks.models import InboundEvent, Replay

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NARROW = 320
WIDTHS = (NARROW, 390, 768, 1280)
MOST = 200
ADDRESS = f"{'w' * 64}@{'w' * 63}.{'w' * 60}.example"
# Fields that a person, the ATS or a visitor's browser can fill, without lookup keys.
NAMES: dict[type[Model], tuple[str, ...]] = {
    User: ("name",),
    Organization: ("name",),
    Connection: ("company_name", "company_id", "ats_user", "problem", "step_name", "field_name", "fallback_owner_name"),
    DirectoryUser: ("name",),
    Survey: ("name",),
    Question: ("text", "purpose"),
    DraftQuestion: ("text", "purpose"),
    RequestTemplate: ("name", "ats_tag", "description"),
    TemplateVersion: ("name", "position", "hiring_manager_name"),
    ReferenceRequest: (
        *("position", "candidate_first_name", "candidate_last_name", "owner_name", "owner_rule", "origin_sentence"),
    ),
    Reference: ("name", "company", "years", "relationship_comment"),
    Answer: ("text",),
    Reader: ("name",),
    TimelineEntry: ("sentence",),
    Message: ("to_name", "subject", "reason"),
    InboundEvent: ("candidate_name", "job_title", "event_name", "asked_by"),
    Replay: ("by_name",),
    ExportSettings: ("source_type_label", "source_label", "problem"),
    KnownTag: ("tag",),
    ExportItem: ("job_title", "reason"),
    Prospect: ("first_name", "last_name", "employer", "title", "area_of_interest"),
}
ADDRESSES: dict[type[Model], tuple[str, ...]] = {
    Connection: ("fallback_owner_email",),
    Invitation: ("email",),
    ReferenceRequest: ("candidate_email", "owner_email"),
    Reference: ("email",),
    Prospect: ("email",),
    Message: ("to_email",),
    TemplateVersion: ("hiring_manager_email",),
}
LETTER, OTHER_SCRIPTS = "W", ("ش", "漢")
# Arabic and Chinese names are rendered like Latin ones, so one visit to a page shows them all.
REWRITE = """([from, to]) => {
  const names = new RegExp(`${from}{10,}`, "g");
  const rewritten = text => text.replace(names, name => to.repeat(name.length));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = rewritten(texts.currentNode.data);
  for (const field of document.querySelectorAll("input, textarea")) {
    field.value = rewritten(field.value);
    field.placeholder = rewritten(field.placeholder);
  }
}"""
WIDEST = """() => [...document.querySelectorAll('main *, header *, nav *')].filter(part => !part.closest('.vh')
  && part.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 3)
  .map(part => `${part.tagName}.${part.className}: ${part.textContent.trim().slice(0, 30)}`)"""
# These return a file, a redirect or a page of the browser.
NOT_PAGES = {
    "healthz",
    "readyz",
    "brand:stylesheet",
    "brand:logo",
    "prospects:export_tags",
    "mfa_download_recovery_codes",
}


def long_name(model: type[Model], name: str, letter: str) -> Any:
    """A different value in each row, as long as the column allows, up to 200 characters."""
    column = model._meta.get_field(name)
    assert isinstance(column, CharField | TextField)
    letters = min(column.max_length or MOST, MOST) - 8
    return Concat(Value(letter * letters), Cast(F("pk"), TextField()), output_field=TextField())


def rows(model: type[Model]) -> QuerySet[Any]:
    # Erased prospects have no text.
    return model._default_manager.exclude(email="") if model is Prospect else model._default_manager.all()


def plant(world: World, letter: str) -> None:
    long = letter * MOST
    acme, connection = world.organization, world.connection
    with tenant(acme):
        words = {"candidate_invitation": {"en": {"subject": long, "text": f"{long}\n\n{{{{ link }}}}"}}}
        template = RequestTemplate.objects.get(uid=world.named["template"])
        wanted = template_input(name="Again", ats_tag=template.ats_tag, messages=words)
        edit_template(template=template, actor=None, template_input=wanted)
    make_template(acme, name="Another", ats_tag="another")
    seen = SetupSnapshot(
        user=long,
        webhook="active",
        job_field=FieldSnapshot(long, for_jobs=True, active=False, public=False, is_list=None),
        closest_field=long,
        processes=[
            ProcessSnapshot(long, has_step=False, closest=long),
            ProcessSnapshot("B" + long, has_step=True, closest=""),
        ],
        open_jobs=3,
        jobs=[
            JobSnapshot("1", long, ""),
            JobSnapshot("2", "B" + long, letter * 80),
            JobSnapshot("3", "C" + long, "another"),
        ],
    )
    lost = ProcessWithStep(long, "INTERVIEW", {}, is_lost=True, new_name="N" * 100)
    kept = {"id": "1", "title": long, "creator_id": "", "fields": [{"id": "f", "label": long, "text": letter * 80}]}
    _plant_rows(letter)
    with tenant(acme):
        step = Connection.objects.get(pk=connection.pk)
        good = LastGood(step.step_name, step.field_name, processes={"p": lost})
        SetupCheck.objects.create(
            organization=acme,
            connection=connection,
            checked_at=clock.now(),
            snapshot=asdict(seen),
            last_good=asdict(good),
        )
        CachedJob.objects.create(
            organization=acme, connection=connection, ats_id="1", job=kept, job_read_at=clock.now(), team=[]
        )


def _plant_rows(letter: str) -> None:
    long = letter * MOST
    with cross_tenant("a test plants long names"):
        for model, names in NAMES.items():
            rows(model).update(**{name: long_name(model, name, letter) for name in names})
        for model, names in ADDRESSES.items():
            rows(model).update(**dict.fromkeys(names, ADDRESS))
        InboundEvent.objects.update(
            outcome="no.tag_unknown",
            state="done",
            candidate_id="c",
            job_id="1",
            outcome_at=clock.now(),
            values={"tag": letter * 80, "closest": long, "job": long},
            checks=[{"name": "Tag", "result": "stop", "detail": long}],
            attempt_log=[{"at": clock.now().isoformat(), "outcome": "no.tag_unknown", "sentence": long}],
        )
        ExportSettings.objects.update(
            cached_options={
                "types": [["t", long]],
                "sources": [{"type_id": "t", "subtype_id": "s", "id": "i", "label": long}],
                "jobs": [{"id": "1", "title": long, "status": "SOURCING"}],
                "read_at": {"types": clock.now().isoformat(), "jobs": clock.now().isoformat()},
                "unread": {"tags": long},
            },
            jobs=[{"id": str(number), "title": f"{long}{number}"} for number in range(3)],
            tags=[f"{letter * 100}{number}" for number in range(3)],
        )


def too_wide(page: Page) -> list[object]:
    """The widths at which the page scrolls sideways with all details open, and in which script the names are.

    `make test` looks at the narrowest, in one script.
    """
    page.evaluate("document.querySelectorAll('details:not(.pop)').forEach(part => { part.open = true; })")
    found: list[object] = []
    shown = LETTER
    for width in WIDTHS:
        resize(page, width)
        for letter in (LETTER, *OTHER_SCRIPTS):
            if letter != shown:
                page.evaluate(REWRITE, [shown, letter])
                shown = letter
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                found.append((width, letter, over, page.evaluate(WIDEST)))
    return found


def test_no_page_scrolls_sideways_because_of_a_name(chromium: Browser, site: str) -> None:
    world = make_world()
    plant(world, LETTER)
    staff = opened(chromium, site, world.members[Role.OWNER], viewport={"width": NARROW, "height": 844})
    visitor = opened(chromium, site, None, viewport={"width": NARROW, "height": 844})
    page, phone = staff.new_page(), visitor.new_page()
    wide, looked_at, planted = [], 0, set()
    for route in all_routes():
        line = POLICY.get(route.name)
        if line is None or line.only_post or line.kind == "signature" or route.name in NOT_PAGES:
            continue
        at = phone if line.kind in ("token", "public") else page
        answer = at.goto(world.url(route))
        assert answer is not None
        assert answer.status < 500, route.name
        if LETTER * 10 in at.evaluate("document.body.innerText"):
            planted.add(route.name)
        wide += [(route.name, each) for each in too_wide(at)]
        looked_at += 1
    staff.close()
    visitor.close()
    assert wide == []
    assert looked_at > 80
    assert len(planted) > 60, sorted(planted)
