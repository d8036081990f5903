"""Which candidate and which job a link into SmartRecruiters names.

The vendor documents its API's addresses alone (developers.smartrecruiters.com/reference/candidatesgetapplication).
Those of its pages are read by their words, so that `/app/people/candidates/{id}`, `/app/people/{id}/messages`,
`/app/jobs/details/{id}?candidateId={id}` and a note's tag `#[CANDIDATE:{id}]` all do. Nothing here is fetched.
"""

import re

from connectors import ats
from connectors.smartrecruiters.ids import ID, canonical_id

LINK = re.compile(r"https?://|www\.|[\w.-]*smartrecruiters\.com/|/?candidates/|#\[CANDIDATE:", re.IGNORECASE)
BETWEEN = re.compile(r"[^\w-]+")
CANDIDATE = {"people", "person", "profile", "candidate", "candidates", "candidateid", "candidate_id"}
JOB = {"job", "jobs", "jobid", "job_id"}
APPLICATION = {"application", "applications", "applicationid", "application_id"}


def parse_link(text: str) -> ats.LinkTarget | None:
    """What a link, or a candidate's id, names; None for any other text.

    kind: `candidate`, with the job if the link names it; `application`, whose id leads nowhere in the API; or `other`.
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
    """The first id of each kind. An id is of the kind that the last word before it tells."""
    kind, found = "", dict[str, str]()
    for part in BETWEEN.split(text):
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
