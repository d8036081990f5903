"""What the pages of a report show of its versions, for members and for readers. Call everything inside `tenant()`."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from requests_app.models import OPEN_STATES, ReferenceRequest, ReportVersion
from requests_app.report.build import build, build_each
from requests_app.report.content import Report
from requests_app.report.versions.compare import compare
from requests_app.report.versions.record import can_be_read, versions_of


def choose(reference_request: ReferenceRequest, number: int) -> tuple[list[ReportVersion], ReportVersion | None]:
    """All versions that can be read, and the one with this number. 0: the current one; None if there is none now.

    Raises Http404.
    """
    has_none = not number and reference_request.state in OPEN_STATES and reference_request.reopened_at is None
    versions = versions_of(reference_request) if can_be_read(reference_request) and not has_none else []
    if not number:
        return versions, versions[0] if versions and reference_request.has_report else None
    return versions, _numbered(versions, number)


def is_current(version: ReportVersion | None, versions: Sequence[ReportVersion]) -> bool:
    """Whether this version is the report now."""
    return version is not None and version.reference_request.has_report and version == versions[0]


def _numbered(versions: Sequence[ReportVersion], number: int) -> ReportVersion:
    for version in versions:
        if version.number == number:
            return version
    raise Http404(_("This version doesn't exist."))


def difference(reference_request: ReferenceRequest, number: int, since: int) -> dict[str, Any]:
    """What the page shows that compares a version with an earlier one. Raises Http404."""
    versions, version = choose(reference_request, number)
    earlier = _numbered(versions[1:], since)
    if version is None or since >= number:
        raise Http404(_("These versions can't be compared."))
    return {
        "version": version,
        "earlier": earlier,
        "versions": versions,
        "causes": _causes(versions, since, number),
        "difference": compare(*build_each(reference_request, earlier, version)),
    }


def report_for(
    reference_request: ReferenceRequest, version: ReportVersion | None, versions: Sequence[ReportVersion], read: int
) -> tuple[Report, dict[str, Any] | None]:
    """This version, and what to tell someone who had read an earlier one; None if they hadn't, which `read` 0 says."""
    if version is None or not 0 < read < version.number:
        return build(reference_request, version), None
    earlier, report = build_each(reference_request, _numbered(versions, read), version)
    sentences = compare(earlier, report).sentences
    return report, {"since": read, "causes": _causes(versions, read, version.number), "sentences": sentences}


def _causes(versions: Sequence[ReportVersion], after: int, until: int) -> list[ReportVersion]:
    """The versions made between the two, the later one included, in their order."""
    return [version for version in reversed(versions) if after < version.number <= until]
