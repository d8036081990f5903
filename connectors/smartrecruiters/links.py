"""Finds the candidate and the job in a link to SmartRecruiters. Nothing is fetched.

The vendor documents only its API's URLs (developers.smartrecruiters.com/reference/candidatesgetapplication). We read
page URLs word by word, so `/app/people/candidates/{id}`, `/app/people/{id}/messages`,
`/app/jobs/details/{id}?candidateId={id}` and a note's tag `#[CANDIDATE:{id}]` all work.
"""

import re

from connectors import ats
from connectors.smartrecruiters.ids import ID, canonical_id

LINK = re.compile(r"https?://|www\.|[\w.-]*smartrecruiters\.com/|/?candidates/|#\[CANDIDATE:", re.IGNORECASE)
SEPARATOR = re.compile(r"[^\w-]+")
CANDIDATE = {"people", "person", "profile", "candidate", "candidates", "candidateid", "candidate_id"}
JOB = {"job", "jobs", "jobid", "job_id"}
APPLICATION = {"application", "applications", "applicationid", "application_id"}


def parse_link(text: str) -> ats.LinkTarget | None:
    """Parse a link or a candidate's id; None for any other text.

    A `candidate` has a job id if the link contains one. The API can't look up the id of an `application`.
    """
    text = text.strip()
    if ID.fullmatch(text):
        return ats.LinkTarget(kind="candidate", candidate_id=canonical_id(text))
    if not LINK.match(text):
        return None
    ids = _ids(text)
    if "candidate" in ids:
        return ats.LinkTarget(kind="candidate", candidate_id=ids["candidate"], job_id=ids.get("job", ""))
    return ats.LinkTarget(kind="application" if "application" in ids else "other")


def _ids(text: str) -> dict[str, str]:
    """Return the first id of each kind. The last word before an id decides its kind."""
    kind, found = "", dict[str, str]()
    for part in SEPARATOR.split(text):
        if ID.fullmatch(part):
            if kind:
                found.setdefault(kind, canonical_id(part))
            kind = ""
        else:
            kind = _kind(part.casefold()) or kind
    return found


def _kind(word: str) -> str:
    if word in CANDIDATE:
        return "candidate"
    if word in JOB:
        return "job"
    return "application" if word in APPLICATION else ""
