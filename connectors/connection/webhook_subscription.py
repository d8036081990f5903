"""The webhook subscription of a connection: created once, signed from the first delivery, deleted on disconnect.

Order: subscribe (commit), create a key (commit), then activate without an open transaction, because the vendor calls
us during activation and another thread answers.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from connectors import ats, registry
from connectors.models import Connection, SigningKey, Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import tenant

OLD_KEY_LIFE = timedelta(hours=25)


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


def remove_all(connection: Connection, opened: ats.Ats) -> bool:
    """Delete every subscription. Return False if the vendor failed to delete one."""
    all_deleted = True
    with tenant(connection.organization):
        live = list(connection.subscriptions.exclude(state=SubscriptionState.REMOVED))
    for subscription in live:
        try:
            if subscription.vendor_id:
                opened.delete_webhook(subscription.vendor_id)
        except ats.AtsError:
            all_deleted = False
        _mark(subscription, SubscriptionState.REMOVED)
    return all_deleted


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
        subscription: Subscription = Subscription.objects.create(
            organization=connection.organization, connection=connection, path_hash=hash_token(path_token)
        )
    vendor_id = opened.create_webhook(f"{_callback_prefix(connection)}{path_token}")
    with tenant(connection.organization):
        subscription.vendor_id, subscription.state = vendor_id, SubscriptionState.ACTIVATING
        subscription.save()
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
