"""The closed list of what can become of an event. Each has a family, a name for the log's filter, and a sentence.

Sentences take the named values that decide.py gives. Later issues add outcomes; none is invented elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Family(StrEnum):
    SENT = "sent"
    NOT_SENT = "no"
    ON_HOLD = "hold"
    FAILED = "fail"


OTHER = "other"  # the family, in the log, of what is not for our step


@dataclass(frozen=True)
class Outcome:
    slug: str
    sentence: Promise | str
    fix: Promise | str = ""
    hidden: bool = False  # not for our step: left out of the log unless asked for
    actions: tuple[str, ...] = ()  # what can be done about it from the event's page: names of pages.fixes
    notifies_owner: bool = True  # whether the recruiter hears of it
    unread: bool = False  # nothing was read, so nobody knows yet whether the move was to our step
    once_for: str = "application"  # or "job": of what the recruiter hears once
    how: str = ""  # what to press in the ATS: a part of templates/connectors/parts/how.html

    @property
    def family(self) -> Family:
        return Family(self.slug.split(".")[0])

    def say(self, values: Mapping[str, object]) -> str:
        """The sentence with what it names. What is closest may be unknown, or was not looked for at the time."""
        return (str(self.sentence) % ({"closest": ""} | dict(values))).strip()

    @property
    def words(self) -> str:
        return str(FAMILY_WORDS[self.family])

    @property
    def tag(self) -> str:
        """The kind of status tag that shows it."""
        return FAMILY_TAGS[self.family]


FAMILY_WORDS = {
    Family.SENT: _("Request sent"),
    Family.NOT_SENT: _("Not sent"),
    Family.ON_HOLD: _("On hold"),
    Family.FAILED: _("Failed"),
}
FAMILY_TAGS = {Family.SENT: "ok", Family.NOT_SENT: "warn", Family.ON_HOLD: "info", Family.FAILED: "err"}

OUTCOMES = {
    outcome.slug: outcome
    for outcome in (
        Outcome("sent.matched", _("Tag “%(tag)s” matched the template %(template)s."), actions=("open_request",)),
        Outcome(
            "sent.default",
            _("The job has no tag; the default template %(template)s is set."),
            actions=("open_request",),
        ),
        Outcome("sent.manual", _("%(who)s sent it by hand with the template %(template)s."), actions=("open_request",)),
        Outcome(
            "no.switch_off",
            _("“Make Candidate Requests from SmartRecruiters” was off."),
            _("Turn it on, and this move is looked at again."),
            actions=("turn_on",),
            unread=True,
        ),
        Outcome(
            "no.paused",
            _("The connector was paused."),
            _("Resume it, and this move is looked at again."),
            actions=("resume",),
            unread=True,
        ),
        Outcome("no.other_step", _("Moved to %(step)s, not to %(wanted)s."), hidden=True),
        Outcome(
            "no.step_renamed",
            _("The step “%(wanted)s” was renamed to “%(step)s” in SmartRecruiters."),
            _(
                "Use the new name: an admin sets it on the connection page. Or rename the step back in "
                "SmartRecruiters. Then press Try again."
            ),
            actions=("connection", "try_again"),
        ),
        Outcome(
            "no.moved_on",
            _("The candidate came to %(wanted)s on %(when)s and has moved on to %(step)s since."),
            _("Move the candidate to %(wanted)s again in SmartRecruiters if a request is wanted."),
        ),
        Outcome(
            "no.not_applied",
            _("%(candidate)s is %(why)s."),
            _(
                "First make them a candidate of a job whose field holds a template's tag, then move them to the step "
                "there."
            ),
        ),
        Outcome("no.other_event", _("SmartRecruiters told us of “%(event)s”, which starts no request."), hidden=True),
        Outcome("no.duplicate", _("The same move again; what came of it stands at the event before."), hidden=True),
        Outcome(
            "no.stood_there",
            _("The candidate stood at %(step)s before requests were turned on or resumed."),
            _("Press Send anyway if a request is wanted."),
            actions=("send_anyway", "send_with"),
            notifies_owner=False,  # not a move: whoever turns the switch on is shown them, see review.py
        ),
        Outcome(
            "no.set_aside",
            _("%(who)s set it aside: no request is wanted."),
            _("Press Send anyway if one is wanted after all."),
            actions=("send_anyway", "send_with"),
            notifies_owner=False,  # somebody decided it
        ),
        Outcome(
            "no.tag_empty",
            _("The job “%(job)s” has an empty %(field)s."),
            _(
                "Send it now with a template of your choice. For the next candidates, write a template's ATS tag into "
                "the job's field in SmartRecruiters."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="jobs",
        ),
        Outcome(
            "no.field_missing",
            _("The job “%(job)s” has no field named “%(field)s”. %(closest)s"),
            _(
                "Make the field in SmartRecruiters under Settings > Configuration > Job Fields: free text, category "
                "job, visibility internal, active. Then press Try again, or send this one with a template now."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_missing",
        ),
        Outcome(
            "no.field_inactive",
            _("The field “%(field)s” is inactive in SmartRecruiters, so the job “%(job)s” does not show it."),
            _(
                "Activate it in SmartRecruiters under Settings > Configuration > Job Fields. Then press Try again, or "
                "send this one with a template now."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_inactive",
        ),
        Outcome(
            "no.field_category",
            _(
                "The field “%(field)s” has the category organization in SmartRecruiters, and has to have the category "
                "job."
            ),
            _(
                "SmartRecruiters keeps a field's category: rename that field there, then make a new one. Then press "
                "Try again, or send this one with a template now."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_category",
        ),
        Outcome(
            "no.field_unseen",
            _("The job “%(job)s” shows no %(field)s: it is empty there, or SmartRecruiters has no such field."),
            _(
                "Write a template's ATS tag into the job's field in SmartRecruiters, then press Try again, or send "
                "this one with a template now. Reconnect and allow “Access Company Settings”, and we can tell which."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="jobs",
        ),
        Outcome(
            "no.tag_unknown",
            _("No template has the tag “%(tag)s”. %(closest)s"),
            _(
                "Correct the job's field in SmartRecruiters or a template's ATS tag here, then press Try again. Or "
                "send it now with a template of your choice."
            ),
            actions=("send_with", "try_again"),
            how="jobs",
        ),
        Outcome(
            "no.template_deleted",
            _("The template %(template)s was deleted."),
            _("Restore it within 30 days of its deletion, or send this one with another."),
            actions=("restore", "send_with"),
        ),
        Outcome(
            "no.no_address",
            _("%(candidate)s has no e-mail address that can be written to."),
            _("Add one in SmartRecruiters, then press Try again. Or send the request to an address that you know."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "no.opted_out",
            _("Whoever reads the address of %(candidate)s asked us not to write there."),
            _("Ask the candidate yourself. If the address is somebody else's, send the request to the right one."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "no.already_open", _("A request of %(date)s is still open."), _("Open it below."), actions=("open_request",)
        ),
        Outcome(
            "no.already_done",
            _("A report of %(date)s exists, less than 90 days old."),
            _("Open it below, or send another."),
            actions=("open_request", "send_another"),
        ),
        Outcome(
            "hold.sign_in",
            _("SmartRecruiters needs a new sign-in."),
            _("Reconnect on the connection page. This move then continues automatically."),
            actions=("connection",),
        ),
        Outcome(
            "hold.old",
            _("The move is of %(when)s, more than 48 hours ago."),
            _("Press Send anyway if a request is still wanted."),
            actions=("send_anyway",),
        ),
        Outcome(
            "hold.too_many",
            _("More than %(limit)s candidates were moved to the step within ten minutes, so the rest wait."),
            _("Look through them, and confirm all or choose."),
            actions=("review_burst",),
        ),
        Outcome(
            "hold.busy",
            _("SmartRecruiters is busy or down."),
            _("It is tried again automatically."),
            actions=("try_again",),
        ),
        Outcome(
            "fail.permission",
            "%(why)s",  # a whole sentence: which permission
            _("Reconnect on the connection page as a user who may. This move then continues automatically."),
            actions=("connection", "try_again"),
        ),
        Outcome(
            "fail.gone",
            _("The candidate or the job was deleted in SmartRecruiters, or the connecting user may not see it."),
            _("Give the connecting user access in SmartRecruiters, then press Try again."),
            actions=("try_again",),
        ),
        Outcome(
            "fail.bounced",
            _("Mail to %(candidate)s came back from the address that SmartRecruiters has."),
            _("Correct it in SmartRecruiters, then press Try again. Or send the request to an address that you know."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "fail.malformed",
            _("SmartRecruiters sent a message that cannot be read: %(why)s."),
            _("Nothing needs doing here. Move the candidate again if a request is missing."),
            actions=("try_again",),
            notifies_owner=False,  # nobody knows of whom it speaks
        ),
        Outcome(
            "fail.signature",
            _("%(count)s messages in this hour did not carry SmartRecruiters' signature and were turned away."),
            _("Nothing of them was kept. If candidates are missing, disconnect and connect again."),
            actions=("connection",),
            notifies_owner=False,  # not an event
        ),
        Outcome(
            "fail.gave_up",
            _("It was tried %(attempts)s times. %(why)s"),
            _("Press Try again."),
            actions=("try_again", "send_with"),
        ),
        Outcome(
            "fail.bug",
            _("Something on our side failed. We were told."),
            _("It is tried again automatically."),
            actions=("try_again",),
        ),
    )
}

# What a setback of the work item means for the log: see connectors.calls.gateway.as_setback.
BY_SETBACK = {
    "sign_in": "hold.sign_in",
    "old": "hold.old",
    "too_many": "hold.too_many",
    "busy": "hold.busy",
    "permission": "fail.permission",
    "gone": "fail.gone",
    "bug": "fail.bug",
}
