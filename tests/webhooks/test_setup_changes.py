"""A renamed or deleted hiring step or job field is noticed within the hour."""

from __future__ import annotations

import pytest

from connectors.setup.setup_changes import lost
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from tests.connected import made_once_in_both
from tests.extent import first_of
from tests.webhooks.inbox.test_backfill import run
from tests.webhooks.moves import deliver_event, event_of, ids_of, last_call
from tests.webhooks.scene import MAYA, Act, Scene, both, job_field, step, switch
from webhooks.log import owner_notices
from webhooks.models import ConnectionJobKind, InboundEvent, Notice

EVERYWHERE = (("Standard", "INTERVIEW"), ("Executive", "OFFERED"), ("Interns", "INTERVIEW"))
SOME_LACK = "Some hiring processes lack the step “Crosschq”"
NOTHING_STARTS = "No request can start now"


def named(process: str, status: str, name: str, **change: object) -> Act:
    return lambda scene: scene.vendor.tell("step", process=process, status=status, name=name, **change)


def renamed(process: str, status: str, new_name: str) -> Act:
    return both(step(process, status, remove=True), named(process, status, new_name))


def renamed_back(process: str, status: str, new_name: str) -> Act:
    return both(named(process, status, new_name, remove=True), step(process, status))


@pytest.fixture
def used(scene: Scene) -> Scene:
    """Start a first request. After that the setup list is done, and a missing item may be missing on purpose."""

    def make() -> None:
        assert scene.move(MAYA).outcome == "sent.matched"

    made_once_in_both(scene.vendor, ("used", scene.live.pk), make)
    hour(scene)  # so that its state is that of a check after all of this
    assert scene.pill() == ("ok", "Connected")
    return scene


def emails(scene: Scene) -> int:
    with tenant(scene.live.organization):
        return int(Message.objects.filter(kind="connection_setup_changed").count())


def hour(scene: Scene) -> None:
    run(scene.live, ConnectionJobKind.CHECK_SETUP)


RENAMED = renamed("Standard", "INTERVIEW", "Reference check")
# The first three differ in kind.
CHANGES: dict[str, tuple[Act, str, str, Act]] = {
    "a step is renamed everywhere": (
        both(*(renamed(*where, "References") for where in EVERYWHERE)),
        NOTHING_STARTS,
        "The step “Crosschq” was renamed to “References” in: Executive, Interns, and Standard.",
        both(*(renamed_back(*where, "References") for where in EVERYWHERE)),
    ),
    "a step is left out": (
        step("Executive", "OFFERED", remove=True),
        SOME_LACK,
        "The step “Crosschq” was removed from: Executive.",
        step("Executive", "OFFERED"),
    ),
    "the field is inactive": (
        job_field(active=False),
        NOTHING_STARTS,
        "The job field “Crosschq tag” is inactive now.",
        job_field(active=True),
    ),
    "a step is renamed": (
        RENAMED,
        SOME_LACK,
        "The step “Crosschq” was renamed to “Reference check” in: Standard.",
        renamed_back("Standard", "INTERVIEW", "Reference check"),
    ),
    "the field is renamed": (
        job_field(rename="Reference tag"),
        NOTHING_STARTS,
        "The job field “Crosschq tag” was renamed to “Reference tag”.",
        lambda scene: scene.vendor.tell("job-field", label="Reference tag", rename="Crosschq tag"),
    ),
    "the field is of the other category": (
        job_field(category="organization"),
        NOTHING_STARTS,
        "The job field “Crosschq tag” has the category organization now.",
        job_field(category="job"),
    ),
    "the field is deleted": (
        job_field(remove=True),
        NOTHING_STARTS,
        "The job field “Crosschq tag” was deleted.",
        job_field(make=True),
    ),
}
each_change = pytest.mark.parametrize("name", first_of(CHANGES, 3))


