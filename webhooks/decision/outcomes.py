"""The closed list of outcomes of an event. Each has a family, a sentence for the event log, and a fix.

Sentences and fixes use the named values of the outcome, plus `ats`, the name of the ATS. They are about a past move and
the buttons of its page; webhooks/explain/text.py has other words for the current state, where these don't fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crosschq.core.text.ats_name import ats_name


class Family(StrEnum):
    SENT = "sent"
    NOT_SENT = "no"
    ON_HOLD = "hold"
    FAILED = "fail"


OTHER = "other"  # the log's family for events that aren't about our step


@dataclass(frozen=True)
class Outcome:
    slug: str
    sentence: Promise | str
    fix: Promise | str = ""
    hidden: bool = False  # not about our step: left out of the log unless the reader asks for everything
    actions: tuple[str, ...] = ()  # what the event's page offers: see webhooks.log.views.actions
    notifies_owner: bool = True
    unread: bool = False  # nothing was read from the ATS, so we don't know yet whether the move was to our step
    once_for: str = "application"  # or "job": how often the owner is notified
    how: str = ""  # the instructions for the ATS: a part of templates/connectors/manage/parts/how.html

    @property
    def family(self) -> Family:
        return Family(self.slug.split(".")[0])

    def say(self, values: Mapping[str, object]) -> str:
        """Return the sentence with its values. `closest` is empty if nothing similar was found."""
        return (str(self.sentence) % self._complete(values)).strip()

    def say_fix(self, values: Mapping[str, object]) -> str:
        """Return the fix with its values; empty if there is none."""
        return str(self.fix) % self._complete(values)

    @staticmethod
    def _complete(values: Mapping[str, object]) -> dict[str, object]:
        return {"closest": "", "ats": ats_name()} | dict(values)

    @property
    def words(self) -> str:
        return str(FAMILY_WORDS[self.family])

    @property
    def tag(self) -> str:
        """Return the kind of the status tag for this family."""
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
            _("The job has no tag, so the default template %(template)s was used."),
            actions=("open_request",),
        ),
        Outcome(
            "sent.manual",
            _("%(who)s sent it manually with the template %(template)s."),
            actions=("open_request",),
        ),
        Outcome(
            "no.switch_off",
            _("“Make Candidate Requests from %(ats)s” was off."),
            _("Turn it on, and we'll check this move again."),
            actions=("turn_on",),
            unread=True,
        ),
        Outcome(
            "no.paused",
            _("The connector was paused."),
            _("Resume it, and we'll check this move again."),
            actions=("resume",),
            unread=True,
        ),
        Outcome("no.other_step", _("Moved to “%(step)s”, not to “%(our_step)s”."), hidden=True),
        Outcome(
            "no.step_renamed",
            _("The step “%(our_step)s” was renamed to “%(step)s” in %(ats)s."),
            _(
                "Ask an admin to enter the new name on the connection page, or rename the step back in %(ats)s. Then "
                "click Try again."
            ),
            actions=("connection", "try_again"),
        ),
        Outcome(
            "no.moved_on",
            _("%(candidate)s reached “%(our_step)s” on %(when)s and was moved to “%(step)s” on %(left)s."),
            _("To send a request, move the candidate back to “%(our_step)s” in %(ats)s."),
            actions=("try_again",),
        ),
        Outcome(
            "no.not_applied",
            _("%(candidate)s is %(why)s."),
            _(
                "First make them a candidate for a job that has a template's tag, then move them to the step on that "
                "job."
            ),
        ),
        Outcome("no.other_event", _("%(ats)s sent “%(event)s”, which doesn't start a request."), hidden=True),
        Outcome(
            "no.erased",
            _("This candidate's data was erased, so they won't get a request."),
            _(
                "You don't need to do anything. If they contacted you again on their own, an admin can allow requests "
                "again on the privacy desk. Then click Try again."
            ),
            actions=("try_again",),
            notifies_owner=False,  # we say nothing about an erased person
        ),
        Outcome("no.duplicate", _("A repeat of the same move. The earlier event shows the result."), hidden=True),
        Outcome(
            "no.stood_there",
            _("The candidate was already at “%(step)s” when requests were turned on or resumed."),
            _("Click “Send anyway” to send a request."),
            actions=("send_anyway", "send_with"),
            notifies_owner=False,  # not a move: the review page lists these candidates
        ),
        Outcome(
            "no.set_aside",
            _("%(who)s decided not to send a request."),
            _("Click “Send anyway” if you want one after all."),
            actions=("send_anyway", "send_with"),
            notifies_owner=False,  # a member decided it
        ),
        Outcome(
            "no.tag_empty",
            _("The job “%(job)s” has an empty %(field)s."),
            _(
                "Send this one now with a template you choose. For future candidates, enter a template's ATS tag in "
                "the job's field in %(ats)s."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="jobs",
        ),
        Outcome(
            "no.field_missing",
            _("The job “%(job)s” has no field named “%(field)s”. %(closest)s"),
            _(
                "Create the field in %(ats)s under Settings > Configuration > Job Fields: free text, category job, "
                "visibility internal, active. Then click Try again, or send this one now with a template."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_missing",
        ),
        Outcome(
            "no.field_inactive",
            _("The field “%(field)s” is inactive in %(ats)s, so the job “%(job)s” doesn't show it."),
            _(
                "Activate it in %(ats)s under Settings > Configuration > Job Fields. Then click Try again, or send "
                "this one now with a template."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_inactive",
        ),
        Outcome(
            "no.field_category",
            _("The field “%(field)s” has the category organization in %(ats)s. It needs the category job."),
            _(
                "A field's category can't be changed in %(ats)s, so rename that field there and create a new one. "
                "Then click Try again, or send this one now with a template."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="field_category",
        ),
        Outcome(
            "no.field_unseen",
            _("The job “%(job)s” shows no %(field)s: either it's empty, or %(ats)s has no such field."),
            _(
                "Enter a template's ATS tag in the job's field in %(ats)s, then click Try again, or send this one now "
                "with a template. To let us tell which it is, reconnect and allow “Access Company Settings”."
            ),
            actions=("send_with", "try_again"),
            once_for="job",
            how="jobs",
        ),
        Outcome(
            "no.tag_unknown",
            _("No template has the tag “%(tag)s”. %(closest)s"),
            _(
                "Correct the job's field in %(ats)s or a template's ATS tag here, then click Try again. Or send it now "
                "with a template you choose."
            ),
            actions=("send_with", "try_again"),
            how="jobs",
        ),
        Outcome(
            "no.template_deleted",
            _("The template %(template)s was deleted."),
            _("Restore it within 30 days of its deletion, or send this one with another template."),
            actions=("restore", "send_with"),
        ),
        Outcome(
            "no.no_address",
            _("%(candidate)s has no valid email address."),
            _("Add one in %(ats)s, then click Try again. Or send the request to an address you know."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "no.opted_out",
            _("The person who reads email at the address of %(candidate)s asked us not to email them."),
            _("Contact the candidate yourself. If the address isn't theirs, send the request to the right one."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "no.already_open",
            _("A request from %(date)s is still open."),
            _("Open that request."),
            actions=("open_request",),
        ),
        Outcome(
            "no.already_done",
            _("There is a report from %(date)s, less than 90 days old."),
            _("Open the request to read its report, or send another one."),
            actions=("open_request", "send_another"),
        ),
        Outcome(
            "no.open_without_ats",
            _(
                "A request from %(date)s to the same email address is still open. It's for %(job)s, and was sent "
                "without %(ats)s."
            ),
            _(
                "Open that request, or send another one too. To replace it, cancel it there, then come back and click "
                "Try again."
            ),
            actions=("open_request", "send_another", "try_again"),
        ),
        Outcome(
            "hold.sign_in",
            _("%(ats)s needs a new sign-in."),
            _("Reconnect on the connection page. We'll then continue automatically."),
            actions=("connection",),
        ),
        Outcome(
            "hold.old",
            _(
                "The candidate was moved on %(when)s, so a request may no longer be needed, or may already have been "
                "sent."
            ),
            _("Click “Send anyway” if you still want a request."),
            actions=("send_anyway",),
        ),
        Outcome(
            "hold.too_many",
            _("More than %(limit)s candidates were moved to the step within ten minutes, so we held the rest."),
            _("Review them, then confirm all of them or only some."),
            actions=("review_burst",),
        ),
        Outcome(
            "hold.busy",
            _("%(ats)s is busy or down."),
            _("We'll try again automatically."),
            actions=("try_again",),
        ),
        Outcome(
            "fail.permission",
            "%(why)s",  # a complete sentence that names the missing permission
            _("Reconnect on the connection page as a user with this permission. We'll then continue automatically."),
            actions=("connection", "try_again"),
        ),
        Outcome(
            "fail.gone",
            _("The candidate or job was deleted in %(ats)s, or the connected user can't see it."),
            _("Give the connected user access in %(ats)s, then click Try again."),
            actions=("try_again",),
        ),
        Outcome(
            "fail.bounced",
            _("Email to %(candidate)s bounced from the address in %(ats)s."),
            _("Correct it in %(ats)s, then click Try again. Or send the request to an address you know."),
            actions=("send_to", "try_again"),
        ),
        Outcome(
            "fail.malformed",
            _("%(ats)s sent a message we can't read: %(why)s."),
            _("You don't need to do anything here. If a request is missing, move the candidate again."),
            actions=("try_again",),
            notifies_owner=False,  # the candidate is unknown
        ),
        Outcome(
            "fail.signature",
            _("%(count)s messages in this hour had no valid %(ats)s signature, so we rejected them."),
            _("We kept nothing from them. If candidates are missing, disconnect and connect again."),
            actions=("connection",),
            notifies_owner=False,  # not an event
        ),
        Outcome(
            "fail.gave_up",
            _("We gave up after %(attempts)s attempts. %(why)s"),
            _("Click Try again."),
            actions=("try_again", "send_with"),
        ),
        Outcome(
            "fail.bug",
            _("Something went wrong on our side, and we've been alerted."),
            _("We'll try again automatically."),
            actions=("try_again",),
        ),
    )
}

# The outcome for each code of a setback: see connectors.calls.gateway.as_setback.
BY_SETBACK = {
    "sign_in": "hold.sign_in",
    "old": "hold.old",
    "too_many": "hold.too_many",
    "busy": "hold.busy",
    "permission": "fail.permission",
    "gone": "fail.gone",
    "bug": "fail.bug",
}
