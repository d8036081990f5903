"""The main job as people do it: through pages and emails only.

Each step is a function that raises ``NotThere`` if a person couldn't continue, and returns its result as a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from scripts.demo.people import JONAS, MAYA, OWNER_EMAIL, STEP, TAG, TEMPLATE, Applicant, Candidate, Colleague, Views
from scripts.demo.person import NotThere, Person
from scripts.demo.prospects import export_prospects
from scripts.demo.stage import Stage, expect, reload_until


@dataclass(frozen=True)
class Step:
    doing: str
    act: Callable[[], str]


def main_job(stage: Stage) -> list[Step]:
    return [
        Step("The admin connects SmartRecruiters", lambda: connect(stage)),
        Step("The admin turns requests on and creates a template", lambda: set_up(stage)),
        Step("A recruiter moves two candidates to the step", lambda: move_two(stage)),
        Step("The candidate names references, and they answer", lambda: answer_all(stage, MAYA)),
        Step("The report reaches its owner", lambda: deliver_report(stage, MAYA)),
        Step("The references opt in, and are exported", lambda: export_prospects(stage, MAYA)),
    ]


def connect(stage: Stage) -> str:
    admin = stage.staff(stage.admin)
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    admin.press("Add to SmartRecruiters")
    if not admin.url.startswith(stage.sandbox.url):
        raise NotThere(f"The consent page isn't SmartRecruiters': {urlsplit(admin.url).netloc}")
    admin.press("Allow Access")
    if not admin.url.startswith(stage.product_url):
        raise NotThere(f"Consent didn't lead back to the product but to {urlsplit(admin.url).netloc}")
    expect(admin, "Connected")
    expect(admin, "Acme GmbH (acme-gmbh)")
    console = stage.cast(phone=False)
    console.open(f"{stage.sandbox.url}/console/deliveries")
    expect(console, "Active application.status.updated")
    expect(console, "live keys: 1")
    return "Connected to Acme GmbH; the webhook is active and signed"


def set_up(stage: Stage) -> str:
    admin = stage.staff(stage.admin)
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    admin.press("Make Candidate Requests from SmartRecruiters")
    expect(admin, "Make Candidate Requests from SmartRecruiters On")
    admin.follow("Templates")
    admin.follow("Create New Template")
    admin.fill("Template name", TEMPLATE)
    admin.fill("ATS Tag", TAG)
    admin.fill("Description", "Engineers of all levels")
    admin.fill("Relationship", "Manager")
    admin.fill("How many", "1")
    admin.fill("Note", "Someone you reported to for at least half a year")
    admin.press("Add another reference")
    admin.press("Create Template")
    expect(admin, "Template created")
    return f"Requests are on; jobs tagged “{TAG}” use the template {TEMPLATE}"


def move_two(stage: Stage) -> str:
    for who in (MAYA, JONAS):
        move(stage, who)
    log = event_log(stage)
    why = [decided(stage, log, who)[0] for who in (MAYA, JONAS)]
    if "Request sent" not in why[0]:
        raise NotThere(f"{MAYA.name} got no request. The event log says: {why[0]}")
    if "Not sent" not in why[1] or "has an empty Crosschq tag" not in why[1]:
        raise NotThere(f"{JONAS.name} has no tagged job, yet the event log says: {why[1]}")
    return f"{MAYA.name}: {sentence(why[0])} {JONAS.name}: {sentence(why[1])}"


def move(stage: Stage, who: Candidate | Applicant) -> None:
    recruiter = stage.cast(phone=False)
    recruiter.open(f"{stage.sandbox.url}/console/jobs")
    recruiter.follow(who.job)
    recruiter.fill(f"Move {who.name} to", STEP)
    recruiter.press(f"Move {who.name}")
    expect(recruiter, STEP)


def outcome(stage: Stage, who: Candidate | Applicant) -> str:
    """What the event log says about a candidate who was moved once: the outcome and why."""
    return outcomes(stage, who)[0]


def outcomes(stage: Stage, who: Candidate | Applicant) -> list[str]:
    """What the event log says about each of the candidate's moves, newest first, once all are decided."""
    return decided(stage, event_log(stage), who)


def event_log(stage: Stage) -> Person:
    """The admin on the event log's page."""
    admin = stage.staff(stage.admin)
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    admin.follow("View event log")
    return admin


def decided(stage: Stage, admin: Person, who: Candidate | Applicant) -> list[str]:
    """What the log that the admin has open says about the candidate's moves, once all are decided."""
    row = re.compile(rf"{who.name} {who.job} (.*?)(?= \w+ \d+, \d+:\d\d [AP]M [A-Z]+ |$)")

    def found() -> list[str]:
        return [match[1] for match in row.finditer(admin.text)]

    def all_decided() -> bool:
        return bool(found()) and "In progress" not in admin.text

    reload_until(admin, all_decided, what=f"The outcome for {who.name}", seconds=stage.patience)
    return found()


