"""The sentence of each action. `%(…)s` is either a detail of the entry or one of the words in `text.Words`."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crosschq.tenancy.models import AuditEntry

_UNTIL_SWITCHED = {
    "connector.switch.requests": (
        _("%(actor)s turned on Make Candidate Requests from %(ats)s"),
        _("%(actor)s turned off Make Candidate Requests from %(ats)s"),
    ),
    "report.networks": (
        _("%(actor)s turned on network comparison"),
        _("%(actor)s turned off network comparison"),
    ),
    "report.private": (_("%(actor)s turned on private reports"), _("%(actor)s turned off private reports")),
    "connector.switch.attachments": (
        _("%(actor)s turned on Attach Crosschq 360 Report to candidate's profile upon completion"),
        _("%(actor)s turned off Attach Crosschq 360 Report to candidate's profile upon completion"),
    ),
    "export.existing": (
        _("%(actor)s turned on Export Prospects from Crosschq to %(ats)s"),
        _("%(actor)s turned off Export Prospects from Crosschq to %(ats)s"),
    ),
    "export.new": (
        _("%(actor)s turned on Automatically Export New Prospects to %(ats)s"),
        _("%(actor)s turned off Automatically Export New Prospects to %(ats)s"),
    ),
}
# The detail that says whether a switch is on.
_SWITCH = {
    "connector.switch.requests": "on",
    "connector.switch.attachments": "on",
    "report.networks": "on",
    "report.private": "on",
    "export.existing": "existing",
    "export.new": "new",
}
_SENTENCES: Mapping[str, Promise | str] = {
    "bulk.cancel": _("%(actor)s canceled %(count)s of %(requests)s selected requests"),
    "bulk.extend": _("%(actor)s extended %(count)s of %(requests)s selected requests"),
    "bulk.reassign": _("%(actor)s changed the owner of %(count)s of %(requests)s selected requests"),
    "bulk.remind": _("%(actor)s sent reminders for %(count)s of %(requests)s selected requests"),
    "connector.connect": _("%(actor)s connected %(ats)s (%(company_name)s)"),
    "connector.default_template": _("%(actor)s changed the template for jobs with an empty tag"),
    "connector.disconnect": _("%(actor)s disconnected %(ats)s (%(company_name)s)"),
    "connector.pause": _("%(actor)s paused %(ats)s"),
    "connector.resume": _("%(actor)s resumed %(ats)s"),
    "connector.settings": _("%(actor)s changed the settings of %(ats)s"),
    "email.refuse": _("%(actor)s reached the limit of %(number)s %(what)s in 24 hours"),
    "event.ask": _("%(actor)s sent a request to %(event)s from Explain"),
    "event.sent_after_pause": _("%(actor)s retried the move of %(event)s"),
    "event.sent_after_switch": _("%(actor)s retried the move of %(event)s"),
    "event.sent_another": _("%(actor)s sent another request for %(event)s"),
    "event.sent_by_hand": _("%(actor)s sent the request for %(event)s manually with the template %(template)s"),
    "event.sent_late": _("%(actor)s confirmed the late move of %(event)s"),
    "event.sent_to_address": _("%(actor)s sent the request for %(event)s to an address entered manually"),
    "events.confirmed": ngettext_lazy(
        "%(actor)s confirmed %(count)s move that was held in a burst",
        "%(actor)s confirmed %(count)s moves that were held in a burst",
        "count",
    ),
    "events.quiet_job": _("%(actor)s turned off emails about the missing tag of %(job_title)s"),
    "events.replayed": ngettext_lazy(
        "%(actor)s replayed %(count)s failed move", "%(actor)s replayed %(count)s failed moves", "count"
    ),
    "events.reviewed": ngettext_lazy(
        "%(actor)s sent %(count)s request after a review",
        "%(actor)s sent %(count)s requests after a review",
        "count",
    ),
    "events.set_aside": ngettext_lazy(
        "%(actor)s decided not to send a request for %(count)s move",
        "%(actor)s decided not to send requests for %(count)s moves",
        "count",
    ),
    "events.speak_of_job": _("%(actor)s turned emails about the missing tag of %(job_title)s back on"),
    "export.chosen": _("%(actor)s exported selected prospects to %(ats)s"),
    "export.resume": _("%(actor)s resumed the export of prospects"),
    "export.settings": _("%(actor)s changed the export settings"),
    "export.start": _("%(actor)s started Export Prospects from Crosschq to %(ats)s"),
    "export.stop": _("%(actor)s stopped the export of prospects"),
    "invitation.cancel": _("%(actor)s canceled the invitation for %(invitation)s"),
    "invitation.resend": _("%(actor)s sent the invitation for %(invitation)s again"),
    "invitation.send": _("%(actor)s invited %(invitation)s as %(role)s"),
    "member.hand_over": ngettext_lazy(
        "%(actor)s handed %(requests)s open request of %(old_owner)s over to %(owner)s",
        "%(actor)s handed %(requests)s open requests of %(old_owner)s over to %(owner)s",
        "requests",
    ),
    "member.join": _("%(actor)s joined as %(role)s, invited by %(inviter)s"),
    "member.leave": _("%(actor)s left the organization"),
    "member.remove": _("%(actor)s removed %(member)s"),
    "member.role": _("%(actor)s changed the role of %(member)s from %(old_role)s to %(role)s"),
    "organization.change": _("%(actor)s changed the organization profile"),
    "organization.delete": _("%(actor)s asked to delete the organization"),
    "organization.export": _("%(actor)s exported everything the organization holds"),
    "organization.keep": _("%(actor)s canceled the deletion of the organization"),
    "organization.logo": _("%(actor)s uploaded a new logo"),
    "organization.remove_logo": _("%(actor)s removed the logo"),
    "privacy.correct": _("%(actor)s corrected a person's details"),
    "privacy.delete_export": _("%(actor)s deleted an export"),
    "privacy.deleted_there": _("%(actor)s marked an erased person as deleted in %(ats)s"),
    "privacy.download": _("%(actor)s downloaded an export"),
    "privacy.erase": _("%(actor)s erased a person"),
    "privacy.erase_reference": _("%(actor)s erased a reference"),
    "privacy.export": _("%(actor)s exported everything about a person"),
    "privacy.hold": _("%(actor)s placed a legal hold"),
    "privacy.release_hold": _("%(actor)s released a legal hold"),
    "privacy.retention": _("%(actor)s changed how long records are kept"),
    "privacy.write_again": _("%(actor)s allowed emails to an erased person again"),
    "prospect.deleted_there": _("%(actor)s marked a former prospect as deleted in %(ats)s"),
    "prospect.remove": _("%(actor)s removed a prospect"),
    "prospects.download": _("%(actor)s downloaded the list of prospects"),
    "prospects.question": _("%(actor)s changed who is asked to become a prospect after %(survey)s"),
    "request.start": _("%(actor)s sent a new request for %(request)s manually"),
    "requests.download": ngettext_lazy(
        "%(actor)s downloaded %(count)s request as CSV", "%(actor)s downloaded %(count)s requests as CSV", "count"
    ),
    "report.decline_access": _("%(actor)s declined access to the report on %(request)s"),
    "report.share": _("%(actor)s shared the report on %(request)s with %(invited)s"),
    "report.stop_sharing": _("%(actor)s stopped sharing the report on %(request)s with %(invited)s"),
    "report.view": _("%(actor)s opened the report on %(request)s"),
    "request.accept_late": _("%(actor)s added a late answer to the report on %(request)s"),
    "request.add_reference": _("%(actor)s added a reference to the request to %(request)s"),
    "request.address": _("%(actor)s corrected an address in the request to %(request)s"),
    "request.approve_kind": _("%(actor)s approved a different kind of reference in the request to %(request)s"),
    "request.cancel": _("%(actor)s canceled the request to %(request)s"),
    "request.copy_link": _("%(actor)s copied the link for %(request)s"),
    "request.due_date": _("%(actor)s changed the due date of the request to %(request)s"),
    "request.finish": _("%(actor)s finished the request to %(request)s"),
    "request.note_again": _("%(actor)s posted the note about %(request)s again"),
    "request.attach_again": _("%(actor)s attached the report about %(request)s again"),
    "request.owner": _("%(actor)s changed the owner of the request to %(request)s"),
    "request.refuse_kind": _("%(actor)s rejected a different kind of reference in the request to %(request)s"),
    "request.release": _("%(actor)s released a reference on hold in the request to %(request)s"),
    "request.remind": _("%(actor)s sent reminders for the request to %(request)s"),
    "request.reopen": _("%(actor)s reopened the request to %(request)s"),
    "request.resend": _("%(actor)s sent a new link for the request to %(request)s"),
    "request.resume": _("%(actor)s resumed the request to %(request)s"),
    "request.skip_reminder": _("%(actor)s skipped a reminder for the request to %(request)s"),
    "request.undo_decline": _("%(actor)s undid a decline in the request to %(request)s"),
    "restore.drop": ngettext_lazy(
        "%(actor)s dropped %(count)s message that was on hold after a restore",
        "%(actor)s dropped %(count)s messages that were on hold after a restore",
        "count",
    ),
    "restore.send": ngettext_lazy(
        "%(actor)s sent %(count)s message that was on hold after a restore",
        "%(actor)s sent %(count)s messages that were on hold after a restore",
        "count",
    ),
    "survey.create": _("%(actor)s created the survey “%(name)s”"),
    "survey.delete": _("%(actor)s deleted the survey “%(name)s”"),
    "survey.discard": _("%(actor)s discarded the unpublished changes to the survey “%(name)s”"),
    "survey.keep_question": _("%(actor)s kept a question about a prohibited topic in the survey “%(survey)s”"),
    "survey.publish": _("%(actor)s published version %(number)s of the survey “%(name)s”"),
    "survey.rename": _("%(actor)s renamed the survey “%(old_name)s” to “%(name)s”"),
    "template.create": _("%(actor)s created the template %(name)s with the tag %(ats_tag)s"),
    "template.delete": _("%(actor)s deleted the template %(name)s with the tag %(ats_tag)s"),
    "template.edit": _("%(actor)s changed the template %(template)s (version %(number)s)"),
    "template.restore": _("%(actor)s restored the template %(name)s with the tag %(ats_tag)s"),
    "test_request.erase": _("%(actor)s erased a test request from %(day)s with the template %(template)s"),
}


def pattern_of(entry: AuditEntry) -> Any:
    """The sentence with placeholders, or None for an action that the code no longer has."""
    if entry.action in _UNTIL_SWITCHED:
        on, off = _UNTIL_SWITCHED[entry.action]
        return on if entry.after.get(_SWITCH[entry.action]) else off
    return _SENTENCES.get(entry.action)


def actions() -> set[str]:
    """Every action that has a sentence."""
    return {*_SENTENCES, *_UNTIL_SWITCHED}
