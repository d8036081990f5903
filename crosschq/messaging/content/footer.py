"""What follows the text of every message, and no template can remove: why it was sent, a contact, the opt-outs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.core.text.ats_name import ats_name
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.content.message_types import MessageKind, Recipient
from crosschq.messaging.content.one_line import in_sentence

# Pages below each candidate's or reference's secret link. They do nothing until a button is pressed.
NOT_YOU = {Recipient.CANDIDATE: "not-me/", Recipient.REFERENCE: "wrong-person/"}
STOP = "stop/"


@dataclass(frozen=True)
class FooterContext:
    """What the messages of a request must mention, whatever their text is.

    candidate_reads: the candidate will be able to read the answers. address_from_staff: a member entered the
    reference's address. note_follows: a note will be added in the ATS. ats: the name of the connection's ATS, if known.
    """

    candidate_reads: bool = False
    address_from_staff: bool = False
    finished_early: bool = False
    note_follows: bool = False
    ats: str = ""


def frame(kind: MessageKind, values: Mapping[str, str], context: FooterContext) -> Email:
    """Return an email without its text, in the active language. `values`: its placeholder values and the link."""
    names = {name: in_sentence(value) for name, value in values.items()}
    if kind.to == Recipient.OWNER:
        why = _("You got this email because you own this request at %(organization)s.")
        return Email("", "", (), after=tuple(_extra(kind, names, context)), footer=(why % names,))
    if kind.to == Recipient.CANDIDATE:
        why = _(
            "You got this email because %(organization)s started a reference check for %(position)s with your address."
        )
    elif context.address_from_staff:
        why = _("You got this email because %(organization)s gave us your address for this purpose only.")
    else:
        why = _("You got this email because %(candidate_name)s gave us your address for this purpose only.")
    contact = _("Questions? Reply to this email to reach %(owner_name)s at %(organization)s.")
    if not names["owner_name"]:
        contact = _("Questions? Reply to this email to reach %(organization)s.")
    return Email(
        "",
        "",
        (),
        sender=names["organization"],
        after=(*_extra(kind, names, context), contact % names),
        footer=(why % names, _("Sent by Crosschq.")),
        links=_opt_out_links(kind.to, values["link"]),
    )


def _extra(kind: MessageKind, names: Mapping[str, str], context: FooterContext) -> Iterator[str]:
    """Extra lines for some kinds of messages."""
    if kind.key == "reference_invitation":
        # Before they answer, references must know who will read their answers.
        visibility = _("%(candidate)s can't see your answers here.")
        if context.candidate_reads:
            visibility = _("%(candidate)s can read your answers too, once the request is complete.")
        yield visibility % {"candidate": names["candidate_first_name"] or names["candidate_name"]}
    if kind.key == "report_ready":
        if context.finished_early:
            yield _("It was finished early. It lists who didn't answer.")
        if context.note_follows:
            yield _("We also add the link to the candidate's notes in %(ats)s.") % {"ats": context.ats or ats_name()}


def _opt_out_links(to: Recipient, link: str) -> tuple[Action, ...]:
    """The opt-out links; none in a preview without a link."""
    if not link:
        return ()
    return (
        Action(_("Not you? Tell us"), link + NOT_YOU[to]),
        Action(_("Stop emails about this request"), link + STOP),
    )
