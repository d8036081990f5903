"""The stored PDF of a report: made when someone asks for it, and again once the report has changed."""

import base64
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import personal_data as connections
from connectors.attachment_writer import attach_report
from crosschq.core.outbox import work_item
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, ReportFile
from requests_app.report.build import build
from requests_app.report.pdf.document import compiled, data_of

NAME_DIGITS = 12


def current(reference_request: ReferenceRequest) -> ReportFile | None:
    """The file, made or under way, unless the report has changed since. Call inside `tenant()`."""
    found: ReportFile | None = ReportFile.objects.filter(reference_request=reference_request).first()
    return found if found and found.fingerprint == _fingerprint(_data(reference_request)) else None


def ask_for(reference_request: ReferenceRequest) -> ReportFile:
    """Queue the file unless it is made or under way. A failed one is tried again. Call inside `tenant()`."""
    file = current(reference_request)
    if file is None:
        ReportFile.objects.filter(reference_request=reference_request).delete()
        new = ReportFile(
            organization=reference_request.organization,
            reference_request=reference_request,
            fingerprint=_fingerprint(_data(reference_request)),
            trace_id=work_item.current_trace_id(),
        )
        ReportFile.objects.bulk_create([new], ignore_conflicts=True)  # unless another click just did
        file = ReportFile.objects.get(reference_request=reference_request)
        work_item.wake_workers(ReportFile)
    elif file.has_failed:
        work_item.try_again(file)
        file.refresh_from_db(fields=["state"])
    return file


def attach(reference_request: ReferenceRequest) -> None:
    """Attach the report to the application in the ATS, if its connection is set so. Call inside `tenant()`."""
    connection = reference_request.connection
    if connection is None or not connection.attach_reports or not reference_request.has_report:
        return
    file = ask_for(reference_request)
    ReportFile.objects.filter(pk=file.pk).update(attach=True)
    if file.is_made:
        _hand_over(reference_request, file.fingerprint, contents(file))


def changed(reference_request: ReferenceRequest) -> None:
    """Delete the file of a report that changed, and attach its new version. Call inside `tenant()`."""
    ReportFile.objects.filter(reference_request=reference_request).delete()
    connections.erase_unattached(reference_request.uid)
    attach(reference_request)


def contents(file: ReportFile) -> bytes:
    return base64.b64decode(file.pdf)


def make(reference_request: ReferenceRequest) -> tuple[str, bytes]:
    """The fingerprint and the PDF of the report as it is now. Opens `tenant()` itself, and not while typst works."""
    with tenant(reference_request.organization):
        data = _data(reference_request)
    return _fingerprint(data), compiled(data)


def perform(item: ReportFile) -> None:
    with tenant(item.organization):
        rows = ReferenceRequest.objects.select_related(
            "organization", "connection__organization", "version__survey_version__survey"
        )
        reference_request = rows.get(pk=item.reference_request_id)
    if not reference_request.has_report:
        raise work_item.GiveUp(_("There is no report anymore."))
    fingerprint, pdf = make(reference_request)
    with tenant(item.organization):
        work_item.finish(item, fingerprint=fingerprint, pdf=base64.b64encode(pdf).decode())
        if ReportFile.objects.filter(pk=item.pk, attach=True).exists():
            _hand_over(reference_request, fingerprint, pdf)


def _hand_over(reference_request: ReferenceRequest, fingerprint: str, pdf: bytes) -> None:
    """Queue the file for the ATS. Its name is the same for the same contents, and says nothing about the people."""
    if reference_request.connection is None:
        return
    attach_report(
        connection=reference_request.connection,
        candidate_id=reference_request.ats_candidate_id,
        job_id=reference_request.ats_job_id,
        name=f"Crosschq 360 Report {fingerprint[:NAME_DIGITS]}.pdf",
        contents=pdf,
        about_kind="request",
        about_uid=reference_request.uid,
    )


def _data(reference_request: ReferenceRequest) -> dict[str, Any]:
    with timezone.override(find_time_zone(reference_request.organization.time_zone)):
        return data_of(build(reference_request))


def _fingerprint(data: dict[str, Any]) -> str:
    contents = json.dumps(data, sort_keys=True).encode()
    return hmac.new(settings.SECRET_KEY.encode(), contents, hashlib.sha256).hexdigest()
