"""What a member can do about an event that sent nothing.

Each action decides it again, from the current state in the ATS.

None sends twice: an event that sent its request is skipped, and start_request refuses a second open request.
"""

from django.utils.translation import gettext as _

from connectors.calls.gateway import open_ats
from connectors.connection import connect, settings
from connectors.models import Connection, ConnectionState
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.tenancy import audit
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.models import User
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.edit import TagTaken, restore_template
from webhooks import connection_jobs
from webhooks.decision.evaluation import Evaluation, RequestInputs, check_step, check_switch, collect_inputs
from webhooks.decision.outcomes import Family
from webhooks.models import InboundEvent

LATE = {"hold.old", "no.stood_there", "no.set_aside"}  # only a member can release these


class NotNow(Exception):
    """The event has sent its request, or a worker is processing it. The message is for the interface."""


def try_again(event: InboundEvent, *, actor: Actor) -> None:
    """Evaluate the event again, by the same rules.

    For a late move, clicking it is the confirmation. Call inside `tenant()`.
    """
    if event.outcome in LATE:
        _again(event, actor, confirmed_at=clock.now())
        _audit(event, actor, "event.sent_late")
    else:
        _again(event, actor)


def send_with(event: InboundEvent, *, template: RequestTemplate, actor: Actor) -> None:
    """Send with this template, whatever the job's tag. Call inside `tenant()`."""
    _again(event, actor, chosen_template=template.uid, confirmed_at=clock.now())
    _audit(event, actor, "event.sent_by_hand", template=template.name)


def send_to(event: InboundEvent, *, email: str, actor: Actor) -> None:
    """Send to this address because the ATS has no valid one. Call inside `tenant()`."""
    # The member vouches for the address, so an earlier bounce no longer counts.
    suppression.lift(
        organization=event.organization, channel=Channel.EMAIL, address=email, reason=SuppressionReason.BOUNCED
    )
    _again(event, actor, chosen_email=email, confirmed_at=clock.now())
    _audit(event, actor, "event.sent_to_address")


def send_another(event: InboundEvent, *, actor: Actor) -> None:
    """Send although there is a recent report, or an open request without the ATS. Call inside `tenant()`."""
    _again(event, actor, allow_repeat=True, confirmed_at=clock.now())
    _audit(event, actor, "event.sent_another")


def turn_on_and_send(event: InboundEvent, *, actor: User) -> None:
    """Turn requests on for all moves from now on, and decide this one again. Call inside `tenant()`. Raises NotNow."""
    connection = Connection.objects.select_related("organization").get(pk=event.connection_id)
    if connection.state == ConnectionState.NOT_CONNECTED:
        raise NotNow(_("Connect %(ats)s first.") % {"ats": connection.ats_name})
    connect.switch_requests(connection=connection, on=True, actor=actor)
    connection_jobs.catch_up_now(connection)
    _again(event, actor, confirmed_at=clock.now())
    _audit(event, actor, "event.sent_after_switch")


def restore_and_send(event: InboundEvent, *, actor: User) -> None:
    """Restore the deleted template of the event, and evaluate again. Call inside `tenant()`. Raises NotNow."""
    template = missing_template(event)
    if template is None or not template.is_restorable:
        raise NotNow(_("It can't be restored anymore."))
    try:
        restore_template(template=template, actor=actor)
    except TagTaken as error:
        raise NotNow(_("Another template has its tag now.")) from error
    _again(event, actor)


def missing_template(event: InboundEvent) -> RequestTemplate | None:
    """Return the deleted template that stopped the event, if it is still deleted. Call inside `tenant()`."""
    if event.outcome != "no.template_deleted":
        return None
    return RequestTemplate.objects.filter(uid=event.values["template_uid"], deleted_at__isnull=False).first()


def preview_request(event: InboundEvent, *, version: TemplateVersion | None, email: str = "") -> RequestInputs:
    """Return what would be sent now, with this template, or else by the tag. Call outside `tenant()`.

    `email`: the address to use if the ATS has none. Raises RequestNotStarted if nothing would be sent, AtsError if the
    ATS can't be asked.
    """
    connection = event.connection
    evaluation = Evaluation(connection, open_ats(connection), event.candidate_id, event.job_id, email=email)
    check_switch(evaluation)
    check_step(evaluation)
    return collect_inputs(evaluation, chosen=version)


def resume_and_send(event: InboundEvent, *, actor: User) -> None:
    """Resume the connector for all moves from now on, and decide this one again. Call inside `tenant()`."""
    connection = Connection.objects.select_related("organization").get(pk=event.connection_id)
    settings.resume(connection=connection, actor=actor)
    connection_jobs.catch_up_now(connection)
    _again(event, actor, confirmed_at=clock.now())
    _audit(event, actor, "event.sent_after_pause")


def may_be_acted_on(event: InboundEvent) -> bool:
    return bool(event.outcome) and event.outcome_details is not None and event.outcome_details.family != Family.SENT


def _again(event: InboundEvent, actor: Actor, **asked: object) -> None:
    # Lock the row, so that a second click sees the result of the first.
    row = InboundEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    if row.state == WorkState.WORKING:
        raise NotNow(_("We're already working on it."))
    if not may_be_acted_on(row):
        raise NotNow(_("Its request was already sent, or it's about to be checked."))
    # Keep naming the member who sent it manually, even when another member tries again.
    if asked or not row.is_manual:
        InboundEvent.objects.filter(pk=row.pk).update(asked_by=fitted(str(actor), PERSON_NAME), **asked)
    work_item.try_again(row, even_if_done=True)


def _audit(event: InboundEvent, actor: Actor, action: str, **settings: str) -> None:
    after = {"event": event.uid, **settings}
    audit.record(organization=event.organization, actor=actor, action=action, after=after)
