"""Each misconfiguration in the ATS is reported by the checklist, the log and Explain, and its fix is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from connectors.setup.checklist_items import ChecklistItem
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from tests.extent import first_of
from tests.webhooks.inbox.test_backfill import run
from tests.webhooks.moves import event_of, last_call, requests_of
from tests.webhooks.scene import (
    JONAS,
    MAYA,
    SAM,
    TOMASZ,
    Act,
    Application,
    Scene,
    both,
    by_itself,
    connect_without_jobs,
    give_an_address,
    job_field,
    nothing,
    revoke,
    step,
    suspend,
    switch,
    tag,
    try_again,
)
from webhooks.models import ConnectionJobKind, InboundEvent

NOTHING_STARTS = "No request can start now"


@dataclass(frozen=True)
class Way:
    """A misconfiguration: how it is caused, what reports it where, and how it is fixed.

    `item`: the checklist item, with its state and text. `banner`: the title of the page's banner. `log`: the outcome
    of a move and its sentence; none if SmartRecruiters reports no move. `explained`: a part of what Explain says.
    `how`: which instructions for SmartRecruiters both pages show, with `copied` to copy. `goes_on`: what to click on
    the event after the fix.
    """

    wrong: Act
    mend: Act = nothing
    who: Application = MAYA
    item: tuple[str, str, str] = ("", "", "")
    banner: str = ""
    log: tuple[str, str] = ("", "")
    explained: str = ""
    how: str = ""
    goes_on: Callable[[Scene, InboundEvent], None] = try_again
    copied: tuple[str, ...] = field(default=())


FIELD_MISSING = Way(
    wrong=job_field(remove=True),
    item=("field", "todo", "SmartRecruiters has no job field named “Crosschq tag”."),
    banner=NOTHING_STARTS,
    log=("no.field_missing", "The job “Backend Engineer” has no field named “Crosschq tag”."),
    explained="has no field named “Crosschq tag”",
    how="Settings > Configuration > Job Fields",
    copied=("Crosschq tag",),
    mend=both(job_field(make=True), tag("Backend Engineer", "eng")),
)
STEP_NOWHERE = Way(
    wrong=both(
        step("Standard", "INTERVIEW", remove=True),
        step("Executive", "OFFERED", remove=True),
        step("Interns", "INTERVIEW", remove=True),
    ),
    item=("step", "todo", "Missing in: Standard, Executive, and Interns."),
    banner=NOTHING_STARTS,
    explained="These lack it: Standard, Executive, and Interns.",
    how="Add Step",
    copied=("Crosschq",),
    mend=both(step("Standard", "INTERVIEW"), step("Executive", "OFFERED"), step("Interns", "INTERVIEW")),
)
# The first eight differ in kind; `make test` leaves the others to `make test-slow`.
WAYS = {
    "field missing": FIELD_MISSING,
    "a list, without the tag": Way(
        wrong=job_field(values=["engineering"]),
        item=("jobs", "todo", "6 without a tag: "),
        log=("no.tag_empty", "The job “Backend Engineer” has an empty Crosschq tag."),
        explained="has an empty Crosschq tag",
        how="How to tag a job",
        copied=("eng",),
        mend=both(job_field(values=["eng"]), tag("Backend Engineer", "eng")),
    ),
    "step missing in each process": STEP_NOWHERE,
    "tag misspelt": Way(
        wrong=tag("Backend Engineer", "emg"),
        item=("jobs", "done", "Backend Engineer has the tag “emg”, which no template has. Closest: “eng”."),
        log=("no.tag_unknown", "No template has the tag “emg”. Closest: “eng”."),
        explained="No template has the tag “emg”. Closest: “eng”.",
        how="How to tag a job",
        copied=("eng",),
        mend=tag("Backend Engineer", "eng"),
    ),
    "candidate without e-mail": Way(
        wrong=nothing,
        who=TOMASZ,
        log=("no.no_address", "Tomasz Nowak has no valid email address."),
        explained="has no valid email address",
        mend=give_an_address,
    ),
    "switch off": Way(
        wrong=switch(on=False),
        item=("switch", "todo", "Only candidates moved after that get a request."),
        log=("no.switch_off", "“Make Candidate Requests from SmartRecruiters” was off."),
        explained="“Make Candidate Requests from SmartRecruiters” is off.",
        mend=switch(on=True),
    ),
    "token revoked": Way(
        wrong=revoke,
        item=("sign_in", "problem", "SmartRecruiters no longer accepts our sign-in"),
        banner="SmartRecruiters no longer accepts our sign-in",
        log=("hold.sign_in", "SmartRecruiters needs a new sign-in."),
        mend=Scene.reconnect,
        goes_on=by_itself,
    ),
    "subscription suspended": Way(
        wrong=suspend,
        item=("webhook", "problem", "The webhook subscription is suspended: SmartRecruiters stopped sending moves"),
        banner="SmartRecruiters doesn't notify Crosschq of moves",
        explained="our webhook subscription is suspended",
        mend=lambda scene: scene.press("connectors:set_up"),
        goes_on=by_itself,
    ),
    "field inactive": replace(
        FIELD_MISSING,
        wrong=job_field(active=False),
        item=("field", "problem", "The field “Crosschq tag” is inactive, so jobs don't show it."),
        log=(
            "no.field_inactive",
            "The field “Crosschq tag” is inactive in SmartRecruiters, so the job “Backend Engineer” doesn't show it.",
        ),
        explained="is inactive in SmartRecruiters",
        copied=("Crosschq tag",),
        mend=job_field(active=True),
    ),
    "field of the other category": replace(
        FIELD_MISSING,
        wrong=job_field(category="organization"),
        item=("field", "problem", "has the category organization, but needs the category job."),
        log=(
            "no.field_category",
            "The field “Crosschq tag” has the category organization in SmartRecruiters. It needs",
        ),
        explained="has the category organization",
        mend=both(job_field(rename="Old tag"), job_field(make=True), tag("Backend Engineer", "eng")),
    ),
    "a list, with the tag as a value": Way(
        wrong=job_field(values=["eng", "sales"]),
        item=("field", "done", "A list works too. Each tag must be one of its values."),
        log=("sent.matched", "Tag “eng” matched the template Engineering."),
    ),
    "step missing in one process": Way(
        wrong=step("Interns", "INTERVIEW", remove=True),
        who=SAM,
        item=("step", "done", "Missing in: Interns."),
        banner="Some hiring processes lack the step “Crosschq”",
        explained="These lack it: Interns.",
        mend=step("Interns", "INTERVIEW"),
    ),
    "tag empty": Way(
        wrong=nothing,
        who=JONAS,
        item=("jobs", "done", "1 without a tag: Sales Lead."),
        log=("no.tag_empty", "The job “Sales Lead” has an empty Crosschq tag."),
        explained="The job “Sales Lead” has an empty Crosschq tag.",
        how="How to tag a job",
        copied=("eng",),
        mend=tag("Sales Lead", "eng"),
    ),
    "tag in another case": Way(
        wrong=tag("Backend Engineer", " ENG "),
        item=("jobs", "done", "with a tag that a template has."),
        log=("sent.matched", "matched the template Engineering."),
    ),
    "scope missing": Way(
        wrong=connect_without_jobs,
        item=("sign_in", "problem", "The connection lacks the permission “Access Jobs”."),
        banner="SmartRecruiters doesn't let us read what requests need",
        log=(
            "fail.permission",
            "The connection lacks the permission “Access Jobs”.",
        ),
        mend=Scene.reconnect,
        goes_on=by_itself,
    ),
}
each_way = pytest.mark.parametrize("name", first_of(WAYS, 8))


def said(item: ChecklistItem) -> str:
    return " ".join([item.title, item.text, *item.evidence])


@each_way
def test_a_misconfiguration_is_reported_and_its_fix_is_noticed(name: str, scene: Scene) -> None:
    way = WAYS[name]
    way.wrong(scene)
    scene.check()
    manage, pages = scene.read("connectors:manage"), [scene.read("connectors:checklist")]
    key, state, words = way.item
    item, banner, _pill = scene.standing(key or "field")
    if key:
        assert item.state == state
        assert words in said(item)
        assert words in pages[0]
    assert way.banner in manage
    assert banner == way.banner
    event = scene.move(way.who) if way.log[0] else None
    if event:
        assert event.outcome == way.log[0], event.sentence
        assert way.log[1] in event.sentence
        pages.append(scene.read("events:detail", event.uid))
    elif "step" not in name:
        scene.vendor.move(*way.who)
    if way.explained:
        found = scene.explain(way.who)
        assert way.explained in f"{found.sentence} {found.fix}"
    for page in pages if way.how else ():
        assert way.how in page
        assert [copied for copied in way.copied if f">{copied}</code>" not in page] == []
    if event and event.outcome.startswith("sent"):
        return
    way.mend(scene)
    scene.check()
    item, banner, _pill = scene.standing(key or "field")
    if key:
        assert item.state == "done"
        assert words not in said(item)
    assert banner == ""
    goes_on(scene, way, event)
    assert way.who[0].split()[0] in [
        reference_request.candidate_first_name for reference_request in requests_of(scene.live)
    ]


def goes_on(scene: Scene, way: Way, event: InboundEvent | None) -> None:
    if event:
        way.goes_on(scene, event)
        work_item.drain(InboundEvent)
        assert event_of(scene.live, event.event_id).outcome in ("sent.matched", "sent.manual")
    elif way.goes_on is by_itself:
        run(scene.live, ConnectionJobKind.SCAN_STEP)
    else:
        assert scene.move(way.who).outcome == "sent.matched"


@pytest.mark.parametrize("name", ["scope missing", "step missing in each process"])
def test_the_daily_check_reports_a_misconfiguration(name: str, scene: Scene) -> None:
    way = WAYS[name]
    way.wrong(scene)
    run(scene.live, ConnectionJobKind.READ_DIRECTORY)
    assert scene.banner() == way.banner
    way.mend(scene)
    run(scene.live, ConnectionJobKind.READ_DIRECTORY)
    assert scene.banner() == ""


def test_a_suspended_subscription_is_repaired_within_15_minutes(scene: Scene) -> None:
    suspend(scene)
    scene.press("connectors:check")
    assert scene.item("webhook").state == "problem"
    run(scene.live, ConnectionJobKind.BACKFILL_LOG)
    assert scene.item("webhook").state == "done"
    assert scene.banner() == ""


def test_the_log_explains_a_missing_field_without_a_check(scene: Scene) -> None:
    for wrong, outcome in (
        (job_field(active=False), "no.field_inactive"),
        (job_field(remove=True), "no.field_missing"),
        (both(job_field(make=True), tag("Sales Lead", "")), "no.tag_empty"),
    ):
        wrong(scene)
        assert scene.move(JONAS).outcome == outcome
        scene.vendor.move(*JONAS, step="On-site interview")
        assert scene.banner() == (NOTHING_STARTS if outcome.startswith("no.field") else "")


def test_the_field_is_looked_up_only_for_a_job_that_shows_none(scene: Scene) -> None:
    before = last_call(scene.vendor)
    scene.move(MAYA)
    assert "GET /configuration/job-properties" not in scene.vendor.calls(after=before)
    before = last_call(scene.vendor)
    scene.move(JONAS)
    assert scene.vendor.calls(after=before).count("GET /configuration/job-properties") == 1


def test_a_permission_granted_without_a_new_sign_in_releases_held_events(scene: Scene) -> None:
    scene.vendor.tell("faults", route="GET /jobs/{jobId}/hiring-team", kind="status", status=403)
    event = scene.move(MAYA)
    assert (event.outcome, event.state) == ("fail.permission", WorkState.HELD)
    scene.press("connectors:check")
    work_item.drain(InboundEvent)
    assert event_of(scene.live, event.event_id).outcome == "sent.matched"
