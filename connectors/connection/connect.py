"""Connecting and disconnecting an ATS.

The order in complete() matters: tokens are stored first because a lost refresh token can't be recovered. The webhook
comes last because deliveries start when it is activated.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from connectors import ats, extensions, registry
from connectors.calls.gateway import open_ats, store_tokens
from connectors.company import directory
from connectors.connection import webhook_subscription
from connectors.models import Connection, ConnectionState, OAuthState
from connectors.progress import TaskProgress
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy import audit
from crosschq.tenancy.models import Membership, Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant

STATE_MINUTES = 10


class ConnectRefused(Exception):
    """Why we refused to connect, in a sentence for the admin. Nothing changed."""


@dataclass(frozen=True)
class _UnstoredTokens(ats.TokenSource):
    """Tokens before they are stored, used to look up their company and user."""

    tokens: ats.Tokens

    def current(self) -> str:
        return self.tokens.access

    def newer_than(self, refused: str) -> str | None:
        return None


def begin(*, organization: Organization, user: User, vendor: str, session_key: str) -> str:
    """Return the URL of the vendor's consent page. Raises ConnectRefused. Call inside `tenant()`."""
    _refuse_if_being_deleted(organization)
    state = secrets.token_urlsafe(24)
    OAuthState.objects.create(
        organization=organization,
        state_hash=hash_token(state),
        session_hash=hash_token(session_key),
        vendor=vendor,
        user=user,
        expires_at=clock.now() + timedelta(minutes=STATE_MINUTES),
    )
    return registry.vendor(vendor).authorize_url(state=state)


def redeem_state(*, state: str, user: User, vendor: str, session_key: str) -> Organization:
    """Use up a callback's state. Raises ConnectRefused if it is used or belongs to another browser or user."""
    with cross_tenant("a callback names its organization only by its state"):
        row = OAuthState.objects.select_related("organization").filter(
            state_hash=hash_token(state),
            session_hash=hash_token(session_key),
            user=user,
            vendor=vendor,
            expires_at__gt=clock.now(),
        )
        found = row.first()
        if found is None or not row.filter(used_at=None).update(used_at=clock.now()):
            raise ConnectRefused(
                _("This sign-in started in another browser or more than ten minutes ago. Start again here.")
            )
        member = Membership.objects.filter(user=user, organization=found.organization).first()
        if member is None or not member.may(Role.ADMIN):
            raise ConnectRefused(_("Only an admin can connect. Ask one of your organization's admins."))
        organization: Organization = found.organization
        return organization


def complete(*, organization: Organization, user: User, vendor: str, code: str) -> Connection:
    """Exchange the code and set up the connection. Raises ConnectRefused or AtsError.

    If only the setup fails, `connection.problem` says why, and `set_up` can run again.
    """
    connection = sign_in(organization=organization, user=user, vendor=vendor, code=code)
    set_up(connection)
    return connection


def sign_in(
    *, organization: Organization, user: User, vendor: str, code: str, on_stored: Callable[[], object] = lambda: None
) -> Connection:
    """Exchange the code and store the grant. Raises as `complete`. `on_stored` runs in the same transaction."""
    tokens = registry.vendor(vendor).exchange(code=code)
    granted = registry.vendor(vendor).open(_UnstoredTokens(tokens))
    company, me = granted.company(), granted.me()
    return _store(organization, user, vendor, tokens, company, me, on_stored)


def set_up(connection: Connection, *, progress: TaskProgress | None = None) -> None:
    """Read the users, subscribe to the webhook, and release held work. Can run again."""
    problem, progress = "", progress or TaskProgress()
    try:
        progress.step(_("Reading the users"))
        directory.read(connection, open_ats(connection))
        progress.step(_("Subscribing to candidate moves"))
        webhook_subscription.repair(connection, open_ats(connection))
    except ats.AtsError as error:
        problem = error.sentence
    with tenant(connection.organization):
        Connection.objects.filter(pk=connection.pk).update(problem=problem)
        connection.problem = problem
        if not problem:
            work_item.release(held_for=connection.sign_in_hold)


def finish_set_up(connection: Connection) -> None:
    """End the problem of a set-up that failed, now that later work has done all of it. Call outside `tenant()`."""
    with tenant(connection.organization):
        done = Connection.objects.filter(pk=connection.pk, state=ConnectionState.CONNECTED).exclude(problem="")
        if done.filter(directory_read_at__gte=F("connected_at")).update(problem=""):
            work_item.release(held_for=connection.sign_in_hold)


