"""After every action on people, no column of the audit log contains what any other table says about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps

from connectors.connection import settings as connection_settings
from crosschq.accounts.branding.brand import change_profile, profile_of
from crosschq.accounts.members import invitations, roles
from crosschq.core import clock
from crosschq.messaging.sending.cap_refusals import note
from crosschq.messaging.sending.caps import CAPS, CapReached
from crosschq.privacy import holdings
from crosschq.tenancy.models import AuditEntry, Invitation, Membership, Role
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect, Removal
from prospects.opt_in import removal
from requests_app.models import Reader, ReaderRole, ReferenceRequest
from requests_app.report import readership
from requests_app.report.sharing import share as sharing
from requests_app.report.sharing.ask import ask
from requests_app.start.test_request import erase_test_request
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import create_template, delete_template, edit_template, restore_template
from templates_app.request_templates.template_input import as_input
from tests.architecture.world import World, make_world
from tests.templates_app.factories import template_input
from webhooks.explain import explain
from webhooks.log import actions, owner_notices
from webhooks.models import InboundEvent

pytestmark = pytest.mark.django_db
PERSON, ADDRESS = "Zorblax Quimbley", "zorblax.quimbley@canary.example"
INVITED = "quimbley.invited@canary.example"


def held_about_people() -> set[str]:
    """Every text of every column with personal data, in the organization whose scope is open."""
    found = set()
    for column in holdings.columns():
        if (
            column.of
            and column.name != "relationship"
            # Parts of the texts beside them, and some are in any address.
            and not column.name.endswith(("mailbox", "word"))
            and not column.model.startswith(("usersessions", "sessions", "mfa"))
        ):
            for value in apps.get_model(column.model)._base_manager.values_list(column.name, flat=True):
                found.add(value if isinstance(value, str) else json.dumps(value, default=str))
    return {text for text in found if len(text) > 4}


def in_audit_log() -> str:
    return json.dumps(list(AuditEntry.objects.values("action", "before", "after")), ensure_ascii=False)


@pytest.fixture
def world() -> World:
    """One of everything, with a canary for each person's name and address."""
    world = make_world()
    with tenant(world.organization):
        outcome = {"outcome": "no.stood_there", "state": "done", "candidate_name": PERSON, "candidate_id": "cand-77"}
        InboundEvent.objects.update(**outcome, chosen_email=ADDRESS)
        ReferenceRequest.objects.update(
            candidate_first_name="Zorblax", candidate_last_name="Quimbley", candidate_email=ADDRESS
        )
        Prospect.objects.filter(removed_at=None).update(first_name="Zorblax", last_name="Quimbley", email=ADDRESS)
    return world


def acts_on_candidates(world: World) -> dict[str, Callable[[], object]]:
    connection, actor = world.connection, world.members[Role.OWNER]

    def event() -> InboundEvent:
        InboundEvent.objects.update(state="done", outcome="no.stood_there")
        found: InboundEvent = InboundEvent.objects.get(uid=world.named["event"])
        return found

    def reader() -> Reader:
        values = {"name": PERSON, "email": ADDRESS, "email_key": ADDRESS, "role": "hiring_manager"}
        found: Reader = Reader.objects.create(
            organization=world.organization, reference_request=world.job.reread(), **values
        )
        return found

    def template() -> RequestTemplate:
        return RequestTemplate.objects.get(uid=world.named["template"])

    return {
        "event.sent_late": lambda: actions.try_again(event(), actor=actor),
        "event.sent_by_hand": lambda: actions.send_with(event(), template=template(), actor=actor),
        "event.sent_to_address": lambda: actions.send_to(event(), email=ADDRESS, actor=actor),
        "event.sent_another": lambda: actions.send_another(event(), actor=actor),
        "event.sent_after_switch": lambda: actions.turn_on_and_send(event(), actor=actor),
        "event.sent_after_pause": lambda: actions.resume_and_send(event(), actor=actor),
        "event.ask": lambda: explain.send(connection, "cand-77", "job-1", actor=actor, event_id="asked"),
        "events.quiet_job": lambda: owner_notices.mute_job(event(), actor=actor),
        "events.speak_of_job": lambda: owner_notices.unmute_job(event(), actor=actor),
        **_acts_on_sharing(world),
        "report.view": lambda: readership.record_reader(world.job.reread(), reader(), 1),
        "test_request.erase": lambda: erase_test_request(
            ReferenceRequest.objects.get(uid=world.named["test request"]), actor=actor
        ),
        "prospect.remove": lambda: removal.remove(
            Prospect.objects.get(uid=world.named["prospect"]), why=Removal.ERASED, actor=actor
        ),
        "prospect.deleted_there": lambda: removal.mark_deleted(
            Prospect.objects.get(uid=world.named["former prospect"]), actor=actor
        ),
    }