@each_change
def test_a_lost_step_is_shown_and_emailed_once(name: str, used: Scene) -> None:
    scene = used
    wrong, title, sentence, mend = CHANGES[name]
    wrong(scene)
    hour(scene)
    page = scene.read("connectors:manage")
    _item, banner, pill = scene.standing("field")
    assert pill == ("warn", "Needs attention")
    assert banner == title
    assert sentence in page
    assert emails(scene) == 1
    hour(scene)
    scene.check()
    assert emails(scene) == 1
    mend(scene)
    hour(scene)
    _item, banner, pill = scene.standing("field")
    assert pill == ("ok", "Connected")
    assert (banner, emails(scene)) == ("", 1)
    wrong(scene)
    hour(scene)
    assert emails(scene) == 2


def test_the_email_names_the_change_and_leads_to_the_connection_page(scene: Scene) -> None:
    RENAMED(scene)
    hour(scene)
    with tenant(scene.live.organization):
        email = Message.objects.get(kind="connection_setup_changed")
    assert "The step “Crosschq” was renamed to “Reference check” in: Standard." in email.text
    assert scene.url("connectors:manage") in email.text


def test_a_second_loss_is_emailed_while_the_first_one_lasts(scene: Scene) -> None:
    step("Standard", "INTERVIEW", remove=True)(scene)
    hour(scene)
    step("Interns", "INTERVIEW", remove=True)(scene)
    hour(scene)
    hour(scene)
    assert emails(scene) == 2


def test_nobody_is_emailed_while_requests_are_off(scene: Scene) -> None:
    switch(on=False)(scene)
    step("Standard", "INTERVIEW", remove=True)(scene)
    hour(scene)
    assert emails(scene) == 0
    switch(on=True)(scene)
    hour(scene)
    assert emails(scene) == 1


def test_a_process_that_never_had_the_step_is_not_reported(scene: Scene) -> None:
    named("Standard", "INTERVIEW", "One more interview")(scene)
    hour(scene)
    row = scene.connection()
    with tenant(row.organization):
        assert not lost(row)


def test_a_move_to_the_renamed_step_is_reported_within_the_hour(scene: Scene) -> None:
    RENAMED(scene)
    before = last_call(scene.vendor)
    scene.vendor.move(*MAYA, step="Reference check")
    event = told_move(scene)
    assert event.outcome == "no.step_renamed"
    assert event.sentence == "The step “Crosschq” was renamed to “Reference check” in SmartRecruiters."
    assert "enter the new name" in scene.read("events:detail", event.uid)
    assert scene.vendor.calls(after=before).count("GET /configuration/hiring-processes") == 1
    assert owner_notices.plan() == 1
    work_item.drain(Notice)
    with tenant(scene.live.organization):
        email = Message.objects.get(kind="owner_not_sent")
    assert "was renamed to “Reference check”" in email.text


def told_move(scene: Scene) -> InboundEvent:

    return deliver_event(scene.live, ids_of(scene.vendor, *MAYA), event_id=f"move-{last_call(scene.vendor)}")


def test_the_new_name_is_accepted_with_one_click_and_the_move_is_sent(scene: Scene) -> None:
    CHANGES["a step is renamed everywhere"][0](scene)
    scene.vendor.move(*MAYA, step="References")
    event = told_move(scene)
    assert event.outcome == "no.step_renamed"
    assert "Use “References”" in scene.read("connectors:manage")
    page = scene.press("connectors:use_step_name", step_name="References")
    assert "candidates you move to “References” get a request" in page
    assert scene.connection().step_name == "References"
    assert scene.banner() == ""
    scene.press("events:try_again", event.uid)
    work_item.drain(InboundEvent)
    assert event_of(scene.live, event.event_id).outcome == "sent.matched"


def test_a_step_renamed_twice_is_reported_with_its_newest_name(scene: Scene) -> None:
    CHANGES["a step is renamed everywhere"][0](scene)
    hour(scene)
    for process, status in EVERYWHERE:
        named(process, status, "References", remove=True)(scene)
        named(process, status, "Final check")(scene)
    hour(scene)
    page = scene.read("connectors:manage")
    assert "was renamed to “Final check” in: Executive, Interns, and Standard." in page
    assert "References”" not in page
    assert emails(scene) == 1, "nothing more is lost than before"
    scene.press("connectors:use_step_name", step_name="Final check")
    assert scene.connection().step_name == "Final check"
    scene.vendor.move(*MAYA, step="Final check")
    assert told_move(scene).outcome == "sent.matched"


