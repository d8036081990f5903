"""The webhook subscription of a connection: created once, signed from the first delivery, deleted on disconnect.

Order: subscribe (commit), create a key (commit), then activate without an open transaction, because the vendor calls
us during activation and another thread answers.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.models import Connection, ConnectionState, SigningKey, Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import tenant

OLD_KEY_LIFE = timedelta(hours=25)
CREATION_TAKES = timedelta(minutes=3)  # at most: longer than a call that writes


class BeingCreated(ats.Unavailable):
    """A worker is creating a subscription, which can't be deleted before it has an id."""

    def __init__(self) -> None:
        super().__init__(_("The connection is being set up right now. Try again in three minutes."), sent=False)


def ensure_active(connection: Connection, opened: ats.Ats) -> None:
    """Finish creating and activating the subscription, from any step that an earlier try reached. Raises AtsError."""
    subscription = current(connection) or _create(connection, opened)
    if subscription.state == SubscriptionState.ACTIVE:
        return
    with tenant(connection.organization):
        has_key = SigningKey.objects.filter(subscription=subscription).exists()
    if not has_key:
        key = opened.create_signing_key(subscription.vendor_id)
        with tenant(connection.organization):
            SigningKey.objects.create(organization=connection.organization, subscription=subscription, key=key)
    opened.activate_webhook(subscription.vendor_id)
    _mark(subscription, SubscriptionState.ACTIVE)


def repair(connection: Connection, opened: ats.Ats) -> Subscription:
    """Return the subscription, repaired if it was deleted, suspended or has the wrong events. Raises AtsError."""
    subscription = current(connection)
    if subscription:
        try:
            found = opened.webhook(subscription.vendor_id)
        except ats.NotVisible:
            _mark(subscription, SubscriptionState.REMOVED)
        else:
            if set(found.events) != set(registry.vendor(connection.vendor).events):
                # A subscription can't be changed, only replaced.
                opened.delete_webhook(subscription.vendor_id)
                _mark(subscription, SubscriptionState.REMOVED)
            elif not found.active:
                _mark(subscription, SubscriptionState.ACTIVATING)
    ensure_active(connection, opened)
    kept = current(connection)
    if kept is None:
        raise ats.Unavailable(_("The webhook was removed in the meantime."))
    return kept


def rotate_key(connection: Connection, opened: ats.Ats) -> None:
    """Create a new signing key. The vendor also signs with the old key for 24 hours; we accept it for 25."""
    subscription = current(connection)
    if subscription is None:
        return
    key = opened.create_signing_key(subscription.vendor_id)
    with tenant(connection.organization):
        older = SigningKey.objects.filter(subscription=subscription, valid_until=None)
        older.update(valid_until=clock.now() + OLD_KEY_LIFE)
        SigningKey.objects.create(organization=connection.organization, subscription=subscription, key=key)


def remove_all(connection: Connection, opened: ats.Ats) -> None:
    """Delete every subscription. Raises BeingCreated, or the AtsError of one that couldn't be deleted."""
    with tenant(connection.organization):
        live = list(connection.subscriptions.exclude(state=SubscriptionState.REMOVED))
    without_id = [subscription for subscription in live if not subscription.vendor_id]
    if any(subscription.created_at > clock.now() - CREATION_TAKES for subscription in without_id):
        raise BeingCreated
    failed: ats.AtsError | None = None
    for subscription in live:
        try:
            if subscription.vendor_id:
                opened.delete_webhook(subscription.vendor_id)
                _mark(subscription, SubscriptionState.REMOVED)
        except ats.AtsError as error:
            failed = error
    if without_id:
        _remove_orphans(connection, opened)
    if failed:
        raise failed


def forget_all(connection: Connection, *, since: datetime) -> None:
    """Mark every subscription as removed. Raises BeingCreated if one is newer than `since`.

    Call inside `tenant()`, holding the lock on the connection's row.
    """
    live = connection.subscriptions.exclude(state=SubscriptionState.REMOVED)
    if live.filter(created_at__gte=since).exists():
        raise BeingCreated
    live.update(state=SubscriptionState.REMOVED)


def current(connection: Connection) -> Subscription | None:
    """Return the subscription that is active or being activated."""
    with tenant(connection.organization):
        usable = [SubscriptionState.ACTIVATING, SubscriptionState.ACTIVE]
        found: Subscription | None = connection.subscriptions.filter(state__in=usable).first()
        return found


def _create(connection: Connection, opened: ats.Ats) -> Subscription:
    _remove_orphans(connection, opened)
    path_token = secrets.token_urlsafe(24)
    with tenant(connection.organization):
        # Under the lock, because a disconnection may be ending the subscriptions that it can see.
        row = Connection.objects.select_for_update().get(pk=connection.pk)
        if row.state != ConnectionState.CONNECTED:
            raise ats.NeedsSignIn(_("%(ats)s needs a new sign-in.") % {"ats": connection.ats_name})
        subscription: Subscription = Subscription.objects.create(
            organization=connection.organization, connection=connection, path_hash=hash_token(path_token)
        )
    vendor_id = opened.create_webhook(f"{_callback_prefix(connection)}{path_token}")
    with tenant(connection.organization):
        subscription.vendor_id, subscription.state = vendor_id, SubscriptionState.ACTIVATING
        creating = Subscription.objects.filter(pk=subscription.pk, state=SubscriptionState.CREATING)
        is_kept = creating.update(vendor_id=vendor_id, state=SubscriptionState.ACTIVATING)
    if not is_kept:
        opened.delete_webhook(vendor_id)
        raise ats.Unavailable(_("The webhook was removed in the meantime."))
    return subscription


def _remove_orphans(connection: Connection, opened: ats.Ats) -> None:
    """Delete our subscriptions whose id was never stored because a process died."""
    prefix = _callback_prefix(connection)
    ours = [webhook for webhook in opened.webhooks() if webhook.url.startswith(prefix)]
    with tenant(connection.organization):
        known = set(connection.subscriptions.exclude(vendor_id="").values_list("vendor_id", flat=True))
        made_here = {bytes(h) for h in connection.subscriptions.values_list("path_hash", flat=True)}
    for webhook in ours:
        if webhook.id not in known and hash_token(webhook.url.removeprefix(prefix)) in made_here:
            opened.delete_webhook(webhook.id)
    with tenant(connection.organization):
        unfinished = connection.subscriptions.filter(state=SubscriptionState.CREATING)
        unfinished.update(state=SubscriptionState.REMOVED)


def _mark(subscription: Subscription, state: SubscriptionState) -> None:
    with tenant(subscription.organization):
        Subscription.objects.filter(pk=subscription.pk).update(state=state)


def _callback_prefix(connection: Connection) -> str:
    return f"{settings.BASE_URL}/hooks/{connection.vendor}/"
