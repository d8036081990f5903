"""The company's users and the tag field, cached on connect and then daily, so that a move needs few calls."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from connectors import ats
from connectors.company.names import name_key
from connectors.models import Connection, DirectoryUser
from crosschq.core import clock
from crosschq.core.text.lengths import EMAIL, PERSON_NAME, fitted
from crosschq.tenancy.scope import tenant

ROWS_PER_STATEMENT = 1000
MOST_LOOKED_UP = 50  # calls for one move; a hiring team has a dozen members
KEPT_FIELDS = ["name", "email", "active", "read_at"]
T = TypeVar("T")


def read(connection: Connection, opened: ats.Ats) -> None:
    """Read all users and find the tag field by its label. Raises AtsError.

    If the grant can't list users or settings, users are read one by one and the field is found by its label in jobs.
    """
    began = clock.now()
    people = _optional(opened.users)
    fields = _optional(opened.job_fields) or []
    label_key = name_key(connection.field_name)
    field_id = next((f.id for f in fields if f.for_jobs and f.active and name_key(f.label) == label_key), "")
    with tenant(connection.organization):
        if people is not None:
            store(connection, people)
            # Deleted or hidden users are read one by one when a request needs them.
            DirectoryUser.objects.filter(connection=connection, read_at__lt=began).delete()
        Connection.objects.filter(pk=connection.pk).update(field_id=field_id, directory_read_at=clock.now())
    connection.field_id = field_id


def _optional(ask: Callable[[], list[T]]) -> list[T] | None:
    try:
        return ask()
    except (ats.Forbidden, ats.NotVisible):
        return None


def store(connection: Connection, people: Iterable[ats.AtsUser]) -> None:
    """Store users. Call inside `tenant()`."""
    now = clock.now()
    # One statement can't update a row twice, and a paged list may contain a user twice.
    by_id = {person.id: person for person in people}
    rows = [
        DirectoryUser(
            organization=connection.organization,
            connection=connection,
            ats_id=person.id,
            name=fitted(person.name, PERSON_NAME),
            email=fitted(person.email, EMAIL),
            active=person.active,
            read_at=now,
        )
        for person in by_id.values()
    ]
    DirectoryUser.objects.bulk_create(
        rows,
        batch_size=ROWS_PER_STATEMENT,
        update_conflicts=True,
        unique_fields=["connection", "ats_id"],
        update_fields=KEPT_FIELDS,
    )


def look_up(connection: Connection, opened: ats.Ats, ids: list[str]) -> dict[str, ats.AtsUser]:
    """Return users by id from the cache, with one call for each missing one, up to MOST_LOOKED_UP.

    Hidden users and unreadable responses are left out.
    """
    with tenant(connection.organization):
        rows = DirectoryUser.objects.filter(connection=connection, ats_id__in=ids)
        known = {row.ats_id: ats.AtsUser(row.ats_id, row.name, row.email, row.active) for row in rows}
    found: dict[str, ats.AtsUser] = {}
    missing_ids = [person_id for person_id in dict.fromkeys(ids) if person_id not in known]
    for missing in missing_ids[:MOST_LOOKED_UP]:
        try:
            found[missing] = opened.user(missing)
        except (ats.Forbidden, ats.NotVisible):
            continue
        except ats.Malformed as error:
            if not error.permanent:
                raise
    if found:
        with tenant(connection.organization):
            store(connection, found.values())
    return known | found
