"""The history of a request, one sentence per entry."""

from datetime import datetime

from crosschq.core import clock
from requests_app.models import EntryKind, Reference, ReferenceRequest, TimelineEntry


def note(
    reference_request: ReferenceRequest,
    sentence: str,
    *,
    kind: str = EntryKind.INFO,
    at: datetime | None = None,
    about: Reference | ReferenceRequest | None = None,
) -> None:
    """Add an entry, in the transaction of what it describes.

    about: the reference that the sentence names, or the request if it names the candidate.
    """
    TimelineEntry.objects.create(
        organization_id=reference_request.organization_id,
        reference_request=reference_request,
        sentence=sentence,
        kind=kind,
        at=at or clock.now(),
        about_uid=about.uid if about else None,
    )
