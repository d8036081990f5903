"""A tour of every page: the main job, the states that it leaves behind, and all other pages."""

from __future__ import annotations

import re

from scripts.demo.people import MAYA, Applicant
from scripts.demo.person import NotThere, Person
from scripts.demo.prospects import export_prospects
from scripts.demo.stage import Stage
from scripts.demo.states import BUSY, FORBIDDEN, LI_WEI, LINKED, ON_ITS_WAY, REFUSED, UNKNOWN_TAG, show_states
from scripts.demo.story import answer_all, connect, deliver_report, move_two, set_up

CONNECTION = "connectors/smartrecruiters/"
EVENTS = f"{CONNECTION}events/"
# Below the organization's address.
STAFF = (
    "setup/",
    "requests/",
    "requests/?state=done",
    "requests/?state=ended",
    "requests/?view=all&state=all",
    "requests/?view=all&state=all&q=nobody",
    "requests/new/",
    "requests/test/",
    "templates/",
    "connectors/",
    CONNECTION,
    EVENTS,
    f"{EVENTS}?outcome=no",
    f"{EVENTS}?outcome=hold",
    f"{EVENTS}?text=nobody",
    f"{EVENTS}replay/",
    f"{EVENTS}review/",
    f"{EVENTS}waiting/",
    f"{CONNECTION}explain/",
    f"{CONNECTION}jobs/",
    f"{CONNECTION}checklist/",
    f"{CONNECTION}settings/",
    f"{CONNECTION}access/",
    f"{CONNECTION}pause/",
    f"{CONNECTION}disconnect/",
    "surveys/",
    "surveys/new/",
    "surveys/core/",
    "surveys/core/preview/1/",
    "prospects/",
    "prospects/?q=nobody",
    "prospects/question/",
    "prospects/removed/",
    "prospects/export/smartrecruiters/settings/",
    "prospects/export/smartrecruiters/start/",
    "members/",
    "members/invite/",
    "organization/",
    "privacy/",
    "privacy/erasures/",
    "privacy/retention/",
    "privacy/organization/",
    "reports/",
    "reports/shared/",
    "restored/",
    "audit-log/",
    "no-such-page/",
)
# Below a request that waits for its candidate.
REQUEST = ("", "address/", "owner/", "extend/", "candidate-link/", "remind/", "cancel/", "report/", "report/share/")
# At the root.
OWN = (
    "profile/",
    "profile/sessions/",
    "accounts/2fa/",
    "accounts/2fa/webauthn/",
    "accounts/email/",
    "accounts/password/change/",
    "accounts/logout/",
)
STRANGERS = (
    "accounts/login/",
    "accounts/signup/",
    "accounts/password/reset/",
    "c/unknown/",
    "r/unknown/",
    "p/unknown/",
)
SANDBOX = (
    "console/jobs",
    "console/candidates",
    "console/deliveries",
    "console/calls",
    "console/clock",
    "console/faults",
    "console/questions",
    "inbox/",
    "inbox/texts",
)


def film(stage: Stage) -> None:
    """Play the main job, and open all other pages."""
    first_day(stage)
    connect(stage)
    set_up(stage)
    move_two(stage)
    answer_all(stage, MAYA)
    deliver_report(stage, MAYA)
    export_prospects(stage, MAYA)
    show_states(stage)
    staff_pages(stage)
    pages_of_one(stage)
    phone_pages(stage)
    pages_of_the_sandbox(stage)


def first_day(stage: Stage) -> None:
    """Open each page while it is still empty."""
    visitor = stage.cast(phone=False)
    for path in STRANGERS:
        visitor.open(f"{stage.product_url}/{path}")
    visitor.open(f"{stage.product_url}/accounts/login/")
    visitor.press("Sign in")
    admin = stage.staff(stage.admin)
    for place in ("Requests", "Prospects", "Connectors", "Templates", "Surveys", "Members", "Audit log"):
        admin.follow(place)
    _open(stage, admin, "requests/test/")


def staff_pages(stage: Stage) -> None:
    admin = stage.staff(stage.admin)
    for path in STAFF:
        _open(stage, admin, path)
    for path in OWN:
        admin.open(f"{stage.product_url}/{path}")
    for text in (LI_WEI.email, "nobody@example.com"):
        _open(stage, admin, f"{CONNECTION}explain/")
        admin.fill("Name, email, or SmartRecruiters link", text)
        admin.press("Explain")
    _open(stage, admin, f"{CONNECTION}jobs/")
    admin.press("Read all jobs")
    _open(stage, admin, "templates/new/")
    admin.press("Create Template")
    _open(stage, admin, "organization/")
    admin.fill("Organization name", "")
    admin.press("Save")


