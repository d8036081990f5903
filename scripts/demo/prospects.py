"""References who opt in to hear about jobs, and their export to SmartRecruiters."""

from __future__ import annotations

from scripts.demo.people import Candidate, Colleague
from scripts.demo.person import Person
from scripts.demo.stage import Stage, expect, reload_until

EXPORT_EXISTING = "Export Prospects from Crosschq to SmartRecruiters"
EXPORT_NEW = "Automatically Export New Prospects to SmartRecruiters"
SOURCE_TYPE = "Custom sources"
SOURCE = "Crosschq"
EXPORT_TAG = "crosschq"


def export_prospects(stage: Stage, candidate: Candidate) -> str:
    """The first reference opts in before the export is set up, the second after automatic export is on."""
    earlier, later = candidate.colleagues
    opt_in(stage, earlier)
    choose_export_settings(stage)
    export_existing(stage)
    opt_in(stage, later)
    for colleague in (earlier, later):
        wait_for_candidate(stage, colleague)
    return f"{earlier.name} by the first switch, {later.name} by the second; both are candidates, tagged “{EXPORT_TAG}”"


def opt_in(stage: Stage, colleague: Colleague) -> None:
    """Follow the link in the reference's email, which opens the thank-you page once they have answered."""
    letter = stage.sandbox.wait_for_letter(to=colleague.email, subject="asks you for a reference")
    person = stage.cast(phone=True)
    person.open(letter.link("/r/"))
    person.fill("Employer", colleague.company)
    person.tick("Yes, Acme GmbH may keep my name")
    person.press("Save")
    expect(person, "Acme GmbH will keep you in mind")


def choose_export_settings(stage: Stage) -> None:
    admin = to_connection(stage)
    admin.follow("Export settings")
    # A worker has been reading the choices since the connection was created.
    reload_until(admin, lambda: "Check again" in admin.text, what="The lists", seconds=stage.patience)
    admin.fill("Source type", SOURCE_TYPE)
    admin.press("Show sources")
    admin.fill("Source id", f"{SOURCE} (recommended)")
    admin.fill("Add a tag", EXPORT_TAG)
    admin.press("Save export settings")
    expect(admin, f"Source: {SOURCE_TYPE}, {SOURCE}.")


def export_existing(stage: Stage) -> None:
    """Turn on both switches, and wait until the first export is done."""
    admin = to_connection(stage)
    admin.press(EXPORT_EXISTING)
    admin.press("Export 1 prospect")
    reload_until(admin, lambda: "1 of 1 exported" in admin.text, what="The export", seconds=stage.patience)
    admin = to_connection(stage)
    admin.press(EXPORT_NEW)
    expect(admin, f"{EXPORT_NEW} On")


def wait_for_candidate(stage: Stage, colleague: Colleague) -> None:
    """Wait until the sandbox's console shows them as a candidate with the tag."""
    recruiter = stage.cast(phone=False)
    recruiter.open(f"{stage.sandbox.url}/console/candidates")
    reload_until(recruiter, lambda: colleague.name in recruiter.text, what=colleague.name, seconds=stage.patience)
    recruiter.follow(colleague.name)
    # An existing candidate is listed before the export.
    reload_until(recruiter, lambda: EXPORT_TAG in recruiter.text, what="The tag", seconds=stage.patience)


def to_connection(stage: Stage) -> Person:
    admin = stage.staff(stage.admin)
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    return admin
