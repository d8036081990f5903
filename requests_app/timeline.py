"""The story of a request, one sentence at a time."""

from datetime import datetime

from crosschq.core import clock

from .models import EntryKind, ReferenceRequest, TimelineEntry


def note(request: ReferenceRequest, sentence: str, *, kind: str = EntryKind.INFO, at: datetime | None = None) -> None:
    """Add an entry in the transaction of the fact."""
    TimelineEntry.objects.create(
        organization_id=request.organization_id, request=request, sentence=sentence, kind=kind, at=at or clock.now()
    )
