"""The messages to the owner of a request, in our words: what came of it, and what it waits for."""

from django.utils.translation import gettext_lazy as _

from crosschq.messaging.content.message_types import OF_ALL, MessageKind, Recipient, Standard

REPORT_READY = MessageKind(
    key="report_ready",
    label=_("Owner: the report is ready"),
    to=Recipient.OWNER,
    when=_("When the template's rule is met"),
    names=(*OF_ALL, "references_in"),
    standard=Standard(
        subject=_("Reference report ready: {{ candidate_name }}"),
        preheader=_("{{ position }}. {{ references_in }}"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The reference report for {{ candidate_name }}, {{ position }}, is ready: {{ references_in }}.\n\n"
            "It opens with your sign-in, or with a code that we send to this address.\n\n"
            "{{ link }}"
        ),
        action=_("Open report"),
    ),
)
CANDIDATE_SILENT = MessageKind(
    key="candidate_silent",
    label=_("Owner: the candidate has not started"),
    to=Recipient.OWNER,
    when=_("When the candidate has not pressed Start for five days"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} has not started"),
        preheader=_("{{ position }}, due {{ due_date }}. Send a reminder or correct the address"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ candidate_name }} was asked to name references for {{ position }} and has not started yet. The last day"
            " is {{ due_date }}.\n\n"
            "A word from you helps most. On the page of the request you can send a reminder, correct the address, or"
            " cancel.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
CANDIDATE_BOUNCED = MessageKind(
    key="candidate_bounced",
    label=_("Owner: the candidate cannot be reached"),
    to=Recipient.OWNER,
    when=_("When a mail to the candidate comes back"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} cannot be reached"),
        preheader=_("{{ position }}. Correct the address, and the request goes on"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "We cannot reach {{ candidate_name }}, for {{ position }}, at the address that we have. The request is"
            " on hold.\n\n"
            "Correct the address, and a new mail goes there at once.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
CANDIDATE_DECLINED = MessageKind(
    key="candidate_declined",
    label=_("Owner: the candidate does not take part"),
    to=Recipient.OWNER,
    when=_("When the candidate says no"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} does not take part"),
        preheader=_("{{ position }}. The request is cancelled, nobody else is contacted"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ candidate_name }} told us that they do not want to take part in the reference check for"
            " {{ position }}.\n\n"
            "The request is cancelled, and nobody else is contacted. No reason was asked for.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
WRONG_ADDRESS = MessageKind(
    key="wrong_address",
    label=_("Owner: the candidate's address belongs to somebody else"),
    to=Recipient.OWNER,
    when=_("When somebody answers a mail to the candidate with “not me”"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("Wrong address: {{ candidate_name }}"),
        preheader=_("{{ position }}. Correct the address, and the request goes on"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "Whoever reads the mailbox that we have for {{ candidate_name }}, {{ position }}, told us that"
            " they are somebody else. Nothing is sent there anymore.\n\n"
            "Correct the address, and a new mail goes there at once.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
REQUEST_DUE = MessageKind(
    key="request_due",
    label=_("Owner: the due date has passed"),
    to=Recipient.OWNER,
    when=_("When the due date has passed and some references are in"),
    names=(*OF_ALL, "references_in", "end_date"),
    may_be_own=False,
    standard=Standard(
        subject=_("Finish or extend: {{ candidate_name }}"),
        preheader=_("{{ position }}. {{ references_in }}, due {{ due_date }}"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The due date for {{ candidate_name }}, {{ position }}, has passed. So far, {{ references_in }}"
            " have come in.\n\n"
            "You can finish now: the report is made from what is there. Or you can extend: those who have not answered"
            " get a reminder with the new date.\n\n"
            "If you do nothing, the report is made on {{ end_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
REQUEST_DUE_UNANSWERED = MessageKind(
    key="request_due_unanswered",
    label=_("Owner: the due date has passed without an answer"),
    to=Recipient.OWNER,
    when=_("When the due date has passed and no reference is in"),
    names=(*OF_ALL, "references_in", "end_date"),
    may_be_own=False,
    standard=Standard(
        subject=_("Nobody has answered yet: {{ candidate_name }}"),
        preheader=_("{{ position }}. {{ references_in }}, due {{ due_date }}"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The due date for {{ candidate_name }}, {{ position }}, has passed, and no reference is in.\n\n"
            "You can extend: those who have not answered get a reminder with the new date. Or you can cancel.\n\n"
            "If you do nothing and nobody answers, the request ends on {{ end_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
REQUEST_PAUSED = MessageKind(
    key="request_paused",
    label=_("Owner: the request is paused"),
    to=Recipient.OWNER,
    when=_("When the application is rejected or withdrawn in SmartRecruiters"),
    names=(*OF_ALL, "status"),
    may_be_own=False,
    standard=Standard(
        subject=_("Paused: {{ candidate_name }}"),
        preheader=_("{{ position }}. It is cancelled in 24 hours unless you let it go on"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The application of {{ candidate_name }} for {{ position }} is now “{{ status }}” in SmartRecruiters.\n\n"
            "The reference check is paused: nobody is reminded, and in 24 hours it is cancelled. If it is to go on, say"
            " so on the page of the request.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
REQUEST_EXPIRED = MessageKind(
    key="request_expired",
    label=_("Owner: no references came"),
    to=Recipient.OWNER,
    when=_("When the request ends without an answer"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("No references came: {{ candidate_name }}"),
        preheader=_("{{ position }}. The request ended after its last day"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "Nobody has answered for {{ candidate_name }}, {{ position }}, so the request has ended.\n\n"
            "You can ask again by moving the candidate to the step once more.\n\n"
            "{{ link }}"
        ),
        action=_("See request"),
    ),
)
