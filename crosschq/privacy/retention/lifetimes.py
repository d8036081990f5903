"""How long the rows of each table live. A test keeps the list complete, and docs/retention.md shows it.

There are four kinds of lifetimes: rows expire (the nightly task deletes them), are deleted with another row, are
deleted by another task, or are kept for a stated reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.apps import apps
from django.db import models
from django.db.models import Q

from connectors.models import SubscriptionState
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import TenantModel
from crosschq.tenancy.retention import RetentionKind

DAY = timedelta(days=1)
MONTHS_12, MONTHS_24 = timedelta(days=365), timedelta(days=730)
FINISHED = (WorkState.DONE, WorkState.CANCELLED, WorkState.DEAD, WorkState.UNKNOWN)
FEW = "few rows"
# Why a legal hold doesn't keep some rows.
NO_ONE = "about no person and no request"
ENDED = "they open nothing anymore; what they opened is kept"
COPY = "a copy; what it was made from is kept"
OF_THE_ATS = "a copy of what the ATS keeps"


@dataclass(frozen=True)
class Lifetime:
    """How long the rows of one table live."""

    table: str  # the model's label

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.table)


@dataclass(frozen=True)
class Expires(Lifetime):
    """Rows are deleted this long after the time in a column. `since` says in words what that time is.

    after: a fixed time, or the kind whose period each organization sets. only: which rows, if not all. one_by_one:
    whether a function in deletions.py deletes each row, because more than the row must be deleted. few: why no index
    is needed. of_nobody: the rows of a tenant table that belong to no organization. under_hold: why a hold doesn't
    keep them; empty if it does (held_rows.py).
    """

    column: str
    after: timedelta | RetentionKind
    since: str
    only: Q = field(default_factory=Q)
    one_by_one: bool = False
    few: str = ""
    of_nobody: bool = False
    under_hold: str = ""

    @property
    def per_organization(self) -> bool:
        return issubclass(self.model, TenantModel) and not self.of_nobody


@dataclass(frozen=True)
class GoesWith(Lifetime):
    """Rows are deleted with a row of another table: by a cascading foreign key, or by the function that `how` names."""

    parent: str
    how: str = ""


@dataclass(frozen=True)
class DeletedBy(Lifetime):
    """Rows are deleted by another scheduled task. under_hold: why a legal hold doesn't keep them."""

    task: str
    kept: str
    under_hold: str


@dataclass(frozen=True)
class Kept(Lifetime):
    """Rows are kept, for this reason. Those of an organization are kept as long as it exists."""

    why: str


