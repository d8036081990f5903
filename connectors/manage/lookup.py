"""Finds the vendor in a URL and this organization's connection to it."""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils.translation import gettext as _

from connectors import extensions, registry
from connectors.ats import Vendor
from connectors.background_tasks import lifecycle
from connectors.manage import worker
from connectors.models import BackgroundTask, Connection
from crosschq.tenancy.requested_work import UNFINISHED


def vendor_or_404(key: str) -> Vendor:
    if not registry.offers(key):
        raise Http404(_("This connector doesn't exist."))
    return registry.vendor(key)


def found() -> "QuerySet[Connection]":
    """Return the organization's connections with everything their pages show. Call inside `tenant()`."""
    related = ("organization", "connected_by", "setup_check", "export_settings")
    kinds = [kind.name for kind in worker.ALL]
    unfinished = BackgroundTask.objects.filter(vendor=OuterRef("vendor"), kind__in=kinds, state__in=UNFINISHED)
    connections = Connection.objects.select_related(*related).defer("export_settings__cached_options")
    return connections.annotate(
        **{name: expression() for name, expression in extensions.annotations.items()},
        task_under_way=Subquery(unfinished.order_by("-created_at", "-pk").values("uid")[:1]),
    )


def find(vendor: str) -> Connection | None:
    """Find the organization's connection to this vendor. Call inside `tenant()`."""
    connection: Connection | None = found().filter(vendor=vendor).first()
    return connection


def last_event_at(connection: Connection) -> datetime | None:
    """Return the time of the last event of a connection from `found()`."""
    moment: datetime | None = vars(connection)["last_event_at"]
    return moment


def task_under_way(connection: Connection | None, vendor: str) -> BackgroundTask | None:
    """Return the unfinished task of the connection page. `connection` comes from `found()`, or is None.

    Call inside `tenant()`.
    """
    if connection is None:
        return lifecycle.under_way(*worker.ALL, vendor=vendor)
    uid = vars(connection)["task_under_way"]
    return lifecycle.find(uid, *worker.ALL, vendor=vendor) if uid else None


def find_or_404(vendor: str) -> Connection:
    vendor_or_404(vendor)
    connection = find(vendor)
    if connection is None:
        raise Http404(_("This connector has never been connected."))
    return connection