def pages_of_one(stage: Stage) -> None:
    """Open the pages of one event, request, template, survey, prospect and export."""
    admin = stage.staff(stage.admin)
    for applicant in (BUSY, FORBIDDEN, UNKNOWN_TAG):
        _open(stage, admin, f"{EVENTS}?text={applicant.name}")
        admin.follow(newest_event(admin))
    admin.follow("Send with template")
    _open(stage, admin, "requests/?view=all&state=all")
    admin.follow(ON_ITS_WAY.name)
    request = admin.url
    for page in REQUEST:
        admin.open(request + page)
    _open(stage, admin, "requests/?view=all&state=done")
    admin.follow(MAYA.name)
    request = admin.url
    for page in ("report/", "report/share/"):
        admin.open(request + page)
    _open(stage, admin, "privacy/")
    for text in ("nobody@example.com", MAYA.name):
        admin.fill("Email, name, or candidate ID", text)
        admin.press("Search")
    admin.follow(MAYA.name)
    person = admin.url
    for page in ("correct/", "erase/"):
        admin.open(person + page)
    _open(stage, admin, "templates/")
    admin.follow("Engineering")
    admin.open(admin.url.replace("/edit/", "/delete/"))
    _open(stage, admin, "surveys/")
    admin.follow("General survey, copy")
    survey = admin.url
    for kind in ("rating", "single_choice", "yes_no"):
        admin.open(survey.replace("/edit/", f"/questions/new/{kind}/"))
    for prospect in (LINKED, REFUSED):
        _open(stage, admin, "prospects/")
        admin.follow(prospect.name)
    admin.open(f"{admin.url}remove/")
    export_again(stage, admin)


def export_again(stage: Stage, admin: Person) -> None:
    """Export again while SmartRecruiters refuses, so that the export page says so."""
    stage.sandbox.tell("faults", route="POST /candidates", kind="status", status=400)
    _open(stage, admin, "prospects/export/smartrecruiters/start/")
    admin.press("Export 1 prospect")
    admin.open(admin.url)


def phone_pages(stage: Stage) -> None:
    """Open the pages to decline, opt out and remove."""
    invited = stage.sandbox.wait_for_letter(to=_address(ON_ITS_WAY), subject="asks you to name")
    candidate = stage.cast(phone=True)
    for page in ("", "about/", "decline/", "not-me/", "stop/"):
        candidate.open(invited.link("/c/") + page)
    asked = stage.sandbox.wait_for_letter(to=REFUSED.email, subject="asks you for a reference")
    reference = stage.cast(phone=True)
    for page in ("", "about/", "cannot/", "wrong-person/", "stop/"):
        reference.open(asked.link("/r/") + page)
    receipt = stage.sandbox.wait_for_letter(to=REFUSED.email, subject="keep your details")
    reference.open(receipt.link("/p/"))


def pages_of_the_sandbox(stage: Stage) -> None:
    visitor = stage.cast(phone=False)
    for path in SANDBOX:
        visitor.open(f"{stage.sandbox.url}/{path}")
    visitor.open(f"{stage.sandbox.url}/inbox/")
    visitor.follow("Reference report ready")


def setbacks(stage: Stage) -> None:
    """Open the connection page while it is paused, and after SmartRecruiters revoked access."""
    admin = stage.staff(stage.admin)
    _open(stage, admin, CONNECTION)
    admin.follow("Pause…")
    admin.press("Pause connector")
    admin.follow("Resume…")  # the banner's own button gives way to a more urgent problem
    admin.press("Resume")
    admin.follow("Connectors")
    admin.follow("Manage SmartRecruiters")
    stage.sandbox.tell("revoke")
    admin.press("Check connection now")
    _open(stage, admin, EVENTS)


def newest_event(admin: Person) -> str:
    """The text of the newest event's link: when it arrived."""
    found = re.search(r"[A-Z][a-z]+ \d+, \d+:\d\d [AP]M", admin.text)
    if found is None:
        raise NotThere("The event log shows no event.")
    return found[0]


def _open(stage: Stage, admin: Person, path: str) -> None:
    admin.open(f"{stage.product_url}/o/{stage.admin.slug}/{path}")


def _address(applicant: Applicant) -> str:
    return f"{applicant.name.replace(' ', '.').lower()}@example.com"
