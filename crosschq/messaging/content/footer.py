"""What stands around the words of a message, and no template can leave out: why it came, whom to ask, the ways out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.content.message_types import MessageKind, Recipient
from crosschq.messaging.content.one_line import plain

# Pages below each secret link of a candidate or a reference. They do nothing before a button is pressed there.
NOT_YOU = {Recipient.CANDIDATE: "not-me/", Recipient.REFERENCE: "wrong-person/"}
STOP = "stop/"


@dataclass(frozen=True)
class FooterContext:
    """How a request stands, as far as its messages say so whatever their words are.

    candidate_reads: the answers, in the end. note_follows: in the candidate's notes in SmartRecruiters.
    """

    candidate_reads: bool = False
    finished_early: bool = False
    note_follows: bool = False


def around(kind: MessageKind, values: Mapping[str, str], circumstances: FooterContext) -> Email:
    """A mail without words, in the active language. `values` are those of the kind's placeholders, and the link."""
    names = {name: plain(value) for name, value in values.items()}
    if kind.to == Recipient.OWNER:
        why = _("You got this mail because the request is in your name at %(organization)s.")
        return Email("", "", (), after=tuple(_extra(kind, names, circumstances)), footer=(why % names,))
    if kind.to == Recipient.CANDIDATE:
        why = _(
            "You got this mail because %(organization)s started a reference check for %(position)s with your address."
        )
    else:
        why = _("You got this mail because %(candidate_name)s gave us your address for this one purpose.")
    contact = _("Questions? Reply to this mail: it reaches %(owner_name)s at %(organization)s.")
    if not names["owner_name"]:
        contact = _("Questions? Reply to this mail: it reaches %(organization)s.")
    return Email(
        "",
        "",
        (),
        sender=names["organization"],
        after=(*_extra(kind, names, circumstances), contact % names),
        footer=(why % names, _("Sent by Crosschq.")),
        links=_ways_out(kind.to, values["link"]),
    )


def _extra(kind: MessageKind, names: Mapping[str, str], circumstances: FooterContext) -> Iterator[str]:
    """What one kind of message says besides."""
    if kind.key == "reference_invitation":
        # Whoever answers has to know beforehand who reads it.
        seen = _("%(candidate)s does not see your answers here.")
        if circumstances.candidate_reads:
            seen = _("%(candidate)s can read your answers too, once the request is complete.")
        yield seen % {"candidate": names["candidate_first_name"] or names["candidate_name"]}
    if kind.key == "report_ready":
        if circumstances.finished_early:
            yield _("It was finished early; who did not answer is listed in it.")
        if circumstances.note_follows:
            yield _("The link also goes into the candidate's notes in SmartRecruiters.")


def _ways_out(to: Recipient, link: str) -> tuple[Action, ...]:
    """None in a preview without a link."""
    if not link:
        return ()
    return (
        Action(_("Not you? Tell us"), link + NOT_YOU[to]),
        Action(_("Stop e-mails about this request"), link + STOP),
    )
