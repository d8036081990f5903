"""The encryption keys of all running processes. Each process puts its key ids in the name of its database connections.

If a process encrypts with a key that another one lacks, the other can't read those values. PostgreSQL lists its
connections, so a key change can be checked before that happens.
"""

from django.db import connection

from crosschq.core.security import encryption

PREFIX = "crosschq keys "
NAME_BYTES = 63  # PostgreSQL cuts longer names


def announce() -> None:
    """Put the ids of our keys, but not the keys, into each connection's name."""
    connection.settings_dict["OPTIONS"]["application_name"] = PREFIX + ",".join(encryption.key_ids())


def of_other_processes() -> list[list[str]]:
    """The distinct key id lists of other connections to this database, each with its encrypting key first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT application_name FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, %s)",
            [PREFIX],
        )
        return sorted(name.removeprefix(PREFIX).split(",") for (name,) in cursor.fetchall())


def problem() -> str:
    """Describe any conflict between our keys and those of other processes, for the operator; empty if there is none."""
    ours, others = encryption.key_ids(), of_other_processes()
    missing = sorted({held[0] for held in others} - set(ours))
    if missing:
        return f"FIELD_KEYS lacks {', '.join(missing)}, with which another process encrypts"
    if any(ours[0] not in held and not _is_cut(held) for held in others):
        return f"another process lacks {ours[0]}, with which this one encrypts"
    return ""


def not_ready_for(key_id: str) -> list[str]:
    """The key ids, as in FIELD_KEYS, of other processes that don't encrypt with this key yet."""
    return [",".join(held) for held in of_other_processes() if held[0] != key_id]


def _is_cut(held: list[str]) -> bool:
    """Whether the process may have more keys than its connections' name says."""
    return len(PREFIX + ",".join(held)) >= NAME_BYTES
