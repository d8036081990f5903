"""The permissions that a vendor's consent page lists, with what the last setup check says about each."""

from collections.abc import Sequence

from connectors.ats import Permission
from connectors.setup.checks import SetupSnapshot


def permission_states(
    permissions: Sequence[Permission], snapshot: SetupSnapshot | None
) -> list[tuple[Permission, str]]:
    """Return each permission with its state: ok, missing, or empty if the last check didn't try it."""
    return [(permission, _state(permission, snapshot)) for permission in permissions]


def _state(permission: Permission, snapshot: SetupSnapshot | None) -> str:
    if snapshot is None or not permission.checked_by:
        return ""
    if permission.checked_by in snapshot.forbidden:
        return "missing"
    return "" if permission.checked_by in snapshot.unanswered else "ok"
