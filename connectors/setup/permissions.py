"""The permissions that a vendor's consent page lists, with what the last check and later calls say about each."""

from collections.abc import Sequence

from connectors.ats import Permission
from connectors.models import Connection, ConnectionState
from connectors.setup.checks import SetupSnapshot

# The calls that no check can try, because they would change something. A real one proves the permission.
POST_NOTE, READ_NOTES, ADD_CANDIDATE = "post_note", "read_notes", "add_candidate"


def permission_states(
    permissions: Sequence[Permission], connection: Connection, snapshot: SetupSnapshot | None
) -> list[tuple[Permission, str]]:
    """Return each permission with its state: ok, missing, or empty if nothing has tried it with this sign-in."""
    if connection.state != ConnectionState.CONNECTED:
        return [(permission, "") for permission in permissions]
    return [(permission, _state(permission, connection, snapshot)) for permission in permissions]


def record_use(connection: Connection, call: str, *, allowed: bool) -> None:
    """Remember whether the ATS allowed a call that needs its own permission. Call inside `tenant()`."""
    row = Connection.objects.filter(pk=connection.pk, state=ConnectionState.CONNECTED).only("permission_uses").first()
    if row is None or row.permission_uses.get(call) is allowed:
        return
    row = Connection.objects.select_for_update().only("permission_uses").get(pk=connection.pk)
    row.permission_uses = row.permission_uses | {call: allowed}
    row.save(update_fields=["permission_uses"])


def _state(permission: Permission, connection: Connection, snapshot: SetupSnapshot | None) -> str:
    used = connection.permission_uses.get(permission.checked_by)
    if used is not None:
        return "ok" if used else "missing"
    if snapshot is None or permission.checked_by in ("", POST_NOTE, READ_NOTES, ADD_CANDIDATE):
        return ""
    if permission.checked_by in snapshot.forbidden:
        return "missing"
    return "" if permission.checked_by in snapshot.unanswered else "ok"
