"""The story of a recruiter without an account: from "Not sent" to the request that went out."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from connectors.models import Connection, DirectoryUser
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy import passes
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.audit import audited
from tests.background import visit
from tests.factories import make_member, make_user, signed_in
from tests.requests_app.pages import heading, links, text
from tests.vendor import Vendor
from tests.webhooks.log.test_actions import template_of, url
from tests.webhooks.log.test_owner_notices import JONAS, MAYA, emails
from tests.webhooks.moves import event_of, first_moved, move_and_decide, requests_of
from webhooks.log import owner_notices
from webhooks.models import InboundEvent, Notice


def identified(live: Connection, target: str, email: str) -> Client:
    """A browser that opened the target by code."""
    browser = Client()
    page = links(browser.get(target, follow=True))["Get a code by email"]
    browser.post(page, {"email": email})
    with tenant(live.organization):
        message = Message.objects.filter(kind="owner_code").latest("pk")
    code = re.findall(r"\b\d{6}\b", message.text)[0]
    assert message.to_email == email
    assert browser.post(page, {"email": email, "code": code})["Location"] == target
    return browser


def test_an_owner_gets_from_not_sent_to_a_sent_request(vendor: Vendor, live: Connection) -> None:
    event, template = first_moved(live, vendor, *JONAS), template_of(live)
    (email,) = emails(live)
    targets = list(re.findall(r"https?://[^/\s]+(/o/\S+)", email.text))
    assert len(targets) == 3
    browser = identified(live, url(event, "detail"), email.to_email)
    for target in targets:
        assert visit(browser, target).status_code == 200, target
    shown = visit(browser, url(event, "send_with"), {"template": str(template.uid)})
    assert "Jonas Lind" in text(shown)
    browser.post(url(event, "send_with"), {"template": template.uid})
    work_item.drain(InboundEvent)
    (reference_request,) = requests_of(live)
    assert reference_request.owner_email == email.to_email
    page = browser.get(url(event, "detail"))
    assert f"{reference_request.owner_name} (by email code) sent it manually" in text(page)
    opened = browser.get(links(page)["View request"])
    assert heading(opened) == "Jonas Lind"
    said = audited(live.organization, action="event.sent_by_hand")
    name = reference_request.owner_name
    assert said == [f"{name} (by email code) sent the request for Jonas Lind manually with the template Engineering"]


def test_the_owner_turns_off_emails_about_the_job(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    browser = identified(live, url(event, "quiet"), email.to_email)
    assert browser.post(url(event, "quiet")).status_code == 302
    with tenant(live.organization):
        assert owner_notices.is_muted(event)


def test_no_page_of_the_event_has_a_link_to_a_members_page(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    browser = identified(live, url(event, "detail"), email.to_email)
    for name in ("detail", "send_with", "quiet"):
        for target in links(visit(browser, url(event, name))).values():
            answer = browser.get(target, follow=True) if target.startswith("/o/") else None
            assert answer is None or (answer.status_code == 200 and heading(answer) != "Sign in"), (name, target)


def test_other_events_and_actions_of_members_stay_closed(vendor: Vendor, live: Connection) -> None:
    mine, other = first_moved(live, vendor, *JONAS), move_and_decide(live, vendor, *MAYA)
    (email,) = emails(live)
    browser = identified(live, url(mine, "detail"), email.to_email)
    assert browser.get(url(other, "detail")).status_code == 404
    assert browser.post(url(other, "try_again")).status_code == 404
    for name in ("turn_on", "resume", "restore"):
        assert browser.post(url(mine, name))["Location"].startswith("/accounts/login/"), name
    listed = reverse("events:list", args=[live.organization.slug, "smartrecruiters"])
    assert browser.get(listed)["Location"].startswith("/accounts/login/")


def test_the_event_opens_only_for_the_address_that_got_its_latest_email(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    browser = identified(live, url(event, "detail"), email.to_email)
    with tenant(live.organization):
        Notice.objects.update(to_email="someone.else@acme.example")
    assert browser.get(url(event, "detail")).status_code == 404
    assert browser.post(url(event, "send_with"), {"template": template_of(live).uid}).status_code == 404
    assert requests_of(live) == []


def test_a_request_that_belongs_to_someone_else_is_not_linked(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    browser = identified(live, url(event, "detail"), email.to_email)
    browser.post(url(event, "send_with"), {"template": template_of(live).uid})
    work_item.drain(InboundEvent)
    assert "View request" in links(browser.get(url(event, "detail")))
    with tenant(live.organization):
        ReferenceRequest.objects.update(owner_email="someone.else@acme.example")
    assert "View request" not in links(browser.get(url(event, "detail")))
    assert event_of(live, event.event_id).reference_request_uid


def test_a_viewer_acts_on_the_event_they_were_emailed_about(vendor: Vendor, live: Connection) -> None:
    event = first_moved(live, vendor, *JONAS)
    (email,) = emails(live)
    viewer = signed_in(Client(), make_member(live.organization, Role.VIEWER, make_user(email.to_email)))
    assert "Send with template…" in text(viewer.get(url(event, "detail")))
    bystander = signed_in(Client(), make_member(live.organization, Role.VIEWER))
    assert bystander.get(url(event, "detail")).status_code == 403


def test_a_pass_names_nobody(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        user = DirectoryUser.objects.filter(active=True)[0]
        key = passes.holder_key(live.organization, user.email)
    assert user.email not in str(key)
    assert key == passes.holder_key(live.organization, user.email.upper())
