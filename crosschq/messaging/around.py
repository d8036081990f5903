"""What stands around the words of a message, and no template can leave out: why it came, whom to ask, the ways out."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from .kinds import MessageKind, Recipient
from .lines import plain
from .mail import Action, Mail

# Pages below each secret link of a candidate or a reference. They do nothing before a button is pressed there.
NOT_YOU = {Recipient.CANDIDATE: "not-me/", Recipient.REFERENCE: "wrong-person/"}
STOP = "stop/"


def around(kind: MessageKind, values: Mapping[str, str]) -> Mail:
    """A mail without words, in the active language. `values` are those of the kind's placeholders, and the link."""
    names = {name: plain(value) for name, value in values.items()}
    if kind.to == Recipient.OWNER:
        why = _("You got this mail because the request is in your name at %(organization)s.")
        return Mail("", "", (), footer=(why % names,))
    if kind.to == Recipient.CANDIDATE:
        why = _(
            "You got this mail because %(organization)s started a reference check for %(position)s with your address."
        )
    else:
        why = _("You got this mail because %(candidate_name)s gave us your address for this one purpose.")
    contact = _("Questions? Reply to this mail: it reaches %(owner_name)s at %(organization)s.")
    if not names["owner_name"]:
        contact = _("Questions? Reply to this mail: it reaches %(organization)s.")
    return Mail(
        "",
        "",
        (),
        sender=names["organization"],
        after=(contact % names,),
        footer=(why % names, _("Sent by Crosschq.")),
        links=_ways_out(kind.to, values["link"]),
    )


def _ways_out(to: Recipient, link: str) -> tuple[Action, ...]:
    """None in a preview without a link."""
    if not link:
        return ()
    return (
        Action(_("Not you? Tell us"), link + NOT_YOU[to]),
        Action(_("Stop e-mails about this request"), link + STOP),
    )
