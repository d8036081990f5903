"""The fixes that Explain offers work: it looks beyond the first reason and names close matches."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from connectors.connection import connect
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import AuditEntry, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, RequestState
from requests_app.start.start import CandidateInfo
from tests.background import press
from tests.factories import signed_in
from tests.requests_app.factories import sent_request
from tests.vendor import Vendor
from tests.webhooks.explain.test_explain import link_of, posted, url
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, move_and_decide, requests_of
from tests.webhooks.scene import JONAS, MAYA, TOMASZ, Scene, job_field
from webhooks.decision.evaluation import readable_status
from webhooks.decision.outcomes import OUTCOMES
from webhooks.explain.answer import Explanation
from webhooks.explain.explain import ask
from webhooks.explain.text import FIXES
from webhooks.models import InboundEvent


@pytest.fixture
def browser(live: Connection, admin: User, client: Client) -> Client:
    return signed_in(client, admin)


def explained(live: Connection, vendor: Vendor, who: tuple[str, str]) -> Explanation:
    found = ask(live, link_of(vendor, *who)).explanation
    assert found
    return found


def stood_there(live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(requests_on_since=clock.now() + timedelta(minutes=5))
        live.refresh_from_db()


@pytest.mark.parametrize(
    ("who", "missing", "fix"),
    [
        (JONAS, "The job “Sales Lead” has an empty Crosschq tag.", "Enter a template's ATS tag in the job's field"),
        (TOMASZ, "Tomasz Nowak has no valid email address", "Add one in SmartRecruiters, then ask again."),
    ],
)
def test_explain_offers_a_request_only_if_one_would_be_sent(
    vendor: Vendor, live: Connection, browser: Client, who: tuple[str, str], missing: str, fix: str
) -> None:
    for each in (who, MAYA):
        vendor.move(*each)
    stood_there(live)
    found = explained(live, vendor, who)
    assert (found.outcome, found.may_send) == ("no.stood_there", False)
    assert "Something else is missing, too." in found.sentence
    assert missing in found.sentence
    assert fix in found.fix
    assert [check["result"] for check in found.checks].count("stop") == 2
    assert "Send request</button>" not in posted(browser, live, text=who[0])
    assert explained(live, vendor, MAYA).may_send
    assert "Send request</button>" in posted(browser, live, text=MAYA[0])


def test_an_old_held_move_is_checked_completely_and_can_be_sent(
    vendor: Vendor, live: Connection, admin: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="emg")
    vendor.move(*MAYA)
    later = clock.now() + timedelta(hours=49)
    with monkeypatch.context() as patch:
        patch.setattr("webhooks.decision.evaluation.clock.now", lambda: later)
        patch.setattr("connectors.calls.gateway.EARLY", timedelta(hours=-100))
        held = deliver_event(live, ids_of(vendor, *MAYA), event_id="old", happened_at=later - timedelta(hours=49))
        work_item.drain(InboundEvent)
        held = event_of(live, held.event_id)
        assert (held.outcome, held.state) == ("hold.old", WorkState.HELD)
        found = explained(live, vendor, MAYA)
        assert (found.outcome, found.may_send) == ("hold.old", False)
        assert "No template has the tag “emg”. Closest: “eng”." in found.sentence
        vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="eng")
        assert explained(live, vendor, MAYA).may_send, "the held event waits for just this click"


def test_an_existing_report_offers_another_request_if_the_log_does(
    vendor: Vendor, live: Connection, browser: Client
) -> None:
    move_and_decide(live, vendor, *MAYA)
    with tenant(live.organization):
        ReferenceRequest.objects.update(state=RequestState.READY, finished_at=clock.now())
    found = explained(live, vendor, MAYA)
    assert (found.outcome, found.repeat_event_uid) == ("no.already_done", None)
    assert "move the candidate to “Crosschq” again. The event log will then offer it" in found.fix
    assert "or send another" not in found.fix
    event = move_and_decide(live, vendor, *MAYA)
    text = posted(browser, live, text=MAYA[0])
    assert "Open the request to read its report, or send another one." in text
    another = reverse("events:send_another", args=[live.organization.slug, "smartrecruiters", event.uid])
    assert f'href="{another}">Send another…' in text
    assert "Send another" in browser.get(another).content.decode()


def test_explain_names_a_request_that_was_sent_without_the_ats(vendor: Vendor, live: Connection) -> None:
    vendor.move(*MAYA)
    sent_request(live.organization, candidate=CandidateInfo("M.", "Osei", "maya.osei@example.com"))
    found = explained(live, vendor, MAYA)
    assert (found.outcome, found.words) == ("no.open_without_ats", "Request sent earlier")
    assert found.fix == "Open that request. To replace it, cancel it there, then ask again."


@pytest.mark.parametrize("text", ["Jonas Lind", "link"])
def test_after_disconnecting_explain_still_shows_the_log(
    vendor: Vendor, live: Connection, admin: User, browser: Client, text: str
) -> None:
    move_and_decide(live, vendor, *JONAS)
    connect.disconnect(connection=live, actor=admin)
    with tenant(live.organization):
        live.refresh_from_db()
    answer = ask(live, link_of(vendor, *JONAS) if text == "link" else text)
    assert answer.sentence == "SmartRecruiters is disconnected."
    assert answer.fix == "Connect it on the connection page, then ask again."
    assert [event.outcome for event in answer.events] == ["no.tag_empty"]
    shown = posted(browser, live, text=text)
    assert "needs a new sign-in" not in shown
    assert reverse("connectors:manage", args=[live.organization.slug, "smartrecruiters"]) in shown


def test_a_renamed_field_is_named_by_the_log_explain_and_the_checklist(scene: Scene) -> None:
    job_field(rename="Crosschq tags")(scene)
    scene.press("connectors:check")
    event = scene.move(MAYA)
    assert event.outcome == "no.field_missing"
    assert event.sentence.endswith("SmartRecruiters has “Crosschq tags”, which is close.")
    assert "“Crosschq tags”" in scene.read("events:detail", event.uid)
    assert "“Crosschq tags”" in scene.explain(MAYA).sentence
    assert "“Crosschq tags”" in " ".join(scene.item("field").evidence), "what the log learned is kept there"


def test_unknown_ids_store_nothing(vendor: Vendor, live: Connection, browser: Client) -> None:
    real = {"candidate_id": vendor.candidate_id(MAYA[0]), "job_id": vendor.job(MAYA[1])}
    for odd in ({}, real | {"candidate_id": "nobody"}, real | {"job_id": vendor.job("Sales Lead")}):
        text = unescape(press(browser, url(live, "explain_send"), odd).content.decode())
        assert "This candidate isn't on this job in SmartRecruiters." in text
    vendor.tell("faults", route="*", kind="status", status=503, times=100)
    assert "Nothing was sent" in press(browser, url(live, "explain_send"), real).content.decode()
    assert events_of(live) == []
    assert requests_of(live) == []
    with tenant(live.organization):
        assert not AuditEntry.objects.filter(action="event.ask").exists()


def test_the_current_step_is_shown_in_readable_words(vendor: Vendor, live: Connection) -> None:
    event = move_and_decide(live, vendor, *MAYA, step="On-site interview")
    seen = "The candidate is at “On-site interview” (Interview); requests start at “Crosschq”"
    assert event.checks[-1]["detail"] == seen
    found = explained(live, vendor, ("Sam Keller", "Marketing Intern"))
    assert "INTERVIEW" not in str([found.sentence, *found.checks])
    for code, words in (("NEW", "New"), ("IN_REVIEW", "In Review")):
        assert readable_status(code) == words


# Explain never gives these: they are about one event, or end in an error that has its own sentence.
NOT_EXPLAINED = {
    *("fail.bug", "fail.gave_up", "fail.malformed", "fail.signature"),
    *("hold.too_many", "no.duplicate", "no.set_aside"),
}


@pytest.mark.parametrize("slug", sorted(set(OUTCOMES) - NOT_EXPLAINED))
def test_explain_names_no_button_that_only_an_event_has(slug: str) -> None:
    """If this fails, the outcome needs its own fix in webhooks/explain/text.py."""
    fix = str(FIXES.get(slug, OUTCOMES[slug].fix))
    assert not re.search("Try again|Send anyway|[Ss]end (this one|it|the request)", fix)
