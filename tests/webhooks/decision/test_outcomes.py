"""Each outcome of the closed list has a sentence, a fix, and something in the ATS that produces it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.connection import connect
from connectors.models import Connection, Subscription
from connectors.setup import checks
from crosschq.core import clock
from crosschq.core.models import Circuit
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, RequestState
from requests_app.start.start import CandidateInfo
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from tests.factories import signed_in
from tests.requests_app.factories import sent_request
from tests.vendor import Vendor
from tests.webhooks.deliveries import BODY, make_endpoint, signed
from tests.webhooks.moves import deliver_event, event_of, ids_of, move_and_decide
from webhooks.decision.outcomes import OUTCOMES, Family
from webhooks.explain.answer import Explanation
from webhooks.explain.explain import ask
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.log import actions, review
from webhooks.models import InboundEvent, RefusedDeliveries

MAYA = ("Maya Osei", "Backend Engineer")
Make = Callable[[Vendor, Connection, User], InboundEvent]
MAKERS: dict[str, Make] = {}


def makes(slug: str) -> Callable[[Make], Make]:
    def note(make: Make) -> Make:
        MAKERS[slug] = make
        return make

    return note


def again(live: Connection, event: InboundEvent) -> InboundEvent:
    """The event, after all pending work was done."""
    work_item.drain(InboundEvent)
    return event_of(live, event.event_id)


def late(live: Connection) -> None:
    with tenant(live.organization):
        InboundEvent.objects.update(available_at=clock.now() - timedelta(days=1))
    Circuit.objects.update(open_until=None)


@makes("sent.matched")
def matched(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return move_and_decide(live, vendor, *MAYA)


@makes("sent.manual")
def manual(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    event = tag_empty(vendor, live, admin)
    with tenant(live.organization):
        actions.send_with(event, template=RequestTemplate.objects.get(), actor=admin)
    return again(live, event)


@makes("no.switch_off")
def switch_off(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    return move_and_decide(live, vendor, *MAYA)


@makes("no.paused")
def paused(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        Connection.objects.update(paused_at=clock.now())
    return move_and_decide(live, vendor, *MAYA)


@makes("no.other_step")
def other_step(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return move_and_decide(live, vendor, *MAYA, step="On-site interview")


@makes("no.moved_on")
def moved_on(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.move(*MAYA)
    return move_and_decide(live, vendor, *MAYA, step="On-site interview")


@makes("no.step_renamed")
def step_renamed(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    checks.read(live)
    vendor.tell("step", process="Standard", status="INTERVIEW", name="Crosschq", remove=True)
    vendor.tell("step", process="Standard", status="INTERVIEW", name="References")
    return move_and_decide(live, vendor, *MAYA, step="References")


@makes("no.other_event")
def other_event(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return deliver_event(live, b'{"id": "c"}', event_name="candidate.deleted")


@makes("no.duplicate")
def duplicate(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    body = ids_of(vendor, *MAYA)
    for event_id in (vendor.move(*MAYA), "again"):
        store(connection=live, event_id=event_id, event_name="application.status.updated", body=body)
    work_item.drain(InboundEvent)
    return event_of(live, "again")


@makes("no.stood_there")
def stood_there(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.move(*MAYA)
    with tenant(live.organization):
        Connection.objects.update(requests_on_since=clock.now() + timedelta(minutes=1))
    ids = vendor.candidate_id(MAYA[0]), vendor.job(MAYA[1])
    store(connection=live, event_id="step:found", event_name=STEP_SCAN_EVENT, ids=ids)
    work_item.drain(InboundEvent)
    return event_of(live, "step:found")


@makes("no.set_aside")
def set_aside(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    event = old(vendor, live, admin)
    with tenant(live.organization):
        review.set_aside(live, chosen=[event.uid], actor=admin)
    return event_of(live, event.event_id)


@makes("sent.default")
def by_default(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        Connection.objects.update(default_template=RequestTemplate.objects.get().uid)
    return tag_empty(vendor, live, admin)


@makes("no.tag_empty")
def tag_empty(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")


@makes("no.field_missing")
def field_missing(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        Connection.objects.update(field_name="Reference tag", field_id="")
    return move_and_decide(live, vendor, *MAYA)


@makes("no.field_inactive")
def field_inactive(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("job-field", label="Crosschq tag", active=False)
    return move_and_decide(live, vendor, *MAYA)


@makes("no.field_category")
def field_category(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("job-field", label="Crosschq tag", category="organization")
    return tag_empty(vendor, live, admin)


@makes("no.field_unseen")
def field_unseen(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        Connection.objects.update(field_id="")
    vendor.tell("faults", route="GET /configuration/job-properties", kind="status", status=403)
    return tag_empty(vendor, live, admin)


@makes("no.tag_unknown")
def tag_unknown(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="Enginering")
    return move_and_decide(live, vendor, *MAYA)


@makes("no.template_deleted")
def template_deleted(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with tenant(live.organization):
        delete_template(template=RequestTemplate.objects.get(), actor=admin)
    return move_and_decide(live, vendor, *MAYA)


@makes("no.no_address")
def no_address(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return move_and_decide(live, vendor, "Tomasz Nowak", "Backend Engineer")


def unreachable(live: Connection, vendor: Vendor, reason: SuppressionReason) -> InboundEvent:
    address = vendor.candidate(MAYA[0])["email"]
    with tenant(live.organization):
        suppress(organization=live.organization, channel=Channel.EMAIL, address=address, reason=reason)
    return move_and_decide(live, vendor, *MAYA)


@makes("no.opted_out")
def opted_out(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return unreachable(live, vendor, SuppressionReason.COMPLAINED)


@makes("no.erased")
def erased(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    event = unreachable(live, vendor, SuppressionReason.ERASED)
    assert event.candidate_name == ""
    return event


@makes("fail.bounced")
def bounced(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return unreachable(live, vendor, SuppressionReason.BOUNCED)


@makes("no.already_open")
def already_open(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    move_and_decide(live, vendor, *MAYA)
    return move_and_decide(live, vendor, *MAYA)


@makes("no.already_done")
def already_done(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    move_and_decide(live, vendor, *MAYA)
    with tenant(live.organization):
        ReferenceRequest.objects.update(state=RequestState.READY, finished_at=clock.now())
    return move_and_decide(live, vendor, *MAYA)


@makes("no.open_without_ats")
def open_without_ats(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    sent_request(live.organization, candidate=CandidateInfo("M.", "Osei", "Maya.Osei@example.com"))
    return move_and_decide(live, vendor, *MAYA)


@makes("hold.sign_in")
def sign_in(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("revoke")
    with tenant(live.organization):
        Connection.objects.update(token_stored_at="2000-01-01T00:00Z")
    return move_and_decide(live, vendor, *MAYA)


@makes("hold.old")
def old(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    event_id = vendor.move(*MAYA)
    return deliver_event(live, ids_of(vendor, *MAYA), event_id=event_id, happened_at=clock.now() - timedelta(hours=49))


@makes("hold.too_many")
def too_many(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    move_and_decide(live, vendor, *MAYA)
    return move_and_decide(live, vendor, "Li Wei", "Site Reliability Engineer")


@makes("hold.busy")
def busy(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=503, times=50)
    return move_and_decide(live, vendor, *MAYA)


@makes("fail.permission")
def permission(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    vendor.tell("faults", route="GET /jobs/{jobId}", kind="status", status=403)
    return move_and_decide(live, vendor, *MAYA)


@makes("fail.gone")
def gone(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    old_enough = clock.now() - timedelta(minutes=2)
    return deliver_event(live, b'{"job_id": "nowhere", "candidate_id": "nobody"}', happened_at=old_enough)


@makes("fail.malformed")
def malformed(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    return deliver_event(live, b"not json")


@makes("fail.gave_up")
def gave_up(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    event = busy(vendor, live, admin)
    for _ in InboundEvent.retry_delays:
        late(live)
        event = again(live, event)
    return event


@makes("fail.bug")
def bug(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webhooks.decision.decide.start_request", None)
        return move_and_decide(live, vendor, *MAYA)


@makes("fail.signature")
def signature(vendor: Vendor, live: Connection, admin: User) -> InboundEvent:
    """Only the count of such deliveries is kept; the log shows it above the events."""
    with tenant(live.organization):
        Subscription.objects.all().delete()
    endpoint = make_endpoint(live, path="forged")
    assert endpoint.deliver(BODY, headers=signed(BODY, key="another")).status_code == 401
    with tenant(live.organization):
        refused = RefusedDeliveries.objects.get()
    return InboundEvent(outcome="fail.signature", values={"count": str(refused.count)})


# Only Explain gives these; no event ends with them.
def not_applied(vendor: Vendor, live: Connection) -> Explanation | None:
    return ask(live, "", chosen=(vendor.candidate_id(MAYA[0]), vendor.job("Sales Lead"))).explanation


EXPLAINED = {"no.not_applied": not_applied}


def test_every_outcome_has_a_test_that_produces_it() -> None:
    assert set(OUTCOMES) - set(MAKERS) - set(EXPLAINED) == set(), "write a function with @makes for it"
    assert {*MAKERS, *EXPLAINED} - set(OUTCOMES) == set()


@pytest.mark.parametrize("slug", EXPLAINED)
def test_outcomes_that_only_explain_gives_have_a_sentence_and_a_fix(
    slug: str, vendor: Vendor, live: Connection
) -> None:
    explanation = EXPLAINED[slug](vendor, live)
    assert explanation
    assert explanation.outcome == slug
    for text in (explanation.sentence, explanation.fix):
        assert text
        assert "%(" not in text


@pytest.mark.parametrize("slug", MAKERS)
def test_an_outcome_says_why_and_offers_a_fix(
    slug: str, vendor: Vendor, live: Connection, admin: User, client: Client, settings: Settings
) -> None:
    settings.BURST_LIMIT = 1 if slug == "hold.too_many" else 50
    event = MAKERS[slug](vendor, live, admin)
    outcome = OUTCOMES[slug]
    assert event.outcome == slug, event.sentence
    assert event.sentence
    assert "%(" not in event.sentence
    if slug == "fail.signature":
        return
    assert event.attempt_log[-1]["sentence"] == event.sentence
    page = signed_in(client, admin).get(
        reverse("events:detail", args=[live.organization.slug, "smartrecruiters", event.uid])
    )
    text = page.content.decode()
    assert text.count(event.sentence.replace("'", "&#x27;")) >= 2, "as what came of it, and as an attempt"
    if outcome.hidden:
        return
    assert outcome.family == Family.SENT or outcome.fix
    assert outcome.actions
    assert set(page.context["actions"]) == set(outcome.actions)


def test_the_outcomes_without_a_notice_are_listed() -> None:
    silent = {slug for slug, outcome in OUTCOMES.items() if not outcome.notifies_owner and not outcome.hidden}
    assert silent == {"no.stood_there", "no.set_aside", "no.erased", "fail.malformed", "fail.signature"}