def test_a_step_that_is_renamed_again_after_its_new_name_was_accepted_is_noticed(scene: Scene) -> None:
    CHANGES["a step is renamed everywhere"][0](scene)
    hour(scene)
    scene.press("connectors:use_step_name", step_name="References")
    hour(scene)
    for process, status in EVERYWHERE:
        named(process, status, "References", remove=True)(scene)
        named(process, status, "Final check")(scene)
    hour(scene)
    assert "The step “References” was renamed to “Final check”" in scene.read("connectors:manage")
    assert emails(scene) == 2


def test_a_field_that_is_deleted_and_created_again_is_read_for_its_new_tags(scene: Scene) -> None:
    job_field(remove=True)(scene)
    hour(scene)
    job_field(make=True)(scene)
    scene.vendor.tell("job-tag", job_id=scene.vendor.job(MAYA[1]), tag="eng")
    hour(scene)
    assert scene.banner() == ""
    assert scene.move(MAYA).outcome == "sent.matched"


def test_no_other_name_is_accepted(scene: Scene) -> None:
    CHANGES["a step is renamed everywhere"][0](scene)
    hour(scene)
    for name in ("", "Anything", "x" * 500, "\x00"):
        scene.browser.post(scene.url("connectors:use_step_name"), {"step_name": name})
        assert scene.connection().step_name == "Crosschq"


def test_the_new_name_is_not_offered_while_another_process_has_the_old_one(scene: Scene) -> None:
    RENAMED(scene)
    hour(scene)
    assert "Use “Reference check”" not in scene.read("connectors:manage")
    scene.press("connectors:use_step_name", step_name="Reference check")
    assert scene.connection().step_name == "Crosschq"


def test_a_process_without_the_step_can_be_accepted_with_one_click(used: Scene) -> None:
    scene = used
    step("Executive", "OFFERED", remove=True)(scene)
    hour(scene)
    assert "This is intentional" in scene.read("connectors:manage")
    scene.press("connectors:accept_steps")
    hour(scene)
    assert (scene.banner(), scene.pill(), emails(scene)) == ("", ("ok", "Connected"), 1)


def test_a_move_to_a_known_step_still_costs_one_call(scene: Scene) -> None:
    before = last_call(scene.vendor)
    scene.vendor.move(*MAYA, step="On-site interview")
    assert told_move(scene).outcome == "no.other_step"
    assert scene.vendor.calls(after=before) == ["GET /candidates/{id}/jobs/{jobId}/status/history"]


def test_a_move_to_a_new_step_that_was_never_ours_is_ordinary_and_looked_up_once(scene: Scene) -> None:
    named("Standard", "INTERVIEW", "Trial day")(scene)
    for reads in (1, 0):
        before = last_call(scene.vendor)
        scene.vendor.move(*MAYA, step="Trial day")
        assert told_move(scene).outcome == "no.other_step"
        assert scene.vendor.calls(after=before).count("GET /configuration/hiring-processes") == reads
        scene.vendor.move(*MAYA, step="On-site interview")


def test_explain_says_that_the_step_was_renamed(scene: Scene) -> None:
    RENAMED(scene)
    scene.vendor.move(*MAYA, step="Reference check")
    found = scene.explain(MAYA)
    assert found.outcome == "no.step_renamed"
    assert "was renamed to “Reference check”" in found.sentence


def test_nothing_is_reported_lost_without_access_to_company_settings(scene: Scene) -> None:
    for route in ("GET /configuration/hiring-processes", "GET /configuration/job-properties"):
        scene.vendor.tell("faults", route=route, kind="status", status=403)
    hour(scene)
    row = scene.connection()
    with tenant(row.organization):
        assert not lost(row)


def test_a_new_name_that_another_process_also_uses_does_not_count_there(scene: Scene) -> None:
    renamed("Executive", "OFFERED", "On-site interview")(scene)
    hour(scene)
    assert "The step “Crosschq” was renamed to “On-site interview” in: Executive." in scene.read("connectors:manage")
    scene.vendor.move(*MAYA, step="On-site interview")
    assert told_move(scene).outcome == "no.other_step"
