"""Registers the export of prospects with the connection pages."""

from typing import Any

from connectors import extensions
from connectors.models import Connection
from crosschq.tenancy.models import Role
from prospects.export import progress, settings
from prospects.export_options import options


def export_summary(connection: Connection) -> dict[str, Any]:
    return {"export": progress.summary(connection)}


extensions.sections.append(extensions.Section(Role.VIEWER, export_summary))
extensions.after_set_up.append(options.refresh_after_sign_in)
extensions.after_disconnect.append(settings.connection_ended)
