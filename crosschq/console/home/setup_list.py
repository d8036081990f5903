"""What a new organization has left to set up. Each item's state is read from the data."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from connectors import registry
from connectors.models import Connection, ConnectionState
from connectors.setup import checklist
from connectors.setup.status import ConnectionStatus
from crosschq.core.database.counting import is_any
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.models import Invitation, Membership, Organization
from requests_app.models import ReferenceRequest
from requests_app.start.test_request import was_sent
from templates_app.models import RequestTemplate

OPEN, DONE, CANNOT = "todo", "done", "cannot"


@dataclass(frozen=True)
class SetupItem:
    """A list item. `state`: todo, done, or cannot (start yet)."""

    title: str
    sentence: str
    label: str
    url: str
    state: str
    optional: bool = False

    @property
    def is_done(self) -> bool:
        return self.state == DONE

    @property
    def shown(self) -> str:
        """The state to show. An optional item never asks for attention."""
        return CANNOT if self.optional and not self.is_done else self.state

    @property
    def words(self) -> str:
        """Text that replaces the state's own."""
        return _("Optional") if self.optional and not self.is_done else ""


@dataclass(frozen=True)
class SetupList:
    items: list[SetupItem]
    is_live: bool

    @property
    def needed(self) -> list[SetupItem]:
        return [item for item in self.items if not item.optional]

    @property
    def done(self) -> int:
        return sum(item.is_done for item in self.needed)

    @property
    def is_done(self) -> bool:
        """A real request ends setup: anything still missing may be missing on purpose."""
        return self.is_live or self.done == len(self.needed)

    @property
    def next(self) -> SetupItem | None:
        """The first item that can be done now."""
        return next((item for item in self.needed if item.state == OPEN), None)


def build(organization: Organization) -> SetupList:
    """Return what the organization has set up and what is left. Call inside `tenant()`."""
    connections = Connection.objects.exclude(state=ConnectionState.NOT_CONNECTED).select_related("organization")
    connection: Connection | None = connections.select_related("setup_check").first()
    status = ConnectionStatus(connection, checklist.build(connection)) if connection else None
    is_live = is_any(ReferenceRequest.objects.filter(is_test=False))
    items = [
        _connect(organization, status),
        _template(organization),
        _tag(organization, status),
        _test(organization),
        _invite(organization),
    ]
    return SetupList(items, is_live)


def _connect(organization: Organization, status: ConnectionStatus | None) -> SetupItem:
    offered = registry.vendors()
    one = offered[0] if len(offered) == 1 else None
    words = {"ats": ats_name()}
    sentence = _("When a candidate reaches the hiring step there, we ask them for references.")
    label = _("Connect %(ats)s") % words
    if status and not status.works:
        # It was connected once, but that isn't done while the ATS refuses us.
        sentence = _("%(problem)s.") % {"problem": status.problem.title} if status.problem else sentence
        label = _("View connection")
    return SetupItem(
        _("Connect %(ats)s") % words,
        sentence,
        label,
        _manage(organization, one.key) if one else reverse("connectors:list", args=[organization.slug]),
        DONE if status and status.works else OPEN,
    )


def _template(organization: Organization) -> SetupItem:
    live = RequestTemplate.objects.filter(organization=organization, deleted_at__isnull=True)
    return SetupItem(
        _("Create a template"),
        _("It sets who is asked which questions. Your first one is already filled in."),
        _("Create a template"),
        reverse("templates:new", args=[organization.slug]),
        DONE if live.exists() else OPEN,
    )


def _tag(organization: Organization, status: ConnectionStatus | None) -> SetupItem:
    title, label = _("Put its tag on a job"), _("See how")
    if status is None:
        sentence = _("You do this in %(ats)s, once it's connected.") % {"ats": ats_name()}
        return SetupItem(title, sentence, label, "", CANNOT)
    sentence = _("The tag in a job's field “%(field)s” decides which template its candidates get.")
    connection = status.connection
    tagged = status.checklist.item("jobs").state == checklist.DONE
    url = reverse("connectors:checklist", args=[organization.slug, connection.vendor])
    return SetupItem(title, sentence % {"field": connection.field_name}, label, url, DONE if tagged else OPEN)


def _test(organization: Organization) -> SetupItem:
    return SetupItem(
        _("Send a test request to yourself"),
        _("See the entire process with a test candidate. You need a template, but no connection."),
        _("Send test request"),
        reverse("requests:test", args=[organization.slug]),
        DONE if was_sent() else OPEN,
    )


def _invite(organization: Organization) -> SetupItem:
    others = Membership.objects.filter(organization=organization).count() > 1
    return SetupItem(
        _("Invite a colleague"),
        _("Recruiters handle requests, and admins change settings."),
        _("Invite people"),
        reverse("members:invite", args=[organization.slug]),
        DONE if others or Invitation.objects.exists() else OPEN,
        optional=True,
    )


def _manage(organization: Organization, vendor: str) -> str:
    return reverse("connectors:manage", args=[organization.slug, vendor])
