from requests_app.models.agreement import Agreement
from requests_app.models.bulk_action import Act, BulkAction, BulkItem, LeftOut, Result
from requests_app.models.list_download import ListDownload, ListDownloadPart
from requests_app.models.network_trace import NetworkTrace
from requests_app.models.reader import DeletedReport, Reader, ReaderRole, ReportView
from requests_app.models.reference import (
    ASKED_STATES,
    SENT_STATES,
    SLOT_HOLDERS,
    Approval,
    DeclineReason,
    Reference,
    ReferenceState,
)
from requests_app.models.reference_request import OPEN_STATES, REPORT_STATES, Problem, ReferenceRequest, RequestState
from requests_app.models.reminder import Reminder
from requests_app.models.report_file import ReportFile
from requests_app.models.report_version import Cause, ReportVersion, VersionEntry
from requests_app.models.response import Answer, Response
from requests_app.models.search_word import SearchWord
from requests_app.models.timeline import EntryKind, TimelineEntry

__all__ = [
    "ASKED_STATES",
    "OPEN_STATES",
    "REPORT_STATES",
    "SENT_STATES",
    "SLOT_HOLDERS",
    "Act",
    "Agreement",
    "Answer",
    "Approval",
    "BulkAction",
    "BulkItem",
    "Cause",
    "DeclineReason",
    "DeletedReport",
    "EntryKind",
    "LeftOut",
    "ListDownload",
    "ListDownloadPart",
    "NetworkTrace",
    "Problem",
    "Reader",
    "ReaderRole",
    "Reference",
    "ReferenceRequest",
    "ReferenceState",
    "Reminder",
    "ReportFile",
    "ReportVersion",
    "ReportView",
    "RequestState",
    "Response",
    "Result",
    "SearchWord",
    "TimelineEntry",
    "VersionEntry",
]
