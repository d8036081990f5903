"""What must hold at the end of a request, whatever happened along the way."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.demo.people import OWNER_EMAIL, Candidate
from scripts.demo.sandbox import Letter, Sandbox
from scripts.demo.stage import Stage, reload_until
from scripts.demo.story import answer_all, deliver_report, move, outcomes


def play(stage: Stage, candidate: Candidate) -> None:
    """The main job from the move to the report, for one candidate."""
    move(stage, candidate)
    finish(stage, candidate)


def finish(stage: Stage, candidate: Candidate) -> None:
    """Check everything that follows a move, and that none of it happened twice."""
    sent = [said for said in outcomes(stage, candidate) if said.startswith("Request sent")]
    assert len(sent) == 1, outcomes(stage, candidate)
    answer_all(stage, candidate)
    deliver_report(stage, candidate)
    wait_until_settled(stage, candidate)
    assert_once(stage.sandbox, candidate)


def wait_until_settled(stage: Stage, candidate: Candidate) -> None:
    """Wait until no work of the request is left, including what a killed process started."""
    admin = stage.staff(stage.admin)
    admin.follow("Requests")
    admin.follow("Ready")
    admin.follow(candidate.name)

    def is_settled() -> bool:
        return "Posted" in admin.text and "Waiting" not in admin.text and "On its way" not in admin.text

    reload_until(admin, is_settled, what="The end of all work", seconds=stage.patience)


def assert_once(sandbox: Sandbox, candidate: Candidate) -> None:
    """One email of each kind to each person, one note. An email sent twice over SMTP has one Message-ID."""
    assert len(ids(sandbox.letters(to=candidate.email), "asks you to name")) == 1
    for colleague in candidate.colleagues:
        assert len(ids(sandbox.letters(to=colleague.email), "asks you for a reference")) == 1
    assert len(ids(sandbox.letters(to=OWNER_EMAIL), f"Reference report ready: {candidate.name}")) == 1
    assert len(sandbox.candidate(candidate.name)["notes"]) == 1


def ids(letters: Sequence[Letter], subject: str) -> set[str]:
    """The distinct Message-IDs of emails with these words in the subject."""
    return {letter.message_id for letter in letters if subject in letter.subject}
