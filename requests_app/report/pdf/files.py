"""The stored PDF of a version of a report: made when someone asks for it, and again once the version has changed."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db.models import Case, When
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import personal_data as connections
from connectors.attachment_writer import attach_report
from crosschq.core.database import locks
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import ReferenceRequest, ReportFile, ReportVersion
from requests_app.report.build import build
from requests_app.report.pdf.document import compiled, data_of
from requests_app.report.versions.record import can_be_read, latest

NAME_DIGITS = 12


def current(version: ReportVersion) -> ReportFile | None:
    """The file, made or under way, unless the version has changed since. Call inside `tenant()`."""
    found: ReportFile | None = ReportFile.objects.filter(version=version).first()
    return found if found and found.fingerprint == _fingerprint(_data(version)) else None


def ask_for(version: ReportVersion) -> ReportFile:
    """Queue the file unless it is made or under way. A failed one is tried again. Call inside `tenant()`."""
    file = current(version)
    if file is None:
        ReportFile.objects.filter(version=version).delete()
        new = ReportFile(
            organization=version.reference_request.organization,
            version=version,
            fingerprint=_fingerprint(_data(version)),
            trace_id=work_item.current_trace_id(),
        )
        ReportFile.objects.bulk_create([new], ignore_conflicts=True)  # unless another click just did
        file = ReportFile.objects.get(version=version)
        work_item.wake_workers(ReportFile)
    elif file.has_failed:
        work_item.try_again(file)
        file.refresh_from_db(fields=["state"])
    return file


def attach(reference_request: ReferenceRequest) -> None:
    """Attach the latest version to the application in the ATS, if its connection is set so. Call inside `tenant()`.

    A private report isn't attached, since everyone who sees the application there could open it.
    """
    connection, version = reference_request.connection, latest(reference_request)
    if connection is None or not connection.attach_reports or not reference_request.has_report or version is None:
        return
    if reference_request.organization.reports_private:
        return
    file = ask_for(version)
    of_request = ReportFile.objects.filter(version__reference_request=reference_request)
    of_request.update(attach=Case(When(pk=file.pk, then=True), default=False))
    if file.is_made:
        _hand_over(version, file.fingerprint, contents(file))


def to_attach(reference_request: ReferenceRequest) -> ReportFile | None:
    """The file that goes to the ATS, made or not, without its contents. Call inside `tenant()`."""
    rows = ReportFile.objects.filter(version__reference_request=reference_request, attach=True).defer("pdf")
    found: ReportFile | None = rows.first()
    return found


def changed(reference_request: ReferenceRequest) -> None:
    """Delete the files of a report in which a person was corrected or erased, and attach it again.

    Call inside `tenant()`.
    """
    ReportFile.objects.filter(version__reference_request=reference_request).delete()
    connections.erase_unattached(reference_request.uid)
    attach(reference_request)


def contents(file: ReportFile) -> bytes:
    return base64.b64decode(file.pdf)


def make(version: ReportVersion) -> tuple[str, bytes]:
    """The fingerprint and the PDF of a version as it is now. Opens `tenant()` itself, but not while typst works."""
    with tenant(version.reference_request.organization):
        data = _data(version)
    return _fingerprint(data), compiled(data)


def perform(item: ReportFile) -> None:
    with tenant(item.organization):
        rows = ReportVersion.objects.select_related(
            "reference_request__organization",
            "reference_request__connection__organization",
            "reference_request__version__survey_version__survey",
            "reference",
        )
        version = rows.get(pk=item.version_id)
    if not can_be_read(version.reference_request):
        raise work_item.GiveUp(_("The report no longer exists."))
    fingerprint, pdf = make(version)
    fault("pdf_before_finish")
    with tenant(item.organization):
        with suppress(RequestMovedOn):  # erased: the lease is lost with the row
            locked(version.reference_request)
        work_item.finish(item, fingerprint=fingerprint, pdf=base64.b64encode(pdf).decode())
        if version.reference_request.has_report and ReportFile.objects.filter(pk=item.pk, attach=True).exists():
            _hand_over(version, fingerprint, pdf)


def _hand_over(version: ReportVersion, fingerprint: str, pdf: bytes) -> None:
    """Queue the file for the ATS. Its name is the same for the same contents, and says nothing about the people."""
    reference_request = version.reference_request
    locks.hold(f"private_reports:{reference_request.organization_id}")  # until it is queued, nobody makes it private
    is_private = Organization.objects.filter(pk=reference_request.organization_id, reports_private=True).exists()
    if reference_request.connection is None or is_private:
        return
    attach_report(
        connection=reference_request.connection,
        candidate_id=reference_request.ats_candidate_id,
        job_id=reference_request.ats_job_id,
        name=f"Crosschq 360 Report version {version.number} {fingerprint[:NAME_DIGITS]}.pdf",
        contents=pdf,
        about_kind="request",
        about_uid=reference_request.uid,
    )


def _data(version: ReportVersion) -> dict[str, Any]:
    reference_request = version.reference_request
    with timezone.override(find_time_zone(reference_request.organization.time_zone)):
        return data_of(build(reference_request, version))


def _fingerprint(data: dict[str, Any]) -> str:
    contents = json.dumps(data, sort_keys=True).encode()
    return hmac.new(settings.SECRET_KEY.encode(), contents, hashlib.sha256).hexdigest()
