"""What the rows of each table are called on the page that says how many were removed."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: Mapping[str, Promise | str] = {
    "organizations.Invitation": _("Old invitations"),
    "organizations.AuditEntry": _("Audit log entries"),
    "messaging.Message": _("Records of messages"),
    "messaging.DeliveryEvent": _("Delivery reports of messages"),
    "connectors.OAuthState": _("Past attempts to connect"),
    "connectors.Subscription": _("Removed webhook subscriptions"),
    "connectors.SigningKey": _("Replaced webhook keys"),
    "connectors.DirectoryUser": _("Colleagues that the ATS no longer lists"),
    "connectors.CachedJob": _("Copies of jobs"),
    "requests_app.ReferenceRequest": _("Requests with their reports"),
    "requests_app.ReportFile": _("PDFs of reports"),
    "organizations.EmailCode": _("One-time codes"),
    "requests_app.DeletedReport": _("Notes of deleted reports"),
    "webhooks.InboundEvent": _("Events from the ATS"),
    "webhooks.Replay": _("Records of replays"),
    "webhooks.RefusedDeliveries": _("Counts of refused deliveries"),
    "prospects.Prospect": _("Prospects"),
    "prospects.ExportRun": _("Records of exports"),
    "retention.RemovedRows": _("Rows of this table"),
    "retention.LegalHold": _("Released holds"),
}


def table_name(table: str) -> str:
    """The name of a table's rows for people."""
    return str(NAMES.get(table, table))
