"""The setup checklist: what was seen in SmartRecruiters last, judged with what there is here now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
from connectors.setup.checks import JobSeen, Seen
from crosschq.core import clock
from templates_app.matching import closest_among
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.queries import live_versions
from templates_app.tags import tag_key

NAMES_SHOWN = 8
# The questions of a check that have to be answered; without Company Settings a request runs all the same.
NEEDED = ("people", "webhook", "candidates", "jobs")
OPEN, DONE, PROBLEM, CANNOT = "todo", "done", "problem", "cannot"


@dataclass(frozen=True)
class Action:
    """One thing to press. A link unless `post`."""

    label: str
    url: str
    post: bool = False
    name: str = ""
    value: str = ""


@dataclass
class Item:
    """A line of the list. `how` names the part of the template that says what to press in SmartRecruiters."""

    key: str
    title: str
    state: str
    text: str = ""
    evidence: list[str] = field(default_factory=list)
    action: Action | None = None
    how: str = ""


@dataclass(frozen=True)
class Known:
    """What the items are judged by. Templates and requests are read by the first item that needs them."""

    connection: Connection
    seen: Seen | None
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
    known: Known

    @cached_property
    def items(self) -> list[Item]:
        items = [judge(self.known) for judge in JUDGES.values()]
        needed = [item for item in items if item.key not in ("settings", "jobs")]
        return [*items, _first_request(self.known, all(item.state == DONE for item in needed))]

    @property
    def is_over(self) -> bool:
        """The first request ends the set-up: what is missing from then on may be missing on purpose."""
        return self.known.first_request is not None

    @property
    def next_step(self) -> Item | None:
        """The first that somebody can do now."""
        if self.is_over:
            return None
        if self.known.seen is None:
            title, evidence = _("Look up what is there in SmartRecruiters"), [_("It takes a few seconds.")]
            check = Action(_("Check connection now"), self.known.url("check"), post=True)
            return Item("check", title, OPEN, text=_("Not checked yet"), evidence=evidence, action=check)
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
        if self.known.checked_at is None:
            return _("not checked yet")
        if (clock.now() - self.known.checked_at).total_seconds() < 60:
            return _("checked just now")
        return _("checked %(time)s ago") % {"time": timesince(self.known.checked_at, clock.now(), depth=1)}

    def item(self, key: str) -> Item:
        """One line alone; it costs no query where what it is judged by was read already."""
        judge = JUDGES.get(key)
        return judge(self.known) if judge else next(item for item in self.items if item.key == key)


def build(connection: Connection) -> Checklist:
    """Call inside `tenant()`."""
    last = checks.last(connection)
    return Checklist(Known(connection, seen=last[0] if last else None, checked_at=last[1] if last else None))


def _unseen(known: Known, key: str, title: str, question: str) -> Item | None:
    """The item where the last check has no answer to its question; None where it has one."""
    if known.seen is None:
        return Item(key, title, OPEN, text=_("Not checked yet"))
    why = known.seen.unread.get(question)
    if why is None:
        return None
    if question in known.seen.forbidden:
        return Item(key, title, CANNOT, text=_("May not be looked up"), evidence=[why])
    return Item(key, title, CANNOT, text=_("Could not be read"), evidence=[why])


def _sign_in(known: Known) -> Item:
    key, title = "sign_in", _("Sign-in to SmartRecruiters works")
    reconnect = Action(_("Reconnect"), known.url("connect"), post=True)
    if known.connection.state == ConnectionState.NEEDS_SIGN_IN:
        sentence = known.connection.problem or _("SmartRecruiters no longer accepts our sign-in.")
        return Item(key, title, PROBLEM, text=_("Needs sign-in"), evidence=[sentence], action=reconnect)
    unseen = _unseen(known, key, title, "me")
    if unseen or known.seen is None:
        return unseen or Item(key, title, OPEN)
    lacks = refused(known.seen)
    if lacks:
        text, how = _("Permission missing"), "permissions"
        return Item(key, title, PROBLEM, text=text, evidence=lacks, action=reconnect, how=how)
    as_whom = _("As the user %(user)s of %(company)s.") % {
        "user": known.seen.user,
        "company": known.connection.company_name,
    }
    return Item(key, title, DONE, evidence=[as_whom])


def refused(seen: Seen) -> list[str]:
    """Why what a request cannot do without may not be read, each reason once."""
    return list(dict.fromkeys(seen.unread[each] for each in NEEDED if each in seen.forbidden))


def _webhook(known: Known) -> Item:
    key, title = "webhook", _("SmartRecruiters tells us of moves")
    unseen = _unseen(known, key, title, "webhook")
    if unseen or known.seen is None:
        return unseen or Item(key, title, OPEN)
    if known.seen.webhook == "active":
        return Item(key, title, DONE, evidence=[_("The webhook subscription is active and its messages are signed.")])
    sentences = {
        "inactive": _("The webhook subscription is suspended: SmartRecruiters stopped telling us of moves."),
        "missing": _("There is no webhook subscription of ours in SmartRecruiters."),
        "other_events": _("The webhook subscription is for other events than ours."),
    }
    words = {"inactive": _("Suspended"), "missing": _("Missing"), "other_events": _("Out of date")}
    again = Action(_("Subscribe again"), known.url("set_up"), post=True)
    evidence = [sentences[known.seen.webhook], _("What was missed meanwhile is read from SmartRecruiters' log.")]
    return Item(key, title, PROBLEM, text=words[known.seen.webhook], evidence=evidence, action=again)


def _field(known: Known) -> Item:
    name = known.connection.field_name
    key, title = "field", _("Job field “%(name)s” exists and is active") % {"name": name}
    unseen = _unseen(known, key, title, "settings")
    if unseen or known.seen is None:
        return unseen or Item(key, title, OPEN)
    found = known.seen.job_field
    if found is None:
        evidence = [_("SmartRecruiters has no job field named “%(name)s”.") % {"name": name}]
        if known.seen.closest_field:
            evidence.append(
                _("There is “%(closest)s”: rename it there, or set its name in Settings here.")
                % {"closest": known.seen.closest_field}
            )
        return Item(key, title, OPEN, text=_("Missing"), evidence=evidence, how="field_missing")
    if not found.for_jobs:
        evidence = [
            _("The field “%(name)s” has the category organization, and has to have the category job.") % {"name": name},
            _("SmartRecruiters keeps a field's category: rename that field, then make a new one."),
        ]
        text, how = _("Wrong category"), "field_category"
        return Item(key, title, PROBLEM, text=text, evidence=evidence, how=how)
    if not found.active:
        evidence = [_("The field “%(name)s” is there, and inactive: jobs do not show it.") % {"name": name}]
        return Item(key, title, PROBLEM, text=_("Inactive"), evidence=evidence, how="field_inactive")
    return Item(key, title, DONE, evidence=_properties(found))


def _properties(found: checks.FieldSeen) -> list[str]:
    kinds = {True: _("list"), False: _("free text"), None: _("type unknown")}
    shown = _("public") if found.public else _("internal")
    evidence = [f"{kinds[found.is_list]} · {_('job')} · {shown} · {_('active')}"]
    if found.is_list:
        evidence.append(_("A list works too: each tag has to be one of its values."))
    if found.public:
        evidence.append(_("Visibility Internal is enough; Public shows the tag to candidates."))
    return evidence


def _step(known: Known) -> Item:
    name = known.connection.step_name
    key, title = "step", _("Hiring processes have the step “%(name)s”") % {"name": name}
    unseen = _unseen(known, key, title, "processes")
    if unseen or known.seen is None:
        return unseen or Item(key, title, OPEN)
    processes = known.seen.processes
    lacking = [process for process in processes if not process.has_step]
    if not lacking and processes:
        text = ngettext("In the one process that there is", "In all %(count)s processes", len(processes))
        return Item(key, title, DONE, evidence=[text % {"count": len(processes)}])
    evidence = [_("Missing in: %(names)s.") % {"names": _listed([process.name for process in lacking])}]
    close = [process for process in lacking if process.closest]
    evidence += [
        _("%(process)s has the step “%(closest)s”.") % {"process": process.name, "closest": process.closest}
        for process in close[:NAMES_SHOWN]
    ]
    evidence.append(_("A job starts no request where its process lacks the step. Leave it out where none are wanted."))
    text = _("In %(having)s of %(all)s") % {"having": len(processes) - len(lacking), "all": len(processes)}
    if not processes:
        text, evidence = _("No process"), [_("SmartRecruiters lists no active hiring process.")]
    # Some may lack it on purpose: they are named, and the rest of the list goes on.
    state = DONE if len(lacking) < len(processes) else OPEN
    return Item(key, title, state, text=text, evidence=evidence, how="step")


def _template(known: Known) -> Item:
    key, title = "template", _("A template has an ATS tag")
    tags = known.tags
    slug = known.connection.organization.slug
    if tags:
        names = _listed([f"“{tag}”" for tag in tags])
        return Item(key, title, DONE, evidence=[_("Tags in use: %(tags)s.") % {"tags": names}])
    create = Action(_("Create Template"), reverse("templates:new", args=[slug]))
    evidence = [_("The tag in a job's field decides which template its candidates get.")]
    return Item(key, title, OPEN, evidence=evidence, action=create)


def _jobs(known: Known) -> Item:
    key, title = "jobs", _("Open jobs carry a tag")
    unseen = _unseen(known, key, title, "jobs")
    if unseen or known.seen is None:
        return unseen or Item(key, title, OPEN)
    if "settings" not in known.seen.unread and _field(known).state != DONE:
        return Item(key, title, CANNOT, text=_("Needs the job field first"))
    by_tag, jobs = known.templates_by_tag, known.seen.jobs
    if not by_tag:
        tags = {tag_key(job.tag): f"“{job.tag}”" for job in jobs if job.tag}
        evidence = [_("Tags on jobs now: %(tags)s.") % {"tags": _listed(list(tags.values()))}] if tags else []
        return Item(key, title, CANNOT, text=_("Needs a template first"), evidence=evidence)
    good = [job for job in jobs if tag_key(job.tag) in by_tag]
    empty = [job for job in jobs if not job.tag]
    unknown = [job for job in jobs if job.tag and tag_key(job.tag) not in by_tag]
    text = _("%(good)s of %(all)s") % {"good": len(good), "all": known.seen.open_jobs}
    evidence = []
    if len(jobs) < known.seen.open_jobs:
        looked_at = ngettext(
            "%(read)s of %(all)s open jobs was looked at; each check looks at further ones.",
            "%(read)s of %(all)s open jobs were looked at; each check looks at further ones.",
            len(jobs),
        )
        evidence.append(looked_at % {"read": len(jobs), "all": known.seen.open_jobs})
    evidence.append(_("%(count)s with a tag that a template has.") % {"count": len(good)})
    if empty:
        names = _listed([job.title for job in empty])
        evidence.append(_("%(count)s without a tag: %(names)s.") % {"count": len(empty), "names": names})
        evidence += _about_default(known)
    evidence += [_unknown(known, job) for job in unknown[:NAMES_SHOWN]]
    if len(unknown) > NAMES_SHOWN:
        more = len(unknown) - NAMES_SHOWN
        others = ngettext(
            "%(count)s more has a tag that no template has.", "%(count)s more have tags that no template has.", more
        )
        evidence.append(others % {"count": more})
    fires = good or (empty and known.default and not known.default.deleted_at)
    item = Item(key, title, DONE if fires else OPEN, text=text, evidence=evidence)
    if empty or unknown:
        item.how = "jobs"
    return item


def _about_default(known: Known) -> list[str]:
    """What those without a tag start, where a default template is set."""
    if known.default is None:
        return []
    values = {"template": known.default.name}
    if known.default.deleted_at:
        return [_("Those start no request: their default template %(template)s was deleted.") % values]
    return [_("Those start requests with the default template %(template)s.") % values]


def _unknown(known: Known, job: JobSeen) -> str:
    near = closest_among((version.template for version in known.versions), tag=job.tag)
    values = {"job": job.title, "tag": job.tag, "closest": near.ats_tag if near else ""}
    if near:
        return _("%(job)s has the tag “%(tag)s”, which no template has. Closest: “%(closest)s”.") % values
    return _("%(job)s has the tag “%(tag)s”, which no template has.") % values


def _switch(known: Known) -> Item:
    key, title = "switch", _("Make Candidate Requests from SmartRecruiters is on")
    if known.connection.requests_on:
        return Item(key, title, DONE)
    turn_on = Action(_("Turn on"), known.url("switch_requests"), post=True, name="on", value="1")
    evidence = [_("Only candidates who are moved from then on get a request.")]
    return Item(key, title, OPEN, text=_("Off"), evidence=evidence, action=turn_on)


def _settings_access(known: Known) -> Item:
    key, title = "settings", _("Company Settings may be read")
    if known.seen and "settings" in known.seen.forbidden:
        evidence = [
            known.seen.unread["settings"],
            _("Requests run all the same: the field is found by its name in each job."),
        ]
        reconnect = Action(_("Reconnect"), known.url("connect"), post=True)
        return Item(key, title, OPEN, text=_("Not allowed"), evidence=evidence, action=reconnect, how="settings")
    return _unseen(known, key, title, "settings") or Item(key, title, DONE)


def _first_request(known: Known, ready: bool) -> Item:
    key, title = "first", _("A first request was sent")
    first = known.first_request
    if first:
        when = date_format(localtime(first.created_at), "j F Y")
        url = reverse("requests:detail", args=[known.connection.organization.slug, first.uid])
        return Item(key, title, DONE, evidence=[when], action=Action(_("Open it"), url))
    slug = known.connection.organization.slug
    test = Action(_("Send a test request to me"), reverse("requests:test", args=[slug]))
    evidence = [_("A test with a pretend candidate can be sent before. This line waits for a real request.")]
    if not ready:
        return Item(key, title, CANNOT, evidence=evidence, action=test)
    return Item(key, title, OPEN, evidence=evidence, action=test, how="first")


JUDGES: dict[str, Callable[[Known], Item]] = {
    "sign_in": _sign_in,
    "webhook": _webhook,
    "field": _field,
    "step": _step,
    "template": _template,
    "jobs": _jobs,
    "switch": _switch,
    "settings": _settings_access,
}


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    if len(names) > NAMES_SHOWN:
        shown = _("%(names)s and %(count)s more") % {"names": shown, "count": len(names) - NAMES_SHOWN}
    return shown
