"""The closed list of what can become of an event. Each has a family, a name for the log's filter, and a sentence.

Sentences take the named values that decide.py gives. Later issues add outcomes; none is invented elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Family(StrEnum):
    SENT = "sent"
    NOT_SENT = "no"
    ON_HOLD = "hold"
    FAILED = "fail"


@dataclass(frozen=True)
class Outcome:
    slug: str
    sentence: Promise | str
    fix: Promise | str = ""
    hidden: bool = False  # not for our step: left out of the log unless asked for

    @property
    def family(self) -> Family:
        return Family(self.slug.split(".")[0])

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
        Outcome("sent.matched", _("Tag “%(tag)s” matched the template %(template)s.")),
        Outcome(
            "no.switch_off",
            _("“Make Candidate Requests from SmartRecruiters” was off."),
            _("Turn it on, then move the candidate again."),
        ),
        Outcome("no.other_step", _("Moved to %(step)s, not to %(wanted)s."), hidden=True),
        Outcome("no.other_event", _("SmartRecruiters told us of “%(event)s”, which starts no request."), hidden=True),
        Outcome("no.duplicate", _("The same move again; what came of it stands at the event before."), hidden=True),
        Outcome(
            "no.stood_there",
            _("The candidate stood at %(step)s before “Make Candidate Requests from SmartRecruiters” was turned on."),
            _("Press Send all the same if a request is wanted."),
        ),
        Outcome(
            "no.tag_empty",
            _("The job “%(job)s” has an empty %(field)s."),
            _("Write a template's ATS tag into the job's field in SmartRecruiters, then press Try again."),
        ),
        Outcome(
            "no.field_missing",
            _("The job “%(job)s” has no field named “%(field)s”."),
            _(
                "Make the field in SmartRecruiters under Settings > Configuration > Job Fields: free text, category "
                "job, visibility internal, active. Then press Try again."
            ),
        ),
        Outcome(
            "no.tag_unknown",
            _("No template has the tag “%(tag)s”. %(closest)s"),
            _("Correct the job's field in SmartRecruiters or a template's ATS tag here, then press Try again."),
        ),
        Outcome(
            "no.no_address",
            _("%(candidate)s has no e-mail address that can be written to."),
            _("Add one in SmartRecruiters, then press Try again."),
        ),
        Outcome("no.already_open", _("A request of %(date)s is still open."), _("Open it below.")),
        Outcome(
            "no.already_done",
            _("A report of %(date)s exists, less than 90 days old."),
            _("Open it below."),
        ),
        Outcome(
            "hold.sign_in",
            _("SmartRecruiters needs a new sign-in."),
            _("Reconnect on the connection page; this goes on by itself afterwards."),
        ),
        Outcome(
            "hold.old",
            _("The move is of %(when)s, more than 48 hours ago."),
            _("Press Send all the same if a request is still wanted."),
        ),
        Outcome("hold.busy", _("SmartRecruiters is busy or down."), _("It is tried again by itself.")),
        Outcome(
            "fail.permission",
            _("We may not read this in SmartRecruiters."),
            _("Connect again as a user who may, on the connection page; this goes on by itself afterwards."),
        ),
        Outcome(
            "fail.gone",
            _("The candidate or the job was deleted in SmartRecruiters, or the connecting user may not see it."),
            _("Give the connecting user access in SmartRecruiters, then press Try again."),
        ),
        Outcome(
            "fail.malformed",
            _("SmartRecruiters sent a message that cannot be read: %(why)s."),
            _("Nothing needs doing here. Move the candidate again if a request is missing."),
        ),
        Outcome(
            "fail.signature",
            _("%(count)s messages in this hour did not carry SmartRecruiters' signature and were turned away."),
            _("Nothing of them was kept. If candidates are missing, disconnect and connect again."),
        ),
        Outcome("fail.gave_up", _("It was tried %(attempts)s times. %(why)s"), _("Press Try again.")),
        Outcome("fail.bug", _("Something on our side failed. We were told."), _("It is tried again by itself.")),
    )
}

# What a setback of the work item means for the log: see connectors.gateway.as_setback.
BY_SETBACK = {
    "sign_in": "hold.sign_in",
    "old": "hold.old",
    "busy": "hold.busy",
    "permission": "fail.permission",
    "gone": "fail.gone",
    "bug": "fail.bug",
}
