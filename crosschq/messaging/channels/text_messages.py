"""Sending text messages.

Caps apply to one number, to adjacent numbers, to one organization, and to the installation, so that a stolen account or
a loop can't send thousands. A text message is retried only if the first attempt certainly didn't send it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.channels import gateways, text_gateway
from crosschq.messaging.content import phones
from crosschq.messaging.content.one_line import short
from crosschq.messaging.models import HANDOVER_STARTED, TEXT_BUSY, Channel, Message, SuppressionReason
from crosschq.messaging.sending.caps import TEXTS_TO_ONE_NUMBER, TEXTS_TO_ONE_PREFIX
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant

DAY = timedelta(days=1)
# No text message waits longer than this: a weekend, an outage, and all retries.
LONGEST_WAIT = timedelta(days=14)
HELP_NAME = 40  # characters, so that the reply fits into one segment
MAY_BE_SENT = (WorkState.WORKING, WorkState.DONE, WorkState.UNKNOWN)


def hand_over(message: Message) -> dict[str, str]:
    """Hand the message to the gateway. Returns the columns to store from its response. Raises a Setback."""
    if message.provider_id == HANDOVER_STARTED:
        # A process died or lost its lease after it started here. The gateway may have sent a report since then.
        if message.delivery:
            return {"provider_id": ""}
        raise _outcome_unknown()
    gateway = gateways.text_gateway()
    if gateway is None:
        raise work_item.GiveUp(_("Text messages aren't set up."), code="text_off")
    try:
        number = phones.textable(message.to_phone)
    except phones.NumberRefused as error:
        raise work_item.GiveUp(error.sentence, code="text_number") from error
    _check_caps(message)
    _mark_started(message)
    callback = settings.BASE_URL + reverse("hooks:text_status", args=[message.uid])
    fault("text_before_send")
    work_item.ensure_ours(message)
    try:
        sent = gateway.send(to=number, text=message.text, callback_url=callback)
    except text_gateway.TextRefused as error:
        if error.stopped:
            stop(number)
        raise work_item.GiveUp(_("This number can't receive text messages."), code="text_refused") from error
    except text_gateway.TextBusy as error:
        raise work_item.DestinationUnavailable(
            _("The text message provider didn't respond."), code=TEXT_BUSY
        ) from error
    except text_gateway.TextOutcomeUnknown as error:
        raise _outcome_unknown() from error
    fault("text_after_send")
    return {"provider_id": sent}


def stop(number: str) -> None:
    """Suppress this number for all organizations, since they share our number."""
    with cross_tenant("a number that texted STOP is suppressed for all organizations"):
        suppress(organization=None, channel=Channel.TEXT, address=number, reason=SuppressionReason.STOP)


def help_text(organization: Organization | None) -> str:
    """The reply to HELP: who is sending, why, and how to stop."""
    if organization is None:
        return _("Crosschq sends texts about reference checks for jobs. Reply STOP to end texts.")
    words = _("Crosschq sends texts about a reference check for %(organization)s. Reply STOP to end texts.")
    return words % {"organization": short(organization.name, HELP_NAME)}


def _mark_started(message: Message) -> None:
    """Record that the message may be sent from now on. Raises LeaseLost if another process has it."""
    with cross_tenant("the outbox performs work for every organization"):
        mine = Message.objects.filter(pk=message.pk, lease_token=message.lease_token, state=WorkState.WORKING)
        if not mine.update(provider_id=HANDOVER_STARTED):
            raise work_item.LeaseLost(f"text {message.uid}")


def _outcome_unknown() -> work_item.OutcomeUnknown:
    return work_item.OutcomeUnknown(_("It may have been sent, so we won't send it again."), code="text_doubtful")


def _sent_since(since: datetime) -> QuerySet[Message]:
    """Texts that were or may have been sent after this moment. Weekend texts are created long before Monday."""
    left = Q(state=WorkState.WORKING) | Q(finished_at__gt=since) | Q(state=WorkState.UNKNOWN, available_at__gt=since)
    written = Message.objects.filter(channel=Channel.TEXT, created_at__gt=since - LONGEST_WAIT)
    found: QuerySet[Message] = written.filter(left, state__in=MAY_BE_SENT)
    return found


def _check_caps(message: Message) -> None:
    with cross_tenant("caps on text messages span all organizations"):
        lately = _sent_since(clock.now() - DAY).exclude(pk=message.pk)
        counts = lately.aggregate(
            all=Count("pk"),
            organization=Count("pk", filter=Q(organization=message.organization_id)),
            prefix=Count("pk", filter=Q(to_phone__startswith=phones.prefix(message.to_phone))),
            number=Count("pk", filter=Q(to_phone=message.to_phone)),
        )
    config = settings.TEXT_MESSAGES
    if counts["number"] >= TEXTS_TO_ONE_NUMBER:
        raise work_item.GiveUp(_("This number has reached its daily limit of text messages."), code="text_cap")
    if counts["organization"] >= config["most_of_one_organization"]:
        raise work_item.GiveUp(
            _("Your organization has reached its daily limit of text messages. Emails still go out."), code="text_cap"
        )
    if counts["prefix"] >= TEXTS_TO_ONE_PREFIX or counts["all"] >= config["most_a_day"]:
        raise work_item.GiveUp(_("More text messages than usual were sent today, so this one wasn't."), code="text_cap")
