"""Lists of waiting candidates say when each reason was found, and judge it again when they are shown."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import CachedJob, Connection, SetupCheck
from crosschq.core import clock
from crosschq.core.text.dates import datetime_text
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template, restore_template
from tests.connectors.setup.test_status import GOOD
from tests.extent import first_of
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.templates_app.factories import make_template
from tests.webhooks.log.test_log import make_event
from webhooks.decision.outcomes import OUTCOMES
from webhooks.log import review
from webhooks.log.outlook import with_outlook
from webhooks.models import ConnectionJob, ConnectionJobKind, InboundEvent

FOUND = clock.now() - timedelta(hours=3)
JOB = {"id": "j", "title": "Backend Engineer", "creator_id": "", "fields": []}


@pytest.fixture
def live(db: None) -> Connection:
    return make_connection(make_organization(), requests_on_since=FOUND - timedelta(days=1))


def waiting(
    live: Connection,
    outcome: str = "",
    values: dict[str, str] | None = None,
    *,
    template: RequestTemplate | None = None,
) -> InboundEvent:
    """A candidate at the step, who would get this template, or who lacked this three hours ago."""
    missing = [{"outcome": outcome, "values": values or {}}] if outcome else []
    uid, name = (str(template.uid), template.name) if template else ("", "")
    ahead = {"template": name, "template_uid": uid, "missing": missing, "judged_at": FOUND.isoformat()}
    return make_event(
        live, candidate_id="c", job_id="j", candidate_name="Maya Osei", outcome="no.stood_there",
        values={"step": "Crosschq", **ahead}, outcome_at=FOUND,
    )  # fmt: skip


def tag_the_job(live: Connection, *, ago: timedelta = timedelta(minutes=5), text: str = "eng") -> None:
    field = {"id": "f", "label": live.field_name, "text": text}
    with tenant(live.organization):
        CachedJob.objects.create(
            organization=live.organization, connection=live, ats_id="j",
            job=JOB | {"fields": [field]}, job_read_at=clock.now() - ago,
        )  # fmt: skip


def check(live: Connection, **change: Any) -> None:
    with tenant(live.organization):
        SetupCheck.objects.create(
            organization=live.organization,
            connection=live,
            checked_at=clock.now(),
            snapshot=asdict(replace(GOOD, **change)),
        )


def choose_default(live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(default_template=RequestTemplate.objects.get().uid)


def nothing(live: Connection) -> None:
    pass


FIELD = {"job": "Backend Engineer", "field": "Crosschq tag", "closest": "", "ats": "SmartRecruiters"}
# The first seven differ in kind.
# What was missing, what happened since → what the list says now: missing, or fixed and by which template.
CASES: dict[str, tuple[str, dict[str, str], Callable[[Connection], None], str | None]] = {
    "unknown tag, a template has it": ("no.tag_unknown", {"tag": " ENG ", "closest": ""}, nothing, "Engineering"),
    "unknown tag, the job was read before": (
        "no.tag_unknown", {"tag": "x", "closest": ""}, lambda live: tag_the_job(live, ago=timedelta(hours=4)), None,
    ),
    "unknown tag, corrected to another unknown": (
        "no.tag_unknown", {"tag": "x", "closest": ""}, lambda live: tag_the_job(live, text="y"), None,
    ),
    "empty tag, a default was chosen": ("no.tag_empty", FIELD, choose_default, "Engineering"),
    "no field, created since": ("no.field_missing", FIELD, check, "By the job's tag"),
    "inactive field, tagged since": ("no.field_inactive", FIELD, tag_the_job, "Engineering"),
    "bounced": ("fail.bounced", {"candidate": "Maya Osei"}, check, None),
    "unknown tag, nothing changed": ("no.tag_unknown", {"tag": "Eng2", "closest": ""}, nothing, None),
    "unknown tag, the job was corrected": ("no.tag_unknown", {"tag": "x", "closest": ""}, tag_the_job, "Engineering"),
    "empty tag, nothing changed": ("no.tag_empty", FIELD, nothing, None),
    "empty tag, the job was tagged": ("no.tag_empty", FIELD, tag_the_job, "Engineering"),
    "no field, nothing changed": ("no.field_missing", FIELD, nothing, None),
    "no field, still none": ("no.field_missing", FIELD, lambda live: check(live, job_field=None), None),
    "no address": ("no.no_address", {"candidate": "Maya Osei"}, tag_the_job, None),
}  # fmt: skip


@pytest.mark.parametrize("case", first_of(CASES, 7))
def test_a_reason_is_judged_again_when_it_is_shown(case: str, live: Connection, client: Client) -> None:
    outcome, values, happened, template = CASES[case]
    make_template(live.organization, name="Engineering", ats_tag="eng")
    waiting(live, outcome, values)
    happened(live)
    with tenant(live.organization):
        live.refresh_from_db()
    browser = signed_in(client, make_member(live.organization, Role.RECRUITER))
    page = shown(browser, live)
    said = OUTCOMES[outcome].say({"ats": "SmartRecruiters"} | values)
    assert said in page
    assert ("Fixed since:" in page) == (template is not None)
    assert ("Nothing" in page) == (template is None)
    if template:
        assert template in page
    with tenant(live.organization):
        (event,) = with_outlook(live, review.waiting(live))
    asked = browser.post(address(live), {"act": "choose", "event": event.uid}, follow=True).content.decode()
    assert ("Send 1 request" in asked) == (template is not None), "what is fixed can be sent"


def address(live: Connection) -> str:
    return reverse("events:review", args=[live.organization.slug, "smartrecruiters"])


def shown(browser: Client, live: Connection) -> str:
    return html.unescape(browser.get(address(live)).content.decode())


def test_each_reason_says_when_it_was_found(live: Connection, client: Client) -> None:
    waiting(live, "no.tag_empty", FIELD)
    page = shown(signed_in(client, make_member(live.organization, Role.RECRUITER)), live)
    assert f'Found <time datetime="{FOUND.isoformat(timespec="seconds")[:16]}' in page.replace("+00:00", "") or (
        datetime_text(FOUND, short=True).split(",")[0] in page.partition("Found")[2]
    )


def test_a_template_that_was_renamed_or_deleted_since_is_judged_again(live: Connection, client: Client) -> None:
    template = make_template(live.organization, name="Engineering", ats_tag="eng")
    waiting(live, template=template)
    browser = signed_in(client, member := make_member(live.organization, Role.ADMIN))
    assert "Engineering" in shown(browser, live)
    with tenant(live.organization):
        RequestTemplate.objects.update(name="Engineers")
    assert "Engineers" in shown(browser, live)
    with tenant(live.organization):
        delete_template(template=RequestTemplate.objects.get(), actor=member)
    assert "The template Engineering was deleted." in shown(browser, live)
    with tenant(live.organization):
        restore_template(template=RequestTemplate.objects.get(), actor=member)
    assert "was deleted" not in shown(browser, live)


def test_while_it_looks_again_the_page_does_not_say_that_nobody_waits(live: Connection, client: Client) -> None:
    waiting(live, "no.tag_empty", FIELD)
    browser = signed_in(client, make_member(live.organization, Role.RECRUITER))
    assert "Nobody is waiting" not in shown(browser, live)
    with tenant(live.organization):
        ConnectionJob.objects.create(
            organization=live.organization, connection=live, kind=ConnectionJobKind.SCAN_STEP,
            available_at=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        review.refresh(live)
        ConnectionJob.objects.update(available_at=clock.now() + timedelta(hours=1))
    page = shown(browser, live)
    assert "We're checking 1 candidate again." in page
    assert "Nobody is waiting" not in page
    with tenant(live.organization):
        ConnectionJob.objects.update(available_at=clock.now())
        InboundEvent.objects.update(outcome="no.set_aside", state="done")
    page = shown(browser, live)
    assert "We're looking up who is at the step." in page
    assert "Nobody is waiting" not in page
    with tenant(live.organization):
        ConnectionJob.objects.update(available_at=clock.now() + timedelta(hours=1))
    assert "Nobody is waiting" in shown(browser, live)
