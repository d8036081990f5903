"""The setup checklist: the last snapshot of the ATS, compared with the current templates and settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import extensions
from connectors.extensions import FirstRequest
from connectors.models import Connection, ConnectionState
from connectors.setup import checks
from connectors.setup.checklist_items import ChecklistItem, PageAction
from connectors.setup.checks import JobSnapshot, SetupSnapshot
from crosschq.core import clock
from crosschq.core.text.lists import and_list
from templates_app.matching import closest_among
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.queries import live_versions
from templates_app.tags import tag_key

NAMES_SHOWN = 8
# Requests depend on the answers to these questions of a check. These questions need no company settings.
NEEDED = ("users", "webhook", "candidates", "jobs")
OPEN, DONE, PROBLEM, CANNOT = "todo", "done", "problem", "cannot"


@dataclass(frozen=True)
class ChecklistContext:
    """What the items are based on. Templates and requests are read when an item first needs them."""

    connection: Connection
    snapshot: SetupSnapshot | None
    checked_at: datetime | None

    @cached_property
    def first_request(self) -> FirstRequest | None:
        return extensions.first_request(self.connection)

    @cached_property
    def _versions(self) -> Sequence[TemplateVersion]:
        return live_versions(self.connection.organization, also=self.connection.default_template)

    @property
    def versions(self) -> list[TemplateVersion]:
        return [version for version in self._versions if version.template.deleted_at is None]

    @property
    def default(self) -> RequestTemplate | None:
        """The template for jobs with an empty tag, deleted or not."""
        chosen = self.connection.default_template
        return next((v.template for v in self._versions if v.template.uid == chosen), None) if chosen else None

    @property
    def tags(self) -> list[str]:
        return [version.template.ats_tag for version in self.versions if version.template.tag_key]

    def url(self, name: str) -> str:
        return reverse(f"connectors:{name}", args=[self.connection.organization.slug, self.connection.vendor])

    @property
    def templates_by_tag(self) -> dict[str, TemplateVersion]:
        return {version.template.tag_key: version for version in self.versions if version.template.tag_key}


@dataclass(frozen=True)
class Checklist:
    context: ChecklistContext

    @cached_property
    def items(self) -> list[ChecklistItem]:
        items = [build_item(self.context) for build_item in BUILDERS.values()]
        needed = [item for item in items if item.key not in ("settings", "jobs")]
        return [*items, _first_request(self.context, all(item.state == DONE for item in needed))]

    @property
    def is_over(self) -> bool:
        """Whether setup is over, as it is after the first request: what is still missing may be missing on purpose."""
        return self.context.first_request is not None

    @property
    def next_step(self) -> ChecklistItem | None:
        """Return the first item that an admin can act on."""
        if self.is_over:
            return None
        if self.context.snapshot is None:
            title, evidence = (
                _("Check what is set up in %(ats)s") % {"ats": self.context.connection.ats_name},
                [_("It takes a few seconds.")],
            )
            check = PageAction(_("Check connection now"), self.context.url("check"), post=True)
            return ChecklistItem("check", title, OPEN, text=_("Not checked yet"), evidence=evidence, action=check)
        return next((item for item in self.items if item.state in (OPEN, PROBLEM)), None)

    @property
    def done(self) -> int:
        return sum(item.state == DONE for item in self.items)

    @property
    def total(self) -> int:
        return len(self.items)

    @property
    def checked(self) -> str:
        """For example: checked 2 minutes ago."""
        checked_at = self.context.checked_at
        if checked_at is None:
            return _("not checked yet")
        now = (clock.now() - checked_at).total_seconds() < 60
        words = {"time": timesince(checked_at, clock.now(), depth=1)}
        worked = self.context.snapshot is not None and self.context.snapshot.works
        if self.context.connection.state == ConnectionState.NEEDS_SIGN_IN and worked:
            if now:
                return _("checked just now, before the sign-in ended")
            return _("checked %(time)s ago, before the sign-in ended") % words
        return _("checked just now") if now else _("checked %(time)s ago") % words

    def item(self, key: str) -> ChecklistItem:
        """Return one item without evaluating the others."""
        build_item = BUILDERS.get(key)
        return build_item(self.context) if build_item else next(item for item in self.items if item.key == key)


def build(connection: Connection) -> Checklist:
    """Return the checklist of a connection, from its latest check. Call inside `tenant()`."""
    last = checks.last(connection)
    return Checklist(
        ChecklistContext(connection, snapshot=last[0] if last else None, checked_at=last[1] if last else None)
    )


def _unseen(context: ChecklistContext, key: str, title: str, question: str) -> ChecklistItem | None:
    """Return the item for an unanswered question; None if the last check answered it."""
    if context.snapshot is None:
        return ChecklistItem(key, title, OPEN, text=_("Not checked yet"))
    why = context.snapshot.unanswered.get(question)
    if why is None:
        return None
    if question in context.snapshot.forbidden:
        return ChecklistItem(key, title, CANNOT, text=_("Not allowed to check"), evidence=[why])
    return ChecklistItem(key, title, CANNOT, text=_("Couldn't be read"), evidence=[why])


def _sign_in(context: ChecklistContext) -> ChecklistItem:
    key, title = "sign_in", _("Sign-in to %(ats)s works") % {"ats": context.connection.ats_name}
    reconnect = PageAction(_("Reconnect"), context.url("connect"), post=True)
    if context.connection.state == ConnectionState.NEEDS_SIGN_IN:
        sentence = context.connection.problem or _("%(ats)s no longer accepts our sign-in.") % {
            "ats": context.connection.ats_name
        }
        return ChecklistItem(key, title, PROBLEM, text=_("Needs sign-in"), evidence=[sentence], action=reconnect)
    unseen = _unseen(context, key, title, "me")
    if unseen or context.snapshot is None:
        return unseen or ChecklistItem(key, title, OPEN)
    lacks = refused(context.snapshot)
    if lacks:
        text, how = _("Permission missing"), "permissions"
        return ChecklistItem(key, title, PROBLEM, text=text, evidence=lacks, action=reconnect, how=how)
    as_whom = _("Signed in as %(user)s of %(company)s.") % {
        "user": context.snapshot.user,
        "company": context.connection.company_name,
    }
    return ChecklistItem(key, title, DONE, evidence=[as_whom])


def refused(snapshot: SetupSnapshot) -> list[str]:
    """Return why the ATS refuses what requests need, each reason once."""
    return list(dict.fromkeys(snapshot.unanswered[each] for each in NEEDED if each in snapshot.forbidden))


def _webhook(context: ChecklistContext) -> ChecklistItem:
    ats = context.connection.ats_name
    key, title = "webhook", _("%(ats)s notifies Crosschq of moves") % {"ats": ats}
    unseen = _unseen(context, key, title, "webhook")
    if unseen or context.snapshot is None:
        return unseen or ChecklistItem(key, title, OPEN)
    if context.snapshot.webhook == "active":
        return ChecklistItem(key, title, DONE, evidence=[_("The webhook subscription is active and signed.")])
    sentences = {
        "inactive": _("The webhook subscription is suspended: %(ats)s stopped sending moves.") % {"ats": ats},
        "missing": _("Crosschq has no webhook subscription in %(ats)s.") % {"ats": ats},
        "other_events": _("The webhook subscription covers the wrong events."),
    }
    words = {"inactive": _("Suspended"), "missing": _("Missing"), "other_events": _("Out of date")}
    again = PageAction(_("Subscribe again"), context.url("set_up"), post=True)
    evidence = [
        sentences[context.snapshot.webhook],
        _("We'll then read missed moves from the delivery log in %(ats)s.") % {"ats": ats},
    ]
    return ChecklistItem(key, title, PROBLEM, text=words[context.snapshot.webhook], evidence=evidence, action=again)


def _field(context: ChecklistContext) -> ChecklistItem:
    name, ats = context.connection.field_name, context.connection.ats_name
    key, title = "field", _("Job field “%(name)s” exists and is active") % {"name": name}
    unseen = _unseen(context, key, title, "settings")
    if unseen or context.snapshot is None:
        return unseen or ChecklistItem(key, title, OPEN)
    found = context.snapshot.job_field
    if found is None:
        evidence = [_("%(ats)s has no job field named “%(name)s”.") % {"ats": ats, "name": name}]
        if context.snapshot.closest_field:
            evidence.append(
                _("There is “%(closest)s”. Rename it in %(ats)s, or enter that name in Settings here.")
                % {"ats": ats, "closest": context.snapshot.closest_field}
            )
        return ChecklistItem(key, title, OPEN, text=_("Missing"), evidence=evidence, how="field_missing")
    if not found.for_jobs:
        evidence = [
            _("The field “%(name)s” has the category organization, but needs the category job.") % {"name": name},
            _("A field's category can't change in %(ats)s. Rename that field, then create a new one.") % {"ats": ats},
        ]
        text, how = _("Wrong category"), "field_category"
        return ChecklistItem(key, title, PROBLEM, text=text, evidence=evidence, how=how)
    if not found.active:
        evidence = [_("The field “%(name)s” is inactive, so jobs don't show it.") % {"name": name}]
        return ChecklistItem(key, title, PROBLEM, text=_("Inactive"), evidence=evidence, how="field_inactive")
    return ChecklistItem(key, title, DONE, evidence=_properties(found))


def _properties(found: checks.FieldSnapshot) -> list[str]:
    kinds = {True: _("list"), False: _("free text"), None: _("type unknown")}
    shown = _("public") if found.public else _("internal")
    evidence = [f"{kinds[found.is_list]} · {_('job')} · {shown} · {_('active')}"]
    if found.is_list:
        evidence.append(_("A list works too. Each tag must be one of its values."))
    if found.public:
        evidence.append(_("Internal visibility is enough. With public visibility, candidates see the tag."))
    return evidence


def _step(context: ChecklistContext) -> ChecklistItem:
    name, ats = context.connection.step_name, context.connection.ats_name
    key, title = "step", _("Hiring processes have the step “%(name)s”") % {"name": name}
    unseen = _unseen(context, key, title, "processes")
    if unseen or context.snapshot is None:
        return unseen or ChecklistItem(key, title, OPEN)
    processes = context.snapshot.processes
    lacking = [process for process in processes if not process.has_step]
    if not lacking and processes:
        text = ngettext("In the only process", "In all %(count)s processes", len(processes))
        return ChecklistItem(key, title, DONE, evidence=[text % {"count": len(processes)}])
    evidence = [_("Missing in: %(names)s.") % {"names": and_list([process.name for process in lacking], NAMES_SHOWN)}]
    close = [process for process in lacking if process.closest]
    evidence += [
        _("%(process)s has the step “%(closest)s”.") % {"process": process.name, "closest": process.closest}
        for process in close[:NAMES_SHOWN]
    ]
    evidence.append(
        _("Jobs whose process lacks the step don't start requests. Leave the step out if you don't want any.")
    )
    text = _("In %(having)s of %(all)s") % {"having": len(processes) - len(lacking), "all": len(processes)}
    if not processes:
        text, evidence = _("No process"), [_("%(ats)s has no active hiring process.") % {"ats": ats}]
    # Some may lack it on purpose, so name them without blocking the checklist.
    state = DONE if len(lacking) < len(processes) else OPEN
    return ChecklistItem(key, title, state, text=text, evidence=evidence, how="step")


def _template(context: ChecklistContext) -> ChecklistItem:
    key, title = "template", _("A template has an ATS tag")
    tags = context.tags
    slug = context.connection.organization.slug
    if tags:
        names = and_list([f"“{tag}”" for tag in tags], NAMES_SHOWN)
        return ChecklistItem(key, title, DONE, evidence=[_("Tags in use: %(tags)s.") % {"tags": names}])
    create = PageAction(_("Create Template"), reverse("templates:new", args=[slug]))
    evidence = [_("The tag in a job's field decides which template its candidates get.")]
    return ChecklistItem(key, title, OPEN, evidence=evidence, action=create)


def _jobs(context: ChecklistContext) -> ChecklistItem:
    key, title = "jobs", _("Open jobs have a tag")
    unseen = _unseen(context, key, title, "jobs")
    if unseen or context.snapshot is None:
        return unseen or ChecklistItem(key, title, OPEN)
    if "settings" not in context.snapshot.unanswered and _field(context).state != DONE:
        return ChecklistItem(key, title, CANNOT, text=_("Needs the job field first"))
    by_tag, jobs = context.templates_by_tag, context.snapshot.jobs
    if not by_tag:
        tags = {tag_key(job.tag): f"“{job.tag}”" for job in jobs if job.tag}
        evidence = (
            [_("Tags on jobs now: %(tags)s.") % {"tags": and_list(list(tags.values()), NAMES_SHOWN)}] if tags else []
        )
        return ChecklistItem(key, title, CANNOT, text=_("Needs a template first"), evidence=evidence)
    good = [job for job in jobs if tag_key(job.tag) in by_tag]
    empty = [job for job in jobs if not job.tag]
    unknown = [job for job in jobs if job.tag and tag_key(job.tag) not in by_tag]
    text = _("%(good)s of %(all)s") % {"good": len(good), "all": context.snapshot.open_jobs}
    evidence = []
    if len(jobs) < context.snapshot.open_jobs:
        counted = ngettext(
            "%(read)s of %(all)s open jobs was checked; each check reads more.",
            "%(read)s of %(all)s open jobs were checked; each check reads more.",
            len(jobs),
        )
        evidence.append(counted % {"read": len(jobs), "all": context.snapshot.open_jobs})
    evidence.append(_("%(count)s with a tag that a template has.") % {"count": len(good)})
    if empty:
        names = and_list([job.title for job in empty], NAMES_SHOWN)
        evidence.append(_("%(count)s without a tag: %(names)s.") % {"count": len(empty), "names": names})
        evidence += _about_default(context)
    evidence += [_unknown(context, job) for job in unknown[:NAMES_SHOWN]]
    if len(unknown) > NAMES_SHOWN:
        more = len(unknown) - NAMES_SHOWN
        others = ngettext(
            "%(count)s more has a tag that no template has.", "%(count)s more have tags that no template has.", more
        )
        evidence.append(others % {"count": more})
    fires = good or (empty and context.default and not context.default.deleted_at)
    item = ChecklistItem(key, title, DONE if fires else OPEN, text=text, evidence=evidence)
    if empty or unknown:
        item.how = "jobs"
    return item


def _about_default(context: ChecklistContext) -> list[str]:
    """Describe what jobs without a tag start, if a default template is set."""
    if context.default is None:
        return []
    values = {"template": context.default.name}
    if context.default.deleted_at:
        return [_("Those don't start requests: their default template %(template)s was deleted.") % values]
    return [_("Those start requests with the default template %(template)s.") % values]


def _unknown(context: ChecklistContext, job: JobSnapshot) -> str:
    near = closest_among((version.template for version in context.versions), tag=job.tag)
    values = {"job": job.title, "tag": job.tag, "closest": near.ats_tag if near else ""}
    if near:
        return _("%(job)s has the tag “%(tag)s”, which no template has. Closest: “%(closest)s”.") % values
    return _("%(job)s has the tag “%(tag)s”, which no template has.") % values


def _switch(context: ChecklistContext) -> ChecklistItem:
    key = "switch"
    title = _("Make Candidate Requests from %(ats)s is on") % {"ats": context.connection.ats_name}
    if context.connection.requests_on:
        return ChecklistItem(key, title, DONE)
    turn_on = PageAction(_("Turn on"), context.url("switch_requests"), post=True, name="on", value="1")
    evidence = [_("Only candidates moved after that get a request.")]
    return ChecklistItem(key, title, OPEN, text=_("Off"), evidence=evidence, action=turn_on)


def _settings_access(context: ChecklistContext) -> ChecklistItem:
    key, title = "settings", _("Company settings can be read")
    if context.snapshot and "settings" in context.snapshot.forbidden:
        evidence = [
            context.snapshot.unanswered["settings"],
            _("Requests still work: the field is found by its name in each job."),
        ]
        reconnect = PageAction(_("Reconnect"), context.url("connect"), post=True)
        return ChecklistItem(
            key, title, OPEN, text=_("Not allowed"), evidence=evidence, action=reconnect, how="settings"
        )
    return _unseen(context, key, title, "settings") or ChecklistItem(key, title, DONE)


def _first_request(context: ChecklistContext, ready: bool) -> ChecklistItem:
    key, title = "first", _("A first request was sent")
    first = context.first_request
    if first:
        when = date_format(localtime(first.created_at), "DATE_FORMAT")
        url = reverse("requests:detail", args=[context.connection.organization.slug, first.uid])
        return ChecklistItem(key, title, DONE, evidence=[when], action=PageAction(_("View request"), url))
    slug = context.connection.organization.slug
    test = PageAction(_("Send test request"), reverse("requests:test", args=[slug]))
    evidence = [_("You can send a test request first. This item waits for a real request.")]
    if not ready:
        return ChecklistItem(key, title, CANNOT, evidence=evidence, action=test)
    return ChecklistItem(key, title, OPEN, evidence=evidence, action=test, how="first")


BUILDERS: dict[str, Callable[[ChecklistContext], ChecklistItem]] = {
    "sign_in": _sign_in,
    "webhook": _webhook,
    "field": _field,
    "step": _step,
    "template": _template,
    "jobs": _jobs,
    "switch": _switch,
    "settings": _settings_access,
}
