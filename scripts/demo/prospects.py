"""References who would like to hear about jobs themselves, and their export to SmartRecruiters."""

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
    """The first reference opts in before the export is set up, the second once new ones go by themselves."""
    earlier, later = candidate.colleagues
    opt_in(stage, earlier)
    choose_export_settings(stage)
    export_existing(stage)
    opt_in(stage, later)
    for colleague in (earlier, later):
        wait_for_candidate(stage, colleague)
    return f"{earlier.name} by the first switch, {later.name} by the second; both are candidates, tagged “{EXPORT_TAG}”"


def opt_in(stage: Stage, colleague: Colleague) -> None:
    """From the link in the reference's own mail, which leads to the thank-you page once the reference is in."""
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
    # A worker reads what there is to choose from, since the connection was made.
    reload_until(admin, lambda: "Check again" in admin.text, what="The lists", seconds=stage.patience)
    admin.fill("Source type", SOURCE_TYPE)
    admin.press("Show sources")
    admin.fill("Source id", f"{SOURCE} (recommended)")
    admin.fill("Add a tag", EXPORT_TAG)
    admin.press("Save export settings")
    expect(admin, f"Source: {SOURCE_TYPE}, {SOURCE}.")


def export_existing(stage: Stage) -> None:
    """Turn on both switches, and see the first export to its end."""
    admin = to_connection(stage)
    admin.press(EXPORT_EXISTING)
    admin.press("Export 1 prospect")
    reload_until(admin, lambda: "1 of 1 exported" in admin.text, what="The export", seconds=stage.patience)
    admin = to_connection(stage)
    admin.press(EXPORT_NEW)
    expect(admin, f"{EXPORT_NEW} On")


def wait_for_candidate(stage: Stage, colleague: Colleague) -> None:
    """Until the console of SmartRecruiters shows them as a candidate with the tag."""
    recruiter = stage.cast(phone=False)
    recruiter.open(f"{stage.sandbox.url}/console/candidates")
    reload_until(recruiter, lambda: colleague.name in recruiter.text, what=colleague.name, seconds=stage.patience)
    recruiter.follow(colleague.name)
    # Who was a candidate before was listed before.
    reload_until(recruiter, lambda: EXPORT_TAG in recruiter.text, what="The tag", seconds=stage.patience)


def to_connection(stage: Stage) -> Person:
    admin = stage.staff(stage.admin)
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    return admin
