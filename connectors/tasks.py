from celery import shared_task

from crosschq.organizations.tenancy import cross_tenant

from . import ats, directory
from .gateway import open_ats
from .models import Connection, ConnectionState


@shared_task(name="connectors.read_directories")
def read_directories() -> None:
    """Daily: users come and go, and so may the job field."""
    with cross_tenant("every connection's directory is read"):
        connections = list(Connection.objects.filter(state=ConnectionState.CONNECTED).select_related("organization"))
    for connection in connections:
        try:
            directory.read(connection, open_ats(connection))
        except ats.AtsError:
            # The old directory stays; a lost grant has told the admins already.
            continue