def sentence(log_row: str) -> str:
    """The first sentence of an outcome, without its status."""
    words = log_row.removeprefix("Request sent").removeprefix("Not sent").strip()
    return words.partition(". ")[0].rstrip(".") + "."


def answer_all(stage: Stage, candidate: Candidate) -> str:
    name_references(stage, candidate)
    for colleague in candidate.colleagues:
        give_reference(stage, candidate, colleague)
    names = " and ".join(colleague.name for colleague in candidate.colleagues)
    return f"{candidate.name} named {names} and gave a self-reference; both answered"


def name_references(stage: Stage, candidate: Candidate) -> None:
    """Everything that the candidate does, from the email to the self-reference."""
    letter = stage.sandbox.wait_for_letter(to=candidate.email, subject="asks you to name")
    person = stage.cast(phone=True)
    person.open(letter.link("/c/"))
    person.tick("I agree")
    person.press("Start")
    for colleague in candidate.colleagues:
        person.fill("Full name", colleague.name)
        person.press("Save and continue")
        if colleague.relationship:
            person.tick(colleague.relationship)
        person.fill("Company where you worked together", colleague.company)
        person.fill("Years", colleague.years)
        person.press("Save and continue")
        person.fill("Work email", colleague.email)
        person.press("Save and continue")
    for colleague in candidate.colleagues:
        expect(person, colleague.email)
    person.press("Send requests to my 2 references")
    answer_survey(person, candidate.own_views)
    person.press("Send my self-reference")
    expect(person, "Asked")


def give_reference(stage: Stage, candidate: Candidate, colleague: Colleague) -> None:
    letter = stage.sandbox.wait_for_letter(to=colleague.email, subject="asks you for a reference")
    person = stage.cast(phone=True)
    person.open(letter.link("/r/"))
    expect(person, f"{candidate.name} asks you for a reference")
    person.tick("That's right")
    person.press("Start")
    answer_survey(person, colleague.views)
    person.tick("These are my own words")
    person.press("Send reference")
    expect(person, f"Thank you, {colleague.first_name}")


def answer_survey(person: Person, views: Views) -> None:
    """Answer every question, up to the page that lists all answers."""
    ratings, texts = iter(views.ratings), iter(views.texts)
    while person.heading != "Check your answers":
        if choices := person.choices():
            rating = next(ratings)
            person.tick(choices[-1 if rating is None else rating])
        else:
            person.fill(person.text_fields()[0], next(texts))
        person.press("Save and continue")


def deliver_report(stage: Stage, candidate: Candidate) -> str:
    stage.sandbox.wait_for_letter(to=OWNER_EMAIL, subject=f"Reference report ready: {candidate.name}")
    see_as_staff(stage, candidate)
    link = note_on_profile(stage, candidate)
    read_without_account(stage, candidate, link)
    return f"Ready: in the report, in {OWNER_EMAIL}'s inbox, in one note on the profile, opened by one-time code"


def see_as_staff(stage: Stage, candidate: Candidate) -> None:
    admin = stage.staff(stage.admin)
    admin.follow("Requests")
    admin.follow("Ready")
    admin.follow(candidate.name)
    admin.follow("Open report")
    expect_report(admin, candidate)


def note_on_profile(stage: Stage, candidate: Candidate) -> str:
    """The link in the one note on the candidate's profile."""
    recruiter = stage.cast(phone=False)
    recruiter.open(f"{stage.sandbox.url}/console/candidates")
    recruiter.follow(candidate.name)
    report = f"{stage.product_url}/reports/"
    reload_until(recruiter, lambda: report in recruiter.text, what="The note", seconds=stage.patience)
    notes = recruiter.text.count(report)
    if notes != 1:
        raise NotThere(f"The link to the report is {notes} times on {candidate.name}'s profile.")
    return report + recruiter.text.partition(report)[2].partition(" ")[0]


def read_without_account(stage: Stage, candidate: Candidate, link: str) -> None:
    """The owner follows the note's link and proves with a one-time code that the address is theirs."""
    before = len(stage.sandbox.letters(to=OWNER_EMAIL))
    owner = stage.cast(phone=True)
    owner.open(link)
    owner.fill("Your work email", OWNER_EMAIL)
    owner.press("Send code")
    letter = stage.sandbox.wait_for_letter(to=OWNER_EMAIL, subject="Your code for the report", after=before)
    owner.fill("Code", letter.code)
    owner.press("Open report")
    expect_report(owner, candidate)


def expect_report(person: Person, candidate: Candidate) -> None:
    for colleague in candidate.colleagues:
        expect(person, colleague.name)
        for text in colleague.views.texts:
            expect(person, text)
    expect(person, candidate.own_views.texts[0])
