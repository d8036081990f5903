"""The list of requests as lines of a CSV file, read in batches. Call everything inside `tenant()`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core.database.keyset import behind
from crosschq.core.text.csv_lines import BYTE_ORDER_MARK, line_writer
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.models import Organization
from requests_app.attention import facts
from requests_app.attention.facts import Facts
from requests_app.attention.problems import FoundProblem, found
from requests_app.models import ReferenceRequest, ReferenceState
from requests_app.notifications.send import report_url

BATCH = 1000
NEWEST = ("-created_at", "-id")
Position = tuple[datetime, int]  # created_at and primary key of the last request so far


def header(separator: str) -> str:
    names = [
        _("Candidate"),
        _("Job"),
        _("Position"),
        _("State"),
        _("Problem"),
        _("References asked for"),
        _("References answered"),
        _("Owner"),
        _("Owner's email"),
        _("Due"),
        _("Created"),
        _("Finished"),
        _("Report"),
    ]
    return BYTE_ORDER_MARK + line_writer(separator)(names)


def batch_after(
    requests: "QuerySet[ReferenceRequest]", last: Position | None, *, most: int = BATCH
) -> list[ReferenceRequest]:
    """The next requests, newest first."""
    rows = requests.select_related("version", "connection")
    if last is not None:
        rows = rows.filter(behind(NEWEST, last))
    return list(rows.order_by(*NEWEST)[:most])


def lines(batch: Sequence[ReferenceRequest], organization: Organization, separator: str, now: datetime) -> str:
    """One line for each of these requests, with its line break."""
    write, zone = line_writer(separator), find_time_zone(organization.time_zone)
    for each in batch:
        each.organization = organization
    return "".join(write(_cells(each, found(each, now), zone)) for each in facts.read(batch, as_stored=True))


def _cells(known: Facts, problems: Sequence[FoundProblem], zone: tzinfo) -> Iterator[str]:
    reference_request = known.reference_request
    yield reference_request.candidate_name
    yield reference_request.job_title
    yield reference_request.position
    yield str(reference_request.get_state_display())
    yield "; ".join(problem.sentence for problem in problems)
    yield str(reference_request.version.references_requested)
    yield str(len(known.in_state(ReferenceState.ANSWERED)))
    yield reference_request.owner_name
    yield reference_request.owner_email
    yield _day(reference_request.due_at, zone)
    yield _day(reference_request.created_at, zone)
    yield _day(reference_request.finished_at, zone)
    yield report_url(reference_request) if reference_request.has_report else ""


def _day(moment: datetime | None, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else ""
