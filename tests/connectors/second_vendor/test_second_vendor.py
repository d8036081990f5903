"""A second ATS works with the whole product and needs no change outside its folder. See CONTRIBUTING, "Add an ATS"."""

from __future__ import annotations

import html
import json
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from connectors import registry
from connectors.connection import connect
from connectors.models import Connection, ConnectionState, Writeback
from connectors.note_writer import post_report_link
from crosschq.core.outbox import work_item
from crosschq.core.text import ats_name
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.connectors.second_vendor.adapter import TalentDesk
from tests.connectors.second_vendor.site import CANDIDATE, JOB, RECRUITER, STEP, sign
from tests.factories import make_member, make_organization, signed_in
from tests.templates_app.factories import make_template
from webhooks.models import InboundEvent

REPORT_URL = "https://crosschq.example/reports/1/"


@pytest.fixture
def talentdesk(monkeypatch: pytest.MonkeyPatch) -> TalentDesk:
    vendor = TalentDesk()
    monkeypatch.setitem(registry.VENDORS, vendor.key, vendor)
    monkeypatch.setitem(ats_name._names, vendor.key, vendor.product)
    return vendor


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_member(make_organization(), Role.OWNER)


@pytest.fixture
def connection(talentdesk: TalentDesk, admin: User) -> Connection:
    """A connection made through the consent page, with requests turned on and a template for the job's tag."""
    organization = admin.memberships.get().organization
    vendor = talentdesk.key
    with tenant(organization):
        url = connect.begin(organization=organization, user=admin, vendor=vendor, session_key="browser")
    state = parse_qs(urlsplit(url).query)["state"][0]
    connect.redeem_state(state=state, user=admin, vendor=vendor, session_key="browser")
    made = connect.complete(organization=organization, user=admin, vendor=vendor, code="code")
    make_template(organization, name="Engineering", ats_tag="eng")
    with tenant(organization):
        connect.switch_requests(connection=made, on=True, actor=admin)
        made.refresh_from_db()
    return made


def test_a_state_of_one_vendor_is_refused_at_the_callback_of_another(talentdesk: TalentDesk, admin: User) -> None:
    """RFC 9700, section 4.4: otherwise one vendor could have its code exchanged at another."""
    organization = admin.memberships.get().organization
    with tenant(organization):
        url = connect.begin(organization=organization, user=admin, vendor=talentdesk.key, session_key="browser")
    state = parse_qs(urlsplit(url).query)["state"][0]
    with pytest.raises(connect.ConnectRefused):
        connect.redeem_state(state=state, user=admin, vendor="smartrecruiters", session_key="browser")
    assert connect.redeem_state(state=state, user=admin, vendor=talentdesk.key, session_key="browser") == organization


def test_connecting_activates_a_webhook(talentdesk: TalentDesk, connection: Connection) -> None:
    assert (connection.state, connection.problem, connection.ats_name) == (ConnectionState.CONNECTED, "", "TalentDesk")
    assert [webhook.active for webhook in talentdesk.site.webhooks.values()] == [True]


def test_a_signed_delivery_starts_a_request(talentdesk: TalentDesk, connection: Connection, client: Client) -> None:
    (webhook,) = talentdesk.site.webhooks.values()
    talentdesk.site.step = STEP
    body = json.dumps({"candidate": CANDIDATE.id, "job": JOB.id}).encode()
    headers = {"X-TalentDesk-Event": "e-1", "X-TalentDesk-Signature": sign(body, talentdesk.site.keys[webhook.id])}
    path = urlsplit(webhook.url).path
    assert client.post(path, body, content_type="application/json").status_code == 401
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 202
    work_item.drain(InboundEvent)
    with tenant(connection.organization):
        event, reference_request = InboundEvent.objects.get(), ReferenceRequest.objects.get()
    assert event.outcome == "sent.matched"
    assert (reference_request.position, reference_request.candidate_email) == (JOB.title, CANDIDATE.email)
    assert reference_request.owner_email == RECRUITER.email


def test_a_note_is_written(talentdesk: TalentDesk, connection: Connection) -> None:
    with tenant(connection.organization):
        post_report_link(
            connection=connection,
            candidate_id=CANDIDATE.id,
            url=REPORT_URL,
            sentence="Report ready",
            about_kind="request",
            about_uid=uuid.uuid4(),
        )
    work_item.drain(Writeback)
    assert talentdesk.site.notes == [(CANDIDATE.id, f"Report ready\n{REPORT_URL}")]


def test_the_permissions_page_lists_the_vendors_permissions(
    talentdesk: TalentDesk, connection: Connection, admin: User, client: Client
) -> None:
    url = reverse("connectors:access", args=[connection.organization.slug, talentdesk.key])
    text = html.unescape(signed_in(client, admin).get(url).content.decode())
    assert "Read candidates" in text
    assert "TalentDesk doesn't" not in text