def _acts_on_sharing(world: World) -> dict[str, Callable[[], object]]:
    job, actor = world.job.reread(), world.members[Role.OWNER]

    def reader() -> UUID:
        found: Reader = Reader.objects.get(reference_request=job, role=ReaderRole.SHARED)
        return found.uid

    def decline() -> None:
        ask(job, email=INVITED, name=PERSON, reason=PERSON)
        sharing.decline(job, reader(), actor=actor)

    until = clock.now() + timedelta(days=1)
    return {
        "report.share": lambda: sharing.share(job, email=INVITED, name=PERSON, until=until, text=PERSON, actor=actor),
        "report.stop_sharing": lambda: sharing.stop(job, reader(), actor=actor),
        "report.decline_access": decline,
    }


def acts_on_staff(world: World) -> dict[str, Callable[[], object]]:
    whose: dict[str, Any] = {"organization": world.organization, "actor": world.members[Role.OWNER]}

    def member(role: Role) -> UUID:
        found: Membership = Membership.objects.get(organization=world.organization, user=world.members[role])
        return found.uid

    def invited() -> UUID:
        found: Invitation = Invitation.objects.get(email=ADDRESS)
        return found.uid

    return {
        "invitation.send": lambda: invitations.invite(**whose, emails=[ADDRESS], role=Role.VIEWER),
        "invitation.cancel": lambda: invitations.cancel(**whose, uid=invited()),
        "member.role": lambda: roles.change_role(**whose, uid=member(Role.VIEWER), role=Role.RECRUITER),
        "member.remove": lambda: roles.remove_member(**whose, uid=member(Role.ADMIN)),
        "email.refuse": lambda: note(
            world.organization, None, CapReached(CAPS["references"], "address", 6, clock.now())
        ),
    }


def acts_on_settings(world: World) -> dict[str, Callable[[], object]]:
    organization, connection, actor = world.organization, world.connection, world.members[Role.OWNER]
    manager: dict[str, Any] = {"hiring_manager_name": PERSON, "hiring_manager_email": ADDRESS}

    def template() -> RequestTemplate:
        return RequestTemplate.objects.get(uid=world.named["template"])

    def change_settings() -> None:
        old = connection_settings.settings_of(connection)
        wanted = replace(old, fallback_owner_name=PERSON, fallback_owner_email=ADDRESS)
        connection_settings.change_settings(connection=connection, new=wanted, actor=actor)

    def change_template() -> None:
        changed = replace(as_input(template().current), **manager)
        edit_template(template=template(), actor=actor, template_input=changed)

    return {
        "connector.settings": change_settings,
        "organization.change": lambda: change_profile(
            organization=organization, actor=actor, profile=replace(profile_of(organization), reply_to=ADDRESS)
        ),
        "template.create": lambda: create_template(
            organization=organization, actor=actor, template_input=template_input(**manager)
        ),
        "template.edit": change_template,
        "template.delete": lambda: delete_template(template=template(), actor=actor),
        "template.restore": lambda: restore_template(template=template(), actor=actor),
    }


def test_no_action_on_people_leaves_their_names_or_addresses_in_the_audit_log(world: World) -> None:
    acts = acts_on_candidates(world) | acts_on_staff(world) | acts_on_settings(world)
    with tenant(world.organization):
        about_people = held_about_people()
        for action, act in acts.items():
            act()
            about_people |= held_about_people()
            assert AuditEntry.objects.filter(action=action).exists(), f"{action} wrote no entry"
            log = in_audit_log()
            assert [text for text in about_people if text in log] == [], action
            assert not {"Zorblax", "Quimbley", "canary", "cand-77"} & set(log.replace('"', " ").split())
            assert "@" not in log