def _refuse_if_being_deleted(organization: Organization) -> None:
    if extensions.is_being_deleted(organization):
        raise ConnectRefused(
            _("%(organization)s is being deleted, so it can't be connected anymore.") % {"organization": organization}
        )


def _store(
    organization: Organization,
    user: User,
    vendor: str,
    tokens: ats.Tokens,
    company: ats.Company,
    me: ats.AtsUser,
    on_stored: Callable[[], object],
) -> Connection:
    try:
        with tenant(organization):
            _refuse_if_being_deleted(organization)
            Connection.objects.get_or_create(organization=organization, vendor=vendor)
            row: Connection = Connection.objects.select_for_update().get(vendor=vendor)
            if row.company_id and row.company_id != company.id:
                raise ConnectRefused(
                    _("This organization is linked to %(old)s, and you signed in to %(new)s. Sign in to %(old)s.")
                    % {"old": row.company_name, "new": company.name}
                )
            before = row.state
            row.state, row.problem = ConnectionState.CONNECTED, ""
            row.company_id, row.company_name = company.id, company.name
            row.ats_user, row.ats_user_id = me.name, me.id
            row.connected_by, row.connected_at = user, clock.now()
            if not row.fallback_owner_email:
                row.fallback_owner_name, row.fallback_owner_email = user.name, user.email
            row.refresh_lease = row.refresh_lease_until = None
            row.permission_uses = {}
            store_tokens(row, tokens)
            row.save()
            Organization.objects.filter(pk=organization.pk, connected_at=None).update(connected_at=clock.now())
            audit.record(
                organization=organization,
                actor=user,
                action="connector.connect",
                before={"state": before},
                after={"state": row.state, "company": company.id, "company_name": company.name},
            )
            on_stored()
            return row
    except IntegrityError as error:
        raise ConnectRefused(
            _("%(company)s is linked to another organization. Disconnect it there first.") % {"company": company.name}
        ) from error


def disconnect(*, connection: Connection, actor: User | None, even_if_subscribed: bool = True) -> bool:
    """Delete the webhook and the tokens. Settings, templates, and open requests stay.

    Returns False if the ATS couldn't delete the webhook; we answer its further deliveries with 404. Without
    `even_if_subscribed`, raises AtsError instead, and changes nothing. Raises BeingCreated while a worker subscribes.
    """
    began, is_unsubscribed = clock.now(), True
    try:
        webhook_subscription.remove_all(connection, open_ats(connection))
    except webhook_subscription.BeingCreated:
        raise
    except ats.AtsError:
        if not even_if_subscribed:
            raise
        is_unsubscribed = False
    with tenant(connection.organization):
        row: Connection = Connection.objects.select_for_update().get(pk=connection.pk)
        before = row.state
        if before == ConnectionState.NOT_CONNECTED:
            return is_unsubscribed
        webhook_subscription.forget_all(row, since=began)
        row.state, row.problem = ConnectionState.NOT_CONNECTED, ""
        row.access_token = row.refresh_token = ""
        row.token_expires_at = row.token_stored_at = row.refresh_lease = row.refresh_lease_until = None
        row.requests_on, row.requests_on_since, row.paused_at = False, None, None
        row.save()
        audit.record(
            organization=connection.organization,
            actor=actor,
            action="connector.disconnect",
            before={"state": before},
            after={"state": row.state, "company_name": row.company_name},
        )
    return is_unsubscribed


def switch_attachments(*, connection: Connection, on: bool, actor: User) -> None:
    """Turn **Attach Crosschq 360 Report** on or off. Existing reports aren't attached. In `tenant()`."""
    if Connection.objects.filter(pk=connection.pk, attach_reports=not on).update(attach_reports=on):
        audit.record(
            organization=connection.organization,
            actor=actor,
            action="connector.switch.attachments",
            before={"on": not on},
            after={"on": on},
        )


def switch_requests(*, connection: Connection, on: bool, actor: User) -> None:
    """Turn **Make Candidate Requests** on or off. Call inside `tenant()`."""
    changed = Connection.objects.filter(pk=connection.pk, requests_on=not on).update(
        requests_on=on, requests_on_since=clock.now() if on else None
    )
    if changed:
        audit.record(
            organization=connection.organization,
            actor=actor,
            action="connector.switch.requests",
            before={"on": not on},
            after={"on": on},
        )
