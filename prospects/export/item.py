"""Exports one prospect to the ATS as a candidate, exactly once.

Creating a candidate takes no idempotency key, but email address and last name are unique in the ATS. In the talent
pool, we simply repeat a create whose response was lost: the ATS returns the same candidate or a conflict. On a job, we
search first, since search lists candidates who have an application. An existing candidate is linked: the ATS keeps its
source and may add our tags and details. If the ATS merged a candidate we created into another one, the prospect follows
the one that remains.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from connectors import ats
from connectors.calls.gateway import as_setback, open_ats
from connectors.doubtful_writes import definitely_failed
from connectors.models import Connection
from connectors.setup.permissions import ADD_CANDIDATE, record_use
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.characters import comparison_key
from crosschq.core.text.email_addresses import envelope_address, is_email_address
from crosschq.core.text.email_keys import exact_key
from crosschq.tenancy.scope import tenant
from prospects.export import on_opt_in
from prospects.models import ExportItem, ExportOutcome, ExportSettings, Prospect
from prospects.opt_in import removal

# Allows for clock skew between the ATS and us, and for a row that waits for its transaction.
CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class PreparedExport:
    """The candidate to create, read in one transaction.

    `was_attempted`: an earlier attempt may have created it. `exported_id`: the candidate that an earlier export
    created for this prospect.
    """

    connection: Connection
    settings: ExportSettings
    new_candidate: ats.NewCandidate
    was_attempted: bool
    exported_id: str


def perform(item: ExportItem) -> None:
    with tenant(item.organization):
        prepared = _prepare(item)
    if prepared is None:
        return
    opened = open_ats(prepared.connection)
    try:
        outcome, candidate_id = _create(item, prepared, opened)
        merged = _was_merged(opened, prepared.exported_id, candidate_id)
    except ats.AtsError as error:
        if not prepared.was_attempted and definitely_failed(error):
            _clear_attempt(item)
        if isinstance(error, ats.Forbidden):
            with tenant(item.organization):
                record_use(prepared.connection, ADD_CANDIDATE, allowed=False)
        raise _setback(error, item, prepared) from error
    with tenant(item.organization):
        if merged:
            outcome = ExportOutcome.CREATED
            _follow_merge(item, prepared.exported_id, candidate_id)
        _finish(item, outcome, candidate_id)
        if outcome == ExportOutcome.CREATED:
            record_use(prepared.connection, ADD_CANDIDATE, allowed=True)


def _prepare(item: ExportItem) -> PreparedExport | None:
    """Prepare the export. Finishes the item and returns None if there is nothing left to do."""
    read = ExportItem.objects.select_related("prospect", "run", "settings__connection__organization")
    row = read.defer("settings__cached_options").get(pk=item.pk)
    prospect, settings, connection = row.prospect, row.settings, row.settings.connection
    if prospect.removed_at:
        reason = _("Opted out before they were exported.")
        if row.attempted_at:
            reason = _("Opted out during the export. There may be a candidate in %(ats)s.") % {
                "ats": connection.ats_name
            }
            removal.record_possible_candidate(prospect, attempted_at=row.attempted_at)
        work_item.finish(item, state=WorkState.CANCELLED, reason=reason)
        return None
    if row.run and row.run.stopped_at:
        raise work_item.Hold(_("The export is stopped."), held_for=row.run.waits_for_resume, code="stopped")
    if item.job_id not in [job_id for job_id, _title in settings.targets]:
        if row.run is None:
            # As soon as the settings are saved, items of a run follow them.
            on_opt_in.queue(settings, prospect, automatic=row.automatic)
            work_item.wake_workers(ExportItem)
        work_item.finish(item, state=WorkState.CANCELLED, reason=_("The job is no longer selected."))
        return None
    if not settings.is_complete:
        raise work_item.Hold(
            _("The export settings aren't complete."), held_for=settings.waits_for_change, code="settings"
        )
    if settings.problem:
        raise work_item.Hold(settings.problem, held_for=settings.waits_for_change, code="settings")
    was_attempted = row.attempted_at is not None
    if not was_attempted:
        ExportItem.objects.filter(pk=item.pk).update(attempted_at=clock.now())
    return PreparedExport(
        connection, settings, _new_candidate(prospect, settings), was_attempted, prospect.ats_candidate_id
    )


def _new_candidate(prospect: Prospect, settings: ExportSettings) -> ats.NewCandidate:
    return ats.NewCandidate(
        first_name=prospect.first_name,
        # The ATS requires both names. For a person with a single name, we send it twice.
        last_name=prospect.last_name or prospect.first_name,
        # If no one can send to the address, the ATS says what is wrong with it.
        email=envelope_address(prospect.email) if is_email_address(prospect.email) else prospect.email,
        phone=prospect.phone,
        employer=prospect.employer,
        title=prospect.title,
        tags=tuple(settings.tags),
        source=settings.source,
    )


def _create(item: ExportItem, prepared: PreparedExport, opened: ats.Ats) -> tuple[ExportOutcome, str]:
    if prepared.was_attempted and item.job_id:
        found = _find(opened, prepared.new_candidate, job_id=item.job_id)
        if found:
            return ExportOutcome.CREATED, found
    try:
        if item.job_id:
            return _outcome(item, prepared, opened.add_candidate_to_job(prepared.new_candidate, job_id=item.job_id))
        return _outcome(item, prepared, opened.add_candidate(prepared.new_candidate))
    except ats.Conflict:
        return ExportOutcome.LINKED, _find(opened, prepared.new_candidate, job_id="")
    except ats.AtsError as error:
        if prepared.was_attempted and item.job_id and definitely_failed(error):
            _clear_attempt(item)  # the search also shows that no earlier attempt succeeded
        raise


def _clear_attempt(item: ExportItem) -> None:
    with tenant(item.organization):
        ExportItem.objects.filter(pk=item.pk).update(attempted_at=None)


def _outcome(item: ExportItem, prepared: PreparedExport, candidate: ats.Candidate) -> tuple[ExportOutcome, str]:
    """Created or linked: the ATS returns an existing candidate like a new one, except for the creation date."""
    began = candidate.created_at
    if began is None or candidate.id == prepared.exported_id or began > item.created_at - CLOCKS_APART:
        return ExportOutcome.CREATED, candidate.id
    return ExportOutcome.LINKED, candidate.id


def _was_merged(opened: ats.Ats, exported_id: str, candidate_id: str) -> bool:
    """Whether the candidate we created has been merged into this one. Calls the ATS only if the two ids differ."""
    if not exported_id or not candidate_id or exported_id == candidate_id:
        return False
    try:
        return opened.candidate(exported_id).id == candidate_id
    except ats.NotVisible:
        return True  # our candidate is gone, and this one has the same email address and last name


def _follow_merge(item: ExportItem, old_id: str, new_id: str) -> None:
    """Move the prospect to the remaining candidate after a merge. Call inside `tenant()`."""
    Prospect.objects.filter(pk=item.prospect_id, ats_candidate_id=old_id).update(ats_candidate_id=new_id)
    ExportItem.objects.filter(prospect_id=item.prospect_id, candidate_id=old_id).update(candidate_id=new_id)


def _find(opened: ats.Ats, new: ats.NewCandidate, *, job_id: str) -> str:
    """The id of the candidate with this email address and last name, or an empty string."""
    identity = exact_key(new.email), comparison_key(new.last_name)
    for found in opened.search(new.email, job_id=job_id):
        if (exact_key(found.email), comparison_key(found.last_name)) == identity:
            return found.id
    return ""


def _finish(item: ExportItem, outcome: ExportOutcome, candidate_id: str) -> None:
    reason = ""
    prospect = Prospect.objects.select_for_update(no_key=True).get(pk=item.prospect_id)
    was_kept = removal.keep_for_new_opt_in(prospect, candidate_id)
    made = outcome == ExportOutcome.CREATED or was_kept
    if made and not prospect.ats_candidate_id:
        prospect.ats_candidate_id, prospect.ats_attempted_at = candidate_id, None
        prospect.save(update_fields=["ats_candidate_id", "ats_attempted_at"])
        if prospect.removed_at:
            reason = _("Opted out during the export. Delete the candidate in %(ats)s.") % {
                "ats": item.settings.connection.ats_name
            }
            removal.notify_staff_to_delete(prospect)
    work_item.finish(item, outcome=outcome, candidate_id=candidate_id, reason=reason)


def _setback(error: ats.AtsError, item: ExportItem, prepared: PreparedExport) -> work_item.Setback:
    match error:
        case ats.SourceRefused():
            return _hold_for_settings(prepared.settings, error.sentence)
        case ats.NotVisible() if item.job_id:
            sentence = _("The job “%(title)s” no longer exists, or the connecting user can't see it.")
            return _hold_for_settings(prepared.settings, sentence % {"title": item.job_title})
        case ats.AtsRefused() if error.permanent:
            sentence = _("%(ats)s rejected these details. The email address or the phone number may be the reason.")
            return work_item.GiveUp(sentence % {"ats": prepared.connection.ats_name}, code="refused")
    return as_setback(error, prepared.connection)


def _hold_for_settings(settings: ExportSettings, sentence: str) -> work_item.Setback:
    """Hold this item and the whole export until the settings are fixed: every other item would fail too."""
    with tenant(settings.connection.organization):
        # Settings saved in the meantime get their own attempt.
        same = ExportSettings.objects.filter(pk=settings.pk, saved_at=settings.saved_at)
        if not same.update(problem=sentence):
            return work_item.Retry(_("The export settings have changed in the meantime."), code="settings")
    return work_item.Hold(sentence, held_for=settings.waits_for_change, code="settings")
