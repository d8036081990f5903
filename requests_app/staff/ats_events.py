"""What the ATS reported about a request's application. The app that receives events provides it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from crosschq.core.provided import Provided
from requests_app.models import ReferenceRequest


@dataclass(frozen=True)
class ReportedEvent:
    """One event, and what we decided about it. `kind` is an EntryKind."""

    uid: uuid.UUID
    at: datetime
    sentence: str
    kind: str


# The newest first, in one query. Called inside `tenant()`, for a request that came from a connection.
ats_events: Provided[[ReferenceRequest], list[ReportedEvent]] = Provided("ats_events")
