"""Which encryption keys the processes of an installation hold, as each says in the name of its database connections.

A process that encrypts with a key that another one lacks makes values that the other cannot read. PostgreSQL lists its
connections, so whoever changes keys can be told before that happens.
"""

from django.db import connection

from crosschq.core.security import encryption

PREFIX = "crosschq keys "


def announce() -> None:
    """Name the ids of our keys, never the keys, in every connection of this process. PostgreSQL keeps 63 bytes."""
    connection.settings_dict["OPTIONS"]["application_name"] = PREFIX + ",".join(encryption.key_ids())


def of_other_processes() -> list[list[str]]:
    """The key ids of every other connection to this database, the encrypting one first; each list once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT application_name FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, %s)",
            [PREFIX],
        )
        return sorted(name.removeprefix(PREFIX).split(",") for (name,) in cursor.fetchall())


def problem() -> str:
    """What is wrong between our keys and those of other processes, in words for the operator; empty if nothing is."""
    ours, others = encryption.key_ids(), of_other_processes()
    missing = sorted({held[0] for held in others} - set(ours))
    if missing:
        return f"FIELD_KEYS lacks {', '.join(missing)}, with which another process encrypts"
    if any(ours[0] not in held for held in others):
        return f"another process lacks {ours[0]}, with which this one encrypts"
    return ""


def not_ready_for(key_id: str) -> list[str]:
    """The key lists of other processes that do not encrypt with this key yet, as they stand in FIELD_KEYS."""
    return [",".join(held) for held in of_other_processes() if held[0] != key_id]
