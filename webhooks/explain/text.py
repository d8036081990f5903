"""What Explain says where the log's words, which are of a move that is over, do not fit what is so now."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# By outcome, as the next one.
SENTENCES: dict[str, Promise] = {
    "no.switch_off": gettext_lazy("“Make Candidate Requests from SmartRecruiters” is off."),
    "no.paused": gettext_lazy("The connector is paused."),
    "no.other_step": gettext_lazy("The candidate stands at %(step)s, not at %(wanted)s."),
}
FIXES: dict[str, Promise] = {
    "no.switch_off": gettext_lazy("Turn it on on the connection page, then move the candidate to the step."),
    "no.paused": gettext_lazy("Resume it on the connection page, then ask again."),
    "no.other_step": gettext_lazy("Move the candidate to %(wanted)s in SmartRecruiters."),
    "no.step_renamed": gettext_lazy(
        "Use the new name: an admin sets it on the connection page. Or rename the step back in SmartRecruiters. Then "
        "ask again."
    ),
    "no.tag_empty": gettext_lazy("Write a template's ATS tag into the job's field in SmartRecruiters, then ask again."),
    "no.field_missing": gettext_lazy(
        "Make the field in SmartRecruiters under Settings > Configuration > Job Fields: free text, category job, "
        "visibility internal, active. Then ask again."
    ),
    "no.field_inactive": gettext_lazy(
        "Activate it in SmartRecruiters under Settings > Configuration > Job Fields, then ask again."
    ),
    "no.field_category": gettext_lazy(
        "SmartRecruiters keeps a field's category: rename that field there, make a new one, then ask again."
    ),
    "no.field_unseen": gettext_lazy(
        "Write a template's ATS tag into the job's field in SmartRecruiters, then ask again. Reconnect and allow "
        "“Access Company Settings”, and we can tell which."
    ),
    "no.tag_unknown": gettext_lazy(
        "Correct the job's field in SmartRecruiters or a template's ATS tag, then ask again."
    ),
    "no.no_address": gettext_lazy("Add one in SmartRecruiters, then ask again."),
    "no.opted_out": gettext_lazy(
        "Ask the candidate yourself, or correct the address in SmartRecruiters, then ask again."
    ),
    "no.stood_there": gettext_lazy("Press Send request if one is wanted."),
    "hold.old": gettext_lazy("Press Send request if one is still wanted."),
    "hold.busy": gettext_lazy("Ask again in a minute."),
    "hold.sign_in": gettext_lazy("Reconnect on the connection page, then ask again."),
    "fail.permission": gettext_lazy("Reconnect on the connection page as a user who may, then ask again."),
    "fail.bounced": gettext_lazy("Correct the address in SmartRecruiters, then ask again."),
    "fail.gone": gettext_lazy("Give the connecting user access in SmartRecruiters, then ask again."),
}
# Of a request that is done, where no event of the log offers another.
NO_OTHER_YET = gettext_lazy(
    "Open it below. If another is wanted, move the candidate to %(wanted)s again: the event log then offers it."
)
# Why the ATS tells us of no moves, by the state of the webhook.
DEAF: dict[str, Promise] = {
    "inactive": gettext_lazy("the webhook subscription is suspended"),
    "missing": gettext_lazy("there is no webhook subscription of ours"),
    "other_events": gettext_lazy("the webhook subscription is for other events"),
}
