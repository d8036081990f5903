"""The second channel: text messages, few and only where they are wished for.

Caps hold for one number, for numbers in a row, for one organization and for all: a stolen account or a loop must not
send thousands. A text is repeated only where the first was surely not sent.
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
# No text waits longer: over a weekend, an outage, and all its tries.
LONGEST_WAIT = timedelta(days=14)
HELP_NAME = 40  # characters of a name, so that the answer is one part
MAY_HAVE_GONE = (WorkState.WORKING, WorkState.DONE, WorkState.UNKNOWN)


def hand_over(message: Message) -> dict[str, str]:
    """Give the text to the carrier. Returns what is kept of its answer. Raises a Setback."""
    if message.provider_id == HANDOVER_STARTED:
        # A process died here, or lost its lease, after it began; the carrier may have told of the text by now.
        if message.delivery:
            return {"provider_id": ""}
        raise _doubtful()
    gateway = gateways.text_gateway()
    if gateway is None:
        raise work_item.GiveUp(_("Text messages are not set up."), code="text_off")
    try:
        number = phones.textable(message.to_phone)
    except phones.NumberRefused as error:
        raise work_item.GiveUp(error.sentence, code="text_number") from error
    _within_caps(message)
    _begin(message)
    callback = settings.BASE_URL + reverse("hooks:text_status", args=[message.uid])
    fault("text_before_send")
    try:
        sent = gateway.send(to=number, text=message.text, callback_url=callback)
    except text_gateway.TextRefused as error:
        if error.stopped:
            stop(number)
        raise work_item.GiveUp(_("The number does not take text messages."), code="text_refused") from error
    except text_gateway.TextBusy as error:
        raise work_item.DestinationUnavailable(
            _("The carrier of text messages did not answer."), code=TEXT_BUSY
        ) from error
    except text_gateway.TextOutcomeUnknown as error:
        raise _doubtful() from error
    fault("text_after_send")
    return {"provider_id": sent}


def stop(number: str) -> None:
    """Whoever has this number wants no texts: of no organization, since all write from one number."""
    with cross_tenant("a number that said STOP is stopped for everybody"):
        suppress(organization=None, channel=Channel.TEXT, address=number, reason=SuppressionReason.STOP)


def help_text(organization: Organization | None) -> str:
    """The answer to HELP: who writes, why, and how to stop."""
    if organization is None:
        return _("Crosschq sends texts about reference checks for jobs. Reply STOP to end texts.")
    words = _("Crosschq sends texts about a reference check for %(organization)s. Reply STOP to end texts.")
    return words % {"organization": short(organization.name, HELP_NAME)}


def _begin(message: Message) -> None:
    """Note that the text may be on its way from now on. Raises LeaseLost where another process has it."""
    with cross_tenant("the kernel performs work of every organization"):
        mine = Message.objects.filter(pk=message.pk, lease_token=message.lease_token, state=WorkState.WORKING)
        if not mine.update(provider_id=HANDOVER_STARTED):
            raise work_item.LeaseLost(f"text {message.uid}")


def _doubtful() -> work_item.OutcomeUnknown:
    return work_item.OutcomeUnknown(_("It may have been sent; it is not repeated."), code="text_doubtful")


def _gone_since(since: datetime) -> QuerySet[Message]:
    """Texts that left, or may have, after that moment: those of a weekend are written long before its Monday."""
    left = Q(state=WorkState.WORKING) | Q(finished_at__gt=since) | Q(state=WorkState.UNKNOWN, available_at__gt=since)
    written = Message.objects.filter(channel=Channel.TEXT, created_at__gt=since - LONGEST_WAIT)
    found: QuerySet[Message] = written.filter(left, state__in=MAY_HAVE_GONE)
    return found


def _within_caps(message: Message) -> None:
    with cross_tenant("caps of text messages hold for all organizations together"):
        lately = _gone_since(clock.now() - DAY).exclude(pk=message.pk)
        counts = lately.aggregate(
            all=Count("pk"),
            organization=Count("pk", filter=Q(organization=message.organization_id)),
            prefix=Count("pk", filter=Q(to_phone__startswith=phones.prefix(message.to_phone))),
            number=Count("pk", filter=Q(to_phone=message.to_phone)),
        )
    given = settings.TEXT_MESSAGES
    if counts["number"] >= TEXTS_TO_ONE_NUMBER:
        raise work_item.GiveUp(_("This number got its text messages of the day."), code="text_cap")
    if counts["organization"] >= given["most_of_one_organization"]:
        raise work_item.GiveUp(
            _("Your organization has sent its text messages of the day. E-mail goes on."), code="text_cap"
        )
    if counts["prefix"] >= TEXTS_TO_ONE_PREFIX or counts["all"] >= given["most_a_day"]:
        raise work_item.GiveUp(
            _("More text messages than usual were sent today, so this one was not."), code="text_cap"
        )
