"""Deletes an organization: disconnects it from its ATS, deletes every row, and proves that none is left."""

import structlog
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from connectors import ats
from connectors.connection import connect
from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content.email import Email
from crosschq.messaging.sending.send import send_email
from crosschq.privacy.erase import ledger
from crosschq.privacy.models import Offboarding
from crosschq.privacy.offboarding.request import hold_connecting, is_on_hold
from crosschq.privacy.offboarding.tables import count_rows, delete_everything
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.scope import cross_tenant, tenant

log = structlog.get_logger(__name__)


def perform(offboarding: Offboarding) -> None:
    organization, actor = offboarding.organization, offboarding.asked_by
    with tenant(organization):
        if is_on_hold():
            raise work_item.GiveUp(_("There is a legal hold. Release it on the retention page first."))
    _disconnect(offboarding)
    # One transaction, narrowed to the organization for its rows: none of it may be lost with the row that asks for it.
    with cross_tenant("accounts, and the email about the deletion, belong to no organization"):
        with tenant(organization):
            mine = Offboarding.objects.filter(pk=offboarding.pk, lease_token=offboarding.lease_token)
            if not mine.filter(state=WorkState.WORKING).exists():
                raise work_item.LeaseLost(str(offboarding.uid))
            accounts, deleted = delete_everything(organization)
        _close_accounts(accounts)
        left = count_rows(organization.pk)
        if actor:
            _say_goodbye(actor, organization, deleted, left)
        fault("offboarding_before_ledger")
        # Before the commit, like an erasure's.
        ledger.append(
            ledger.Entry(
                erasure=str(offboarding.uid),
                organization=str(organization.uid),
                at=clock.now().isoformat(),
                person="",
                everything=True,
            )
        )
        fault("offboarding_after_ledger")
    log.info("organization_deleted", organization=str(organization.uid), rows=sum(deleted.values()), left=left)


def _disconnect(offboarding: Offboarding) -> None:
    """Delete the subscriptions in the ATS. From now on, nobody can connect it again.

    If this keeps failing, the deletion continues without it, and further deliveries get a 404.
    """
    is_last_try = offboarding.attempts > len(offboarding.retry_delays)
    with tenant(offboarding.organization):
        # A sign-in that didn't see this deletion has ended after this.
        hold_connecting(offboarding.organization)
        live = Connection.objects.exclude(state=ConnectionState.NOT_CONNECTED).select_related("organization")
        connections = list(live)
    for connection in connections:
        # Without a sign-in, waiting doesn't help.
        anyway = is_last_try or connection.state == ConnectionState.NEEDS_SIGN_IN
        try:
            is_unsubscribed = connect.disconnect(
                connection=connection, actor=offboarding.asked_by, even_if_subscribed=anyway
            )
        except ats.AtsError as error:
            if not is_last_try:
                raise work_item.Retry(error.sentence, code=error.code) from error
            is_unsubscribed = False
        if not is_unsubscribed:
            log.warning("not_unsubscribed", connection=str(connection.uid))


def _close_accounts(accounts: list[User]) -> None:
    """Delete the accounts of people who belong to no organization anymore."""
    for user in accounts:
        try:
            user.delete()
        except ProtectedError:
            User.objects.filter(pk=user.pk).update(is_active=False)


def _say_goodbye(actor: User, organization: Organization, deleted: dict[str, int], left: dict[str, int]) -> None:
    words = {"organization": organization.name, "rows": intcomma(sum(deleted.values())), "tables": len(deleted)}
    proof = _("We then searched every table for its rows and found none.")
    if left:
        proof = _("Some rows are left. We've been notified and will delete them.")
    email = Email(
        subject=_("%(organization)s was deleted") % words,
        preheader=_("Everything it held is gone."),
        paragraphs=(
            _("%(organization)s was deleted from Crosschq: %(rows)s rows in %(tables)s tables.") % words,
            proof,
            _("Backups still hold it until they expire. If one is restored, it is deleted again."),
        ),
    )
    send_email(organization=None, kind="organization_deleted", to_email=actor.email, to_name=actor.name, email=email)
