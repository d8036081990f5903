"""Explain's own wording, for when the event log's wording about a past move doesn't fit the current state.

Each text uses the values of its outcome, plus `ats`, the name of the ATS.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

SENTENCES: dict[str, Promise] = {
    "no.switch_off": gettext_lazy("“Make Candidate Requests from %(ats)s” is off."),
    "no.paused": gettext_lazy("The connector is paused."),
    "no.other_step": gettext_lazy("The candidate is at “%(step)s”, not at “%(our_step)s”."),
}
FIXES: dict[str, Promise] = {
    "no.switch_off": gettext_lazy("On the connection page, turn it on, then move the candidate to the step."),
    "no.paused": gettext_lazy("Resume it on the connection page, then ask again."),
    "no.other_step": gettext_lazy("Move the candidate to “%(our_step)s” in %(ats)s."),
    "no.step_renamed": gettext_lazy(
        "Ask an admin to enter the new name on the connection page, or rename the step back in %(ats)s. Then ask again."
    ),
    "no.tag_empty": gettext_lazy("Enter a template's ATS tag in the job's field in %(ats)s, then ask again."),
    "no.field_missing": gettext_lazy(
        "Create the field in %(ats)s under Settings > Configuration > Job Fields: free text, category job, visibility "
        "internal, active. Then ask again."
    ),
    "no.field_inactive": gettext_lazy(
        "Activate it in %(ats)s under Settings > Configuration > Job Fields, then ask again."
    ),
    "no.field_category": gettext_lazy(
        "A field's category can't be changed in %(ats)s, so rename that field there and create a new one. Then ask "
        "again."
    ),
    "no.field_unseen": gettext_lazy(
        "Enter a template's ATS tag in the job's field in %(ats)s, then ask again. To let us tell which it is, "
        "reconnect and allow “Access Company Settings”."
    ),
    "no.tag_unknown": gettext_lazy("Correct the job's field in %(ats)s or a template's ATS tag, then ask again."),
    "no.template_deleted": gettext_lazy(
        "Restore the template within 30 days of its deletion, or enter another template's ATS tag in the job's field "
        "in %(ats)s. Then ask again."
    ),
    "no.erased": gettext_lazy(
        "You don't need to do anything. If they contacted you again on their own, an admin can allow requests again on "
        "the privacy desk. Then ask again."
    ),
    "no.no_address": gettext_lazy("Add one in %(ats)s, then ask again."),
    "no.opted_out": gettext_lazy("Contact the candidate yourself, or correct the address in %(ats)s and ask again."),
    "no.open_without_ats": gettext_lazy("Open that request. To replace it, cancel it there, then ask again."),
    "no.stood_there": gettext_lazy("Click Send request if you want one."),
    "hold.old": gettext_lazy("Click Send request if you still want one."),
    "hold.busy": gettext_lazy("Ask again in a minute."),
    "hold.sign_in": gettext_lazy("Reconnect on the connection page, then ask again."),
    "fail.permission": gettext_lazy("Reconnect on the connection page as a user with this permission, then ask again."),
    "fail.bounced": gettext_lazy("Correct the address in %(ats)s, then ask again."),
    "fail.gone": gettext_lazy("Give the connected user access in %(ats)s, then ask again."),
}
# For a finished request, if no event in the log offers another one.
NO_REPEAT_EVENT = gettext_lazy(
    "Open the request to read its report. If you want another one, move the candidate to “%(our_step)s” again. The "
    "event log will then offer it."
)
# Why the ATS sends us no moves, by the state of the webhook.
WEBHOOK_PROBLEMS: dict[str, Promise] = {
    "inactive": gettext_lazy("our webhook subscription is suspended"),
    "missing": gettext_lazy("we have no webhook subscription"),
    "other_events": gettext_lazy("our webhook subscription is for other events"),
}
