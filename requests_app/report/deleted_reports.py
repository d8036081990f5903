"""Reports that were deleted. The link to one stays in the candidate's notes in the ATS, so it says when that was."""

import uuid
from datetime import datetime

from crosschq.core import clock
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import cross_tenant
from requests_app.models import DeletedReport, ReferenceRequest


def remember(reference_request: ReferenceRequest) -> None:
    """Store that the report is being deleted. Call in the same transaction."""
    DeletedReport.objects.create(
        organization=reference_request.organization,
        link_hash=hash_token(str(reference_request.uid)),
        deleted_at=clock.now(),
    )


def deleted_at(uid: uuid.UUID) -> datetime | None:
    """When the report behind this link was deleted; None if no report was."""
    with cross_tenant("a report's link doesn't say which organization it belongs to"):
        row = DeletedReport.objects.filter(link_hash=hash_token(str(uid))).first()
        return row.deleted_at if row else None
