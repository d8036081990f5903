"""Every message of a request: who gets it, when, and its standard texts with placeholders.

A template can replace the subject, the text, and the text message; see `templates_app.request_templates.messages`. In
either case footer.py adds what law and courtesy require: why the recipient got the email, and how to opt out.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from crosschq.messaging.content import owner_messages
from crosschq.messaging.content.message_types import OF_ALL, MessageKind, Recipient, Standard

OF_REFERENCE = owner_messages.OF_REFERENCE
OF_CANDIDATE_FORM = ("references", "references_in", "minutes")
OF_SURVEY = ("questions", "minutes")

_CANDIDATE_INVITATION = MessageKind(
    key="candidate_invitation",
    label=_("Candidate: invitation"),
    to=Recipient.CANDIDATE,
    when=_("Immediately, when the request starts"),
    names=(*OF_ALL, *OF_CANDIDATE_FORM, "reference_list"),
    standard=Standard(
        subject=_("{{ organization }} asks you to name {{ references }}"),
        preheader=_("For {{ position }}, by {{ due_date }}. Takes about {{ minutes }}"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "You are being considered for {{ position }} at {{ organization }}. {{ organization }} would like to hear"
            " from people who have worked with you, and asks you to name {{ references }}.\n\n"
            "You choose them, and we won't contact anyone until you have checked everything.\n\n"
            "{{ reference_list }}\n\n"
            "It takes about {{ minutes }} and is due on {{ due_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("Name my references"),
        sms=_(
            '{{ organization }}: {{ candidate_first_name | default: "hello" }}, name {{ references }}'
            " for {{ position }}: {{ link }} Reply STOP to end texts"
        ),
    ),
)
_CANDIDATE_REMINDER = MessageKind(
    key="candidate_reminder",
    label=_("Candidate: reminder"),
    to=Recipient.CANDIDATE,
    when=_("On the template's schedule, while references are missing"),
    names=(*OF_ALL, *OF_CANDIDATE_FORM, "reference_list"),
    standard=Standard(
        subject=_("{{ organization }} is waiting for your references"),
        preheader=_("What you have saved is still there. Your references are due on {{ due_date }}"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "{{ organization }} asked you to name {{ references }} for {{ position }}. So far,"
            " {{ references_in }} have come in.\n\n"
            "What you have saved is still there. Your references are due on {{ due_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("Continue"),
        sms=_(
            '{{ organization }}: {{ candidate_first_name | default: "hello" }}, your references are due'
            " {{ due_date }}: {{ link }} Reply STOP to end texts"
        ),
    ),
)
_CANDIDATE_LINK = MessageKind(
    key="candidate_link",
    label=_("Candidate: new link"),
    to=Recipient.CANDIDATE,
    when=_("When a new link is requested, or the address is corrected"),
    names=(*OF_ALL, *OF_CANDIDATE_FORM),
    may_be_own=False,
    standard=Standard(
        subject=_("Your link for {{ organization }}"),
        preheader=_("What you have saved is still there. Your references are due on {{ due_date }}"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "Here is a new link to your references for {{ position }} at {{ organization }}.\n\n"
            "{{ link }}"
        ),
        action=_("Continue"),
    ),
)
_CANDIDATE_ANSWERS = MessageKind(
    key="candidate_answers",
    label=_("Candidate: the answers"),
    to=Recipient.CANDIDATE,
    when=_("When the request is complete, if candidates can see the answers"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("Your references for {{ organization }}"),
        preheader=_("What they answered, for {{ position }}"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "Your references for {{ position }} at {{ organization }} are complete. You can read what they answered."
            " They knew that you would.\n\n"
            "{{ link }}"
        ),
        action=_("Read the answers"),
    ),
)
_REFERENCE_DECLINED = MessageKind(
    key="reference_declined",
    label=_("Candidate: a reference declined"),
    to=Recipient.CANDIDATE,
    when=_("When a reference declines"),
    names=(*OF_ALL, *OF_REFERENCE),
    standard=Standard(
        subject=_("{{ reference_name }} can't give a reference"),
        preheader=_("For {{ position }} at {{ organization }}. Name someone else"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "{{ reference_name }} told us that they can't give a reference for {{ position }} at {{ organization }}."
            " There can be many reasons. Name someone else, and we'll ask them instead.\n\n"
            "{{ link }}"
        ),
        action=_("Change reference"),
    ),
)
_REFERENCE_ADDED = MessageKind(
    key="reference_added",
    label=_("Candidate: we asked another reference"),
    to=Recipient.CANDIDATE,
    when=_("When a member adds a reference for the candidate"),
    names=(*OF_ALL, *OF_REFERENCE),
    may_be_own=False,
    standard=Standard(
        subject=_("We asked {{ reference_name }} for a reference"),
        preheader=_("For {{ position }} at {{ organization }}. You don't need to do anything"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "{{ organization }} added {{ reference_name }} as one of your references for {{ position }}, and we asked"
            " them. You don't need to do anything. If that isn't right, reply to this email.\n\n"
            "{{ link }}"
        ),
        action=_("View my references"),
    ),
)
_REFERENCE_BOUNCED = MessageKind(
    key="reference_bounced",
    label=_("Candidate: a reference can't be reached"),
    to=Recipient.CANDIDATE,
    when=_("When an email to a reference bounces"),
    names=(*OF_ALL, *OF_REFERENCE),
    standard=Standard(
        subject=_("{{ reference_name }} can't be reached"),
        preheader=_("For {{ position }} at {{ organization }}. Correct the address"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "We can't reach {{ reference_name }} for {{ position }} at {{ organization }} at the address that you"
            " gave us. Correct the address, or name someone else.\n\n"
            "{{ link }}"
        ),
        action=_("Change reference"),
    ),
)
_KIND_REFUSED = MessageKind(
    key="kind_refused",
    label=_("Candidate: a reference of another kind wasn't approved"),
    to=Recipient.CANDIDATE,
    when=_("When the owner asks for someone else"),
    names=(*OF_ALL, *OF_REFERENCE),
    may_be_own=False,
    standard=Standard(
        subject=_("{{ organization }} asks for someone else"),
        preheader=_("Instead of {{ reference_name }}, for {{ position }}"),
        text=_(
            'Hello {{ candidate_first_name | default: "there" }},\n\n'
            "{{ organization }} asks for another reference instead of {{ reference_name }} for {{ position }}."
            " We haven't contacted {{ reference_name }}. Name someone else, or reply to this email.\n\n"
            "{{ link }}"
        ),
        action=_("Change reference"),
    ),
)
_REFERENCE_INVITATION = MessageKind(
    key="reference_invitation",
    label=_("Reference: invitation"),
    to=Recipient.REFERENCE,
    when=_("Immediately, when the candidate has named them"),
    names=(*OF_ALL, *OF_REFERENCE, *OF_SURVEY),
    standard=Standard(
        subject=_("{{ candidate_name }} asks you for a reference"),
        preheader=_("{{ questions }}, about {{ minutes }}, on your phone or computer"),
        text=_(
            "Hello {{ reference_first_name }},\n\n"
            "{{ organization }} is considering {{ candidate_name }} for {{ position }} and asks you for a reference."
            "\n\n"
            "It takes about {{ minutes }} for {{ questions }}, and you don't need an account.\n\n"
            "The people hiring at {{ organization }} will get your answers, with your name."
            " Your reference is due on {{ due_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("Give reference"),
    ),
)
_REFERENCE_REMINDER = MessageKind(
    key="reference_reminder",
    label=_("Reference: reminder"),
    to=Recipient.REFERENCE,
    when=_("On the template's schedule, until they answer or decline"),
    names=(*OF_ALL, *OF_REFERENCE, *OF_SURVEY),
    standard=Standard(
        subject=_("Reference for {{ candidate_name }}, due {{ due_date }}"),
        preheader=_("Saved answers are still there. {{ questions }}, about {{ minutes }}"),
        text=_(
            "Hello {{ reference_first_name }},\n\n"
            "{{ organization }} is considering {{ candidate_name }} for {{ position }}, and your feedback still counts."
            " It takes about {{ minutes }}; what you have saved is still there.\n\n"
            "Your reference is due on {{ due_date }}. If you can't answer, open the link and tell us.\n\n"
            "{{ link }}"
        ),
        action=_("Continue"),
        sms=_(
            "{{ organization }}: reference for {{ candidate_name }} is due {{ due_date }}: {{ link }}"
            " Reply STOP to end texts"
        ),
    ),
)
_REFERENCE_LINK = MessageKind(
    key="reference_link",
    label=_("Reference: new link"),
    to=Recipient.REFERENCE,
    when=_("When a new link is requested"),
    names=(*OF_ALL, *OF_REFERENCE, *OF_SURVEY),
    may_be_own=False,
    standard=Standard(
        subject=_("Your link: reference for {{ candidate_name }}"),
        preheader=_("What you have saved is still there. Your reference is due on {{ due_date }}"),
        text=_(
            "Hello {{ reference_first_name }},\n\n"
            "Here is a new link to the reference for {{ candidate_name }}, {{ position }} at {{ organization }}.\n\n"
            "{{ link }}"
        ),
        action=_("Continue"),
    ),
)
CATALOG: Mapping[str, MessageKind] = {
    kind.key: kind
    for kind in (
        _CANDIDATE_INVITATION,
        _CANDIDATE_REMINDER,
        _REFERENCE_DECLINED,
        _REFERENCE_ADDED,
        _REFERENCE_BOUNCED,
        _REFERENCE_INVITATION,
        _REFERENCE_REMINDER,
        owner_messages.REPORT_READY,
        _CANDIDATE_LINK,
        _CANDIDATE_ANSWERS,
        _KIND_REFUSED,
        _REFERENCE_LINK,
        owner_messages.OWNER_CHANGED,
        owner_messages.CANDIDATE_SILENT,
        owner_messages.CANDIDATE_BOUNCED,
        owner_messages.CANDIDATE_DECLINED,
        owner_messages.WRONG_ADDRESS,
        owner_messages.LATE_ANSWER,
        owner_messages.OTHER_KIND,
        owner_messages.REQUEST_DUE,
        owner_messages.REQUEST_DUE_UNANSWERED,
        owner_messages.REQUEST_PAUSED,
        owner_messages.REQUEST_EXPIRED,
    )
}