SESSIONS = (
    Expires(
        "sessions.Session", "expire_date", 0 * DAY, "the session ends, 14 days after its last use", under_hold=ENDED
    ),
    GoesWith("usersessions.UserSession", "sessions.Session", how="swept: no key points at a session"),
)
KERNEL = (
    Expires(
        "core.SecretLink",
        "expires_at",
        90 * DAY,
        "the link ends; until then its page offers a new link",
        under_hold=ENDED,
    ),
    Expires("core.TryCount", "ends_at", 0 * DAY, "the period in which attempts are counted ends", under_hold=NO_ONE),
    Expires("core.Circuit", "changed_at", 30 * DAY, "the destination last failed", few=FEW, under_hold=NO_ONE),
    Expires("core.Worker", "beat_at", 1 * DAY, "the worker was last alive", few=FEW, under_hold=NO_ONE),
    Expires("core.KeyHolder", "seen_at", 1 * DAY, "the process last used the database", few=FEW, under_hold=NO_ONE),
    Expires("core.FailedRow", "last_at", 30 * DAY, "it last failed", few=FEW, under_hold=NO_ONE),
    # A restore looks for the ledgers of machines that ran shortly before the backup was made.
    Expires("core.Heartbeat", "at", 90 * DAY, "the scheduler or the machine last ran", few=FEW, under_hold=NO_ONE),
    Kept("core.Alarm", "one row for each problem, while it lasts"),
    Kept("core.Installation", "one row"),
)
ACCOUNTS = (
    Kept("organizations.Organization", "offboarding deletes it with everything in it"),
    Kept("organizations.User", "an account; it may belong to several organizations"),
    GoesWith("organizations.Membership", "organizations.Organization"),
    Expires(
        "organizations.Invitation",
        "expires_at",
        MONTHS_12,
        "its link ends",
        few="a few for each member",
    ),
    Kept("organizations.Logo", "the organization's current logo; replaced by the next"),
    Expires("organizations.AuditEntry", "at", RetentionKind.AUDIT, "the entry was made"),
    GoesWith("account.EmailAddress", "organizations.User"),
    Expires(
        "account.EmailConfirmation",
        "created",
        30 * DAY,
        "it was created",
        few="our emails carry codes, not keys",
        under_hold=ENDED,
    ),
    GoesWith("mfa.Authenticator", "organizations.User"),
    Kept("auth.Permission", "names that our code gives"),
    Kept("auth.Group", "not used"),
    Kept("auth.Group_permissions", "not used"),
    Kept("contenttypes.ContentType", "names that our code gives"),
)
MESSAGES = (
    Expires(
        "messaging.Message",
        "created_at",
        RetentionKind.MESSAGES,
        "it was written. Its text is erased once it is sent. Messages about a request are deleted with it "
        "if that is earlier",
        only=Q(state__in=FINISHED),
    ),
    Kept("messaging.Suppression", "a keyed hash, so that we never email or text an address again"),
    Expires(
        "messaging.CountedSend", "at", 2 * DAY, "the email was counted", under_hold="hashes that limit how much we send"
    ),
    Expires("messaging.DeliveryEvent", "received_at", 90 * DAY, "the provider reported it"),
)
CONNECTIONS = (
    Kept("connectors.Connection", "the settings of a connector, also while it is disconnected"),
    Expires("connectors.OAuthState", "expires_at", 1 * DAY, "the attempt to connect ends", few=FEW, under_hold=NO_ONE),
    Expires(
        "connectors.Subscription",
        "created_at",
        90 * DAY,
        "it was created, once it has been removed in the ATS",
        only=Q(state=SubscriptionState.REMOVED),
        few=FEW,
        under_hold=NO_ONE,
    ),
    Expires(
        "connectors.SigningKey",
        "valid_until",
        1 * DAY,
        "a newer key replaced it and the old one ended",
        few=FEW,
        under_hold=NO_ONE,
    ),
    Expires(
        "connectors.DirectoryUser",
        "read_at",
        30 * DAY,
        "the ATS last listed the person; it is read daily",
        under_hold=OF_THE_ATS,
    ),
    GoesWith("connectors.SetupCheck", "connectors.Connection"),
    Expires(
        "connectors.CachedJob",
        "touched_at",
        7 * DAY,
        "the job was last read or changed in the ATS",
        under_hold=OF_THE_ATS,
    ),
    GoesWith("connectors.Writeback", "requests_app.ReferenceRequest", how="requests_app/erasure.py"),
    GoesWith("connectors.Attachment", "requests_app.ReferenceRequest", how="requests_app/erasure.py"),
    DeletedBy(
        "connectors.BackgroundTask",
        "connectors.forget_background_tasks",
        "an hour after it ended, a day at most",
        under_hold=OF_THE_ATS,
    ),
)
TEMPLATES = (
    *(
        Kept(f"templates_app.{name}", "requests and answers refer to versions of it")
        for name in ("Survey", "SurveyVersion", "Question", "RequestTemplate", "TemplateVersion")
    ),
    GoesWith("templates_app.DraftQuestion", "templates_app.Survey"),
)
REQUESTS = (
    Expires(
        "requests_app.ReferenceRequest",
        "finished_at",
        RetentionKind.REQUESTS,
        "the request ended, with its report. Open requests stay",
        only=Q(finished_at__isnull=False),
        one_by_one=True,
    ),
    *(
        GoesWith(f"requests_app.{name}", "requests_app.ReferenceRequest")
        for name in (
            "Agreement",
            "Reference",
            "Response",
            "Answer",
            "SearchWord",
            "TimelineEntry",
            "Reminder",
            "Reader",
            "ReportView",
            "ReportVersion",
            "VersionEntry",
        )
    ),
    GoesWith(
        "requests_app.NetworkTrace",
        "requests_app.ReferenceRequest",
        how="and no longer than it is open: requests_app/lifecycle.py",
    ),
    Expires(
        "requests_app.ReportFile",
        "created_at",
        7 * DAY,
        "someone asked for the PDF of a report. It is made again when someone asks again",
    ),
    Expires("organizations.EmailCode", "created_at", 1 * DAY, "the code was sent", under_hold=ENDED),
    Expires("requests_app.BulkAction", "created_at", 90 * DAY, "it was started", few="a few for each member and day"),
    GoesWith("requests_app.BulkItem", "requests_app.BulkAction"),
    DeletedBy(
        "requests_app.ListDownload", "requests_app.delete_downloads", "a day after it is ready or requested", COPY
    ),
    GoesWith("requests_app.ListDownloadPart", "requests_app.ListDownload"),
    Expires(
        "requests_app.DeletedReport",
        "deleted_at",
        MONTHS_24,
        "the report was deleted; until then its link says so",
        under_hold="the report was deleted before",
    ),
)
EVENTS = (
    Expires(
        "webhooks.InboundEvent",
        "created_at",
        RetentionKind.EVENTS,
        "it arrived",
        only=~Q(state=WorkState.WORKING),
    ),
    GoesWith("webhooks.Notice", "webhooks.InboundEvent"),
    Expires("webhooks.Replay", "created_at", RetentionKind.EVENTS, "it was started", few=FEW, under_hold=NO_ONE),
    Expires(
        "webhooks.RefusedDeliveries",
        "hour",
        RetentionKind.EVENTS,
        "they were refused",
        few="one for each hour",
        under_hold=NO_ONE,
    ),
    Kept("webhooks.MutedJob", "a choice that a member made for a job, until they change it"),
    Kept("webhooks.ErasedCandidate", "a keyed hash, so that we never ask an erased candidate again"),
    GoesWith("webhooks.ConnectionJob", "connectors.Connection"),
)
PROSPECTS = (
    Expires(
        "prospects.Prospect",
        "consented_at",
        RetentionKind.PROSPECTS,
        "their latest consent. Dates and the id of the exported candidate stay for 24 months",
        only=Q(removed_at__isnull=True),
        one_by_one=True,
    ),
    GoesWith("prospects.Consent", "prospects.Prospect"),
    GoesWith("prospects.ProspectWord", "prospects.Prospect"),
    GoesWith("prospects.ExportItem", "prospects.Prospect"),
    GoesWith("prospects.ExportSettings", "connectors.Connection"),
    GoesWith("prospects.KnownTag", "prospects.ExportSettings"),
    GoesWith("prospects.JobOption", "prospects.ExportSettings"),
    GoesWith("prospects.OptionsRefresh", "prospects.ExportSettings"),
    GoesWith("prospects.OptInExclusion", "templates_app.Survey"),
    Expires(
        "prospects.ExportRun",
        "finished_at",
        MONTHS_24,
        "it ended",
        few="a few for each organization",
        under_hold=NO_ONE,
    ),
)
# A table may have a second line, for other rows.
FURTHER = (
    Expires(
        "messaging.Message",
        "created_at",
        90 * DAY,
        "it was written, if it belongs to no organization: codes to sign in, notices about an account",
        only=Q(organization__isnull=True, state__in=FINISHED),
        of_nobody=True,
        under_hold="a hold is one organization's",
    ),
    Expires(
        "prospects.Prospect",
        "removed_at",
        MONTHS_24,
        "they were removed, unless a candidate in the ATS still waits to be deleted",
        only=Q(removed_at__isnull=False)
        & (Q(ats_candidate_id="", ats_attempted_at__isnull=True) | Q(ats_deleted_at__isnull=False)),
        under_hold="the person was removed before",
    ),
)
PRIVACY = (
    DeletedBy("privacy.DataExport", "privacy.delete_exports", "7 days after it is ready, a day if it never is", COPY),
    GoesWith("privacy.ExportPart", "privacy.DataExport"),
    Kept("privacy.Erasure", "the evidence of an erasure, which names no one once it is done"),
    Kept("privacy.Offboarding", "when the deletion of the organization was requested or canceled"),
    Expires("retention.RemovedRows", "at", MONTHS_24, "that night", few="a few for each night", under_hold=NO_ONE),
    Expires(
        "retention.LegalHold", "released_at", MONTHS_24, "it was released", few=FEW, under_hold="the hold was released"
    ),
)

LIFETIMES: tuple[Lifetime, ...] = (
    *SESSIONS,
    *KERNEL,
    *ACCOUNTS,
    *MESSAGES,
    *CONNECTIONS,
    *TEMPLATES,
    *REQUESTS,
    *EVENTS,
    *PROSPECTS,
    *FURTHER,
    *PRIVACY,
)


def expiring() -> Iterator[Expires]:
    """The lines whose rows the nightly task deletes."""
    return (line for line in LIFETIMES if isinstance(line, Expires))
