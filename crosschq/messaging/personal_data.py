"""Personal data in messages: who received them. Texts are erased after sending."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from crosschq.core.models import SecretLink
from crosschq.messaging.content import phones
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.messaging.sending.suppression import suppress
from crosschq.tenancy.addresses import AddressColumn, same_addresses
from crosschq.tenancy.person import (
    MOST_NAMES_READ,
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    email_keys,
    impersonal,
    personal,
    rows_of,
    work_columns,
)
from crosschq.tenancy.scope import current_organization

RECIPIENT = (PersonKind.RECIPIENT,)
COLUMNS: list[Column] = [
    *work_columns("messaging.Message"),
    *personal(
        "messaging.Message",
        "to_email",
        "to_phone",
        "to_name",
        "subject",
        "reply_to",
        "sender_name",
        "reason",
        of=RECIPIENT,
        until="as long as what the message is about",
    ),
    *personal(
        "messaging.Message", "text", "html", "list_unsubscribe", of=RECIPIENT, until="until it is sent; encrypted"
    ),
    *impersonal(
        "messaging.Message",
        "queue",
        "channel",
        "kind",
        "message_id",
        "in_reply_to",
        "provider_id",
        "delivery",
        "quiet_zone",
        "about_kind",
        why="ids, and values from fixed lists",
    ),
    *impersonal("messaging.Suppression", "channel", "reason", why="from a fixed list"),
    *impersonal("messaging.Suppression", "address_hash", why="a keyed hash, so that we don't email an address again"),
    *impersonal("messaging.CountedSend", "cap", "address_hash", "network_hash", why="keyed hashes, for two days"),
    *impersonal(
        "messaging.DeliveryEvent", "provider", "event_id", "event_type", "reject_reason", why="a provider's report"
    ),
]
RECIPIENTS = AddressColumn("messaging.Message", "to_email", where=Q(channel=Channel.EMAIL), mailbox="to_mailbox")
ADDRESSES = [RECIPIENTS]


def find(sought: Sought) -> list[Match]:
    """One match for each address that got messages. Call inside `tenant()`."""
    rows = Message.objects.filter(channel=Channel.EMAIL)
    named = sought.named("to_name", among=lambda: rows.order_by("-created_at")[:MOST_NAMES_READ]) & ~Q(to_email="")
    matching = sought.at(RECIPIENTS) | Q(uid__in=sought.uids) | named
    found = rows.filter(matching).order_by().values("to_email")
    sent = dict(found.annotate(sent=Count("pk"), latest=Max("pk")).values_list("latest", "sent")[: sought.most])
    if not sent:
        return []
    newest = Message.objects.filter(pk__in=sent).order_by("-pk")
    return [
        Match(
            PersonKind.RECIPIENT,
            message.uid,
            message.to_name,
            message.to_email,
            keys=email_keys(message.to_email),
            at=message.created_at,
            count=sent[message.pk],
        )
        for message in newest.defer("text", "html", "list_unsubscribe")
    ]


def all_keys() -> list[str]:
    """The keys of all recipients. Call inside `tenant()`."""
    return [*email_keys(*Message.objects.order_by().values_list("to_email", flat=True).distinct())]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """Which messages the person got, and when. Their texts were erased. Call inside `tenant()`."""
    columns = ("created_at", "channel", "kind", "to_name", "to_email", "to_phone", "subject", "state", "finished_at")
    return [ExportSection(_("Messages"), rows_of(_to(person).order_by("created_at"), *columns))]


def correct(person: Person, correction: Correction) -> int:
    """Change nothing, since the record of where a message went stays true."""
    return 0


def erase(person: Person) -> int:
    """Delete the messages to the person, and stop emailing and texting them. Call inside `tenant()`.

    Staff of the organization still get theirs.
    """
    _stop_writing(person)
    if not person.uids(PersonKind.RECIPIENT):
        return 0
    deleted, _tables = _to(person).delete()
    return deleted


def erase_about(uids: Collection[UUID]) -> int:
    """Delete every message about these subjects, to anyone, and their secret links. Call inside `tenant()`.

    An email that is being sent right now finds no row to finish and isn't repeated.
    """
    SecretLink.objects.filter(subject__in=uids).delete()
    deleted, _tables = Message.objects.filter(about_uid__in=uids).delete()
    return deleted


def _stop_writing(person: Person) -> None:
    """Keep keyed hashes of the person's addresses, so that we never email or text them again."""
    if person.uids(PersonKind.MEMBER):
        return
    for channel, addresses in ((Channel.EMAIL, person.emails), (Channel.TEXT, numbers_of(person))):
        for address in addresses:
            suppress(
                organization=current_organization(), channel=channel, address=address, reason=SuppressionReason.ERASED
            )


def numbers_of(person: Person) -> list[str]:
    """The person's phone numbers as stored, and as text messages use them. Call inside `tenant()`."""
    country = country_of(current_organization().time_zone)
    texted = (phones.textable_or_none(phone, country=country) for phone in person.phones)
    return sorted({*person.phones, *filter(None, texted)})


def _to(person: Person) -> QuerySet[Message]:
    texted = Q(to_phone__in=numbers_of(person))
    found: QuerySet[Message] = Message.objects.filter(addressed_to(person.sought.email_keys) | texted)
    return found


def addressed_to(keys: Collection[str]) -> Q:
    """The condition for messages to one of these addresses, given as keys. Call inside `tenant()`."""
    return same_addresses(Message.objects.all(), "to_email", keys, mailbox="to_mailbox")
