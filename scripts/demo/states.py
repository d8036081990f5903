"""Creates in seconds, after the main job, what an organization has after a few weeks: every kind of outcome and state.

Moves that were sent, not sent, held, and failed, and one to review; a request in progress; prospects who were exported,
linked, refused, and removed; a draft survey, a test request, and an open invitation. The other organization stays on
its first day.
"""

from __future__ import annotations

from dataclasses import replace

from scripts.demo.people import MAYA, TAG, Applicant, Candidate, Colleague
from scripts.demo.prospects import opt_in, to_connection, wait_for_candidate
from scripts.demo.stage import Stage, expect, reload_until
from scripts.demo.story import answer_survey, move, name_references, outcomes

REQUESTS = "Make Candidate Requests from SmartRecruiters"
NO_ADDRESS = Applicant(name="Tomasz Nowak", job="Backend Engineer")
UNKNOWN_TAG = Applicant(name="Inês Duarte", job="Data Analyst")
SWITCHED_OFF = Applicant(name="Inês Duarte", job="Backend Engineer")
ON_ITS_WAY = Applicant(name="Yara Haddad", job="Quality Engineer")
FORBIDDEN = Applicant(name="Amara Diallo", job="Product Designer")
BUSY = Applicant(name="Henrik Dahl", job="Release Manager")
READ_JOB = "GET /jobs/{jobId}"
ADD_CANDIDATE = "POST /candidates"


def _like(colleague: Colleague, *, name: str, email: str) -> Colleague:
    return replace(colleague, name=name, email=email)


# One reference is already in the talent pool, and SmartRecruiters refuses the other's details.
LINKED = _like(MAYA.colleagues[0], name="Ravi Menon", email="ravi.menon@example.com")
REFUSED = _like(MAYA.colleagues[1], name="Greta Lund", email="greta.lund@northwind.example")
LI_WEI = Candidate(
    name="Li Wei",
    email="li.wei@example.net",
    job="Site Reliability Engineer",
    own_views=MAYA.own_views,
    colleagues=(LINKED, REFUSED),
)


def show_states(stage: Stage) -> str:
    """Call after the main job. Raises ``NotThere``."""
    make_moves(stage)
    make_prospects(stage)
    make_the_rest(stage)
    return "Moves of every outcome, prospects in every state, a survey's draft, a test request, an invitation"


def make_moves(stage: Stage) -> None:
    """One move for each family of the event log, and one that appears under “Review and send”."""
    add_jobs(stage, ON_ITS_WAY, FORBIDDEN, BUSY)
    for applicant in (NO_ADDRESS, UNKNOWN_TAG, LI_WEI, ON_ITS_WAY):
        move(stage, applicant)
    outcomes(stage, ON_ITS_WAY)
    _move_while(stage, FORBIDDEN, status=403, times=1, until="Failed")
    switch_requests(stage, on=False)
    move(stage, SWITCHED_OFF)
    # Nothing is read while requests are off, not even the name.
    _wait_in_log(stage, f"“{REQUESTS}” was off")
    switch_requests(stage, on=True)
    # This reads the candidates at the step now, since the next fault would otherwise affect that too.
    _wait_in_log(stage, "only if you send it")
    _move_while(stage, BUSY, status=503, times=8, until="On hold")


def add_jobs(stage: Stage, *applicants: Applicant) -> None:
    """Add jobs that the product hasn't read yet, each with one candidate."""
    recruiter = next(user["id"] for user in stage.sandbox.read("state")["users"] if user["name"] == "Dana Ruiz")
    team = [{"user_id": recruiter, "role": "RECRUITER"}]
    people = [_names(applicant.name) | {"job_id": number} for number, applicant in enumerate(applicants)]
    stage.sandbox.tell(
        "seed", jobs=[{"title": one.job, "tag": TAG, "team": team} for one in applicants], candidates=people
    )


def _names(name: str) -> dict[str, str | int]:
    first, last = name.split()
    return {"first_name": first, "last_name": last, "email": f"{first}.{last}@example.com".lower()}


def _move_while(stage: Stage, who: Applicant, *, status: int, times: int, until: str) -> None:
    stage.sandbox.tell("faults", route=READ_JOB, kind="status", status=status, times=times)
    move(stage, who)
    # The log has no title for a job that can't be read.
    _wait_in_log(stage, f"{who.name} {until}")
    stage.sandbox.tell("faults/clear")


def _wait_in_log(stage: Stage, words: str) -> None:
    admin = to_connection(stage)
    admin.follow("View event log")
    reload_until(admin, lambda: words in admin.text, what=f"“{words}”", seconds=stage.patience)


def switch_requests(stage: Stage, *, on: bool) -> None:
    admin = to_connection(stage)
    admin.press(REQUESTS)
    expect(admin, f"{REQUESTS} {'On' if on else 'Off'}")


def make_prospects(stage: Stage) -> None:
    """Create one prospect who is linked, one who is refused, and one who is removed after the export."""
    name_references(stage, LI_WEI)
    _give_reference(stage, LINKED)
    opt_in(stage, LINKED)
    wait_for_candidate(stage, LINKED)
    _give_reference(stage, REFUSED)
    stage.sandbox.tell("faults", route=ADD_CANDIDATE, kind="status", status=400)
    opt_in(stage, REFUSED)
    _wait_for_refusal(stage)
    _remove(stage, MAYA.colleagues[1])


def _give_reference(stage: Stage, colleague: Colleague) -> None:
    letter = stage.sandbox.wait_for_letter(to=colleague.email, subject="asks you for a reference")
    person = stage.cast(phone=True)
    person.open(letter.link("/r/"))
    person.tick("That's right")
    person.press("Start")
    answer_survey(person, colleague.views)
    person.tick("These are my own words")
    person.press("Send reference")


def _wait_for_refusal(stage: Stage) -> None:
    admin = stage.staff(stage.admin)
    admin.follow("Prospects")
    admin.follow(REFUSED.name)
    words = "rejected these details"
    reload_until(admin, lambda: words in admin.text, what="The refusal", seconds=stage.patience)


def _remove(stage: Stage, colleague: Colleague) -> None:
    """Remove a prospect through the link in the receipt."""
    letter = stage.sandbox.wait_for_letter(to=colleague.email, subject="keep your details")
    person = stage.cast(phone=True)
    person.open(letter.link("/p/"))
    person.press("Remove my details")


def make_the_rest(stage: Stage) -> None:
    admin = stage.staff(stage.admin)
    admin.follow("Surveys")
    admin.press("Copy the general survey")
    admin.open(f"{stage.product_url}/o/{stage.admin.slug}/requests/test/")
    admin.press("Send test request")
    admin.follow("Members")
    admin.follow("Invite people")
    admin.fill("Email addresses", "recruiter@acme.example")
    admin.tick("Recruiter")
    admin.press("Send invitations")
