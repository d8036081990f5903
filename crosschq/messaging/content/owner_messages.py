"""The messages to the owner of a request: its outcome, and what it is waiting for."""

from collections.abc import Callable
from typing import cast

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from crosschq.core.text.ats_name import ats_name
from crosschq.messaging.content.message_types import OF_ALL, MessageKind, Recipient, Standard


def _fill_in_ats(text: object) -> str:
    return str(text) % {"ats": ats_name()}


_with_ats = cast("Callable[[Promise], Promise]", lazy(_fill_in_ats, str))

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
            "Open it by signing in, or with a code that we'll send to this address.\n\n"
            "{{ link }}"
        ),
        action=_("Open report"),
    ),
)
CANDIDATE_SILENT = MessageKind(
    key="candidate_silent",
    label=_("Owner: the candidate hasn't started"),
    to=Recipient.OWNER,
    when=_("When the candidate hasn't started within five days"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} hasn't started"),
        preheader=_("{{ position }}, due {{ due_date }}. Send a reminder or correct the address"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ candidate_name }} was asked to name references for {{ position }} and hasn't started yet. The due date"
            " is {{ due_date }}.\n\n"
            "A quick message from you helps most. On the request's page, you can send a reminder, correct the address, "
            "or cancel.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
OWNER_CHANGED = MessageKind(
    key="owner_changed",
    label=_("Owner: a request was handed over to you"),
    to=Recipient.OWNER,
    when=_("When a member makes someone the owner"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("You now own the request for {{ candidate_name }}"),
        preheader=_("{{ position }}, due {{ due_date }}. Emails about it go to you"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "You are now the owner of the reference request for {{ candidate_name }}, {{ position }}. Emails about "
            "it and replies from {{ candidate_name }} go to you, and you can open the report.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
CANDIDATE_BOUNCED = MessageKind(
    key="candidate_bounced",
    label=_("Owner: the candidate can't be reached"),
    to=Recipient.OWNER,
    when=_("When an email to the candidate bounces"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} can't be reached"),
        preheader=_("{{ position }}. Correct the address to continue the request"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "We can't reach {{ candidate_name }} for {{ position }} at the address that we have. We've stopped"
            " reminders to them.\n\n"
            "Correct the address, and we'll send a new email right away.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
CANDIDATE_DECLINED = MessageKind(
    key="candidate_declined",
    label=_("Owner: the candidate won't take part"),
    to=Recipient.OWNER,
    when=_("When the candidate declines"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("{{ candidate_name }} won't take part"),
        preheader=_("{{ position }}. The request is canceled, and we won't contact anyone else"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ candidate_name }} told us that they don't want to take part in the reference check for"
            " {{ position }}.\n\n"
            "The request is canceled, and we won't contact anyone else. We didn't ask for a reason.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
WRONG_ADDRESS = MessageKind(
    key="wrong_address",
    label=_("Owner: the candidate's address belongs to someone else"),
    to=Recipient.OWNER,
    when=_("When someone answers an email to the candidate with “not me”"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("Wrong address: {{ candidate_name }}"),
        preheader=_("{{ position }}. Correct the address to continue the request"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The person who uses the address that we have for {{ candidate_name }}, {{ position }}, told us that"
            " they are someone else. We won't send anything else there.\n\n"
            "Correct the address, and we'll send a new email right away.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
OF_REFERENCE = ("reference_name", "reference_first_name", "reference_company")
LATE_ANSWER = MessageKind(
    key="late_answer",
    label=_("Owner: a late answer"),
    to=Recipient.OWNER,
    when=_("When a reference answers after the request was finished"),
    names=(*OF_ALL, *OF_REFERENCE),
    may_be_own=False,
    standard=Standard(
        subject=_("Late answer for {{ candidate_name }}"),
        preheader=_("{{ position }}. {{ reference_name }} answered after the request was finished"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ reference_name }} answered for {{ candidate_name }}, {{ position }}, after the request was "
            "finished. We kept the answers, but the report doesn't contain them.\n\n"
            "You can add them to the report, or leave it as it is.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
OTHER_KIND = MessageKind(
    key="other_kind",
    label=_("Owner: approve another kind of reference"),
    to=Recipient.OWNER,
    when=_("When the candidate can't name the kind of reference that the template asks for"),
    names=(*OF_ALL, *OF_REFERENCE),
    may_be_own=False,
    standard=Standard(
        subject=_("Approve a reference for {{ candidate_name }}"),
        preheader=_("{{ position }}. The candidate proposes {{ reference_name }} instead"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "{{ candidate_name }} can't name a reference of the kind that the template for {{ position }} asks for,"
            " and proposes {{ reference_name }} instead. The request's page says why.\n\n"
            "We won't contact {{ reference_name }} until you approve.\n\n"
            "{{ link }}"
        ),
        action=_("View proposal"),
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
            "You can finish now, with a report of the answers so far. Or you can extend: everyone who hasn't answered"
            " gets a reminder with the new date.\n\n"
            "If you do nothing, we'll create the report on {{ end_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
REQUEST_DUE_UNANSWERED = MessageKind(
    key="request_due_unanswered",
    label=_("Owner: the due date has passed without an answer"),
    to=Recipient.OWNER,
    when=_("When the due date has passed and no references are in"),
    names=(*OF_ALL, "references_in", "end_date"),
    may_be_own=False,
    standard=Standard(
        subject=_("Nobody has answered yet: {{ candidate_name }}"),
        preheader=_("{{ position }}. {{ references_in }}, due {{ due_date }}"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "The due date for {{ candidate_name }}, {{ position }}, has passed, and no references have come in.\n\n"
            "You can extend: everyone who hasn't answered gets a reminder with the new date. Or you can cancel.\n\n"
            "If you do nothing and nobody answers, the request ends on {{ end_date }}.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
REQUEST_PAUSED = MessageKind(
    key="request_paused",
    label=_("Owner: the request is paused"),
    to=Recipient.OWNER,
    when=_with_ats(_("When the application is rejected or withdrawn in %(ats)s")),
    names=(*OF_ALL, "status"),
    may_be_own=False,
    standard=Standard(
        subject=_("Paused: {{ candidate_name }}"),
        preheader=_("{{ position }}. It will be canceled in 24 hours unless you resume it"),
        text=_with_ats(
            _(
                'Hello {{ owner_name | default: "there" }},\n\n'
                "{{ candidate_name }}'s application for {{ position }} is now “{{ status }}” in %(ats)s.\n\n"
                "The reference check is paused. Nobody gets reminders, and it will be canceled in 24 hours. To go"
                " on, resume it on the request's page.\n\n"
                "{{ link }}"
            )
        ),
        action=_("View request"),
    ),
)
REQUEST_EXPIRED = MessageKind(
    key="request_expired",
    label=_("Owner: no references received"),
    to=Recipient.OWNER,
    when=_("When the request ends without an answer"),
    names=OF_ALL,
    may_be_own=False,
    standard=Standard(
        subject=_("No references received: {{ candidate_name }}"),
        preheader=_("{{ position }}. The request ended after its last day"),
        text=_(
            'Hello {{ owner_name | default: "there" }},\n\n'
            "Nobody has answered for {{ candidate_name }}, {{ position }}, so the request has ended.\n\n"
            "To ask again, move the candidate to the step again.\n\n"
            "{{ link }}"
        ),
        action=_("View request"),
    ),
)
