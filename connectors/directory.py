"""The company's users and our job field, read at connect and daily, so that a move costs few calls."""

from collections.abc import Callable
from typing import TypeVar

from crosschq.core import clock
from crosschq.organizations.tenancy import tenant

from . import ats
from .models import Connection, DirectoryPerson

T = TypeVar("T")


def read(connection: Connection, opened: ats.Ats) -> None:
    """Read all users and find the job field by its label. Raises AtsError.

    A grant that may not list users or settings does without: users are then read one by one, the field is found by
    its label in the job.
    """
    people = _optional(opened.people)
    fields = _optional(opened.job_fields)
    wanted = connection.field_name.strip().casefold()
    field_id = next((f.id for f in fields if f.for_jobs and f.active and f.label.strip().casefold() == wanted), "")
    with tenant(connection.organization):
        for person in people:
            store(connection, person)
        Connection.objects.filter(pk=connection.pk).update(field_id=field_id, directory_read_at=clock.now())
    connection.field_id = field_id


def _optional(ask: Callable[[], list[T]]) -> list[T]:
    try:
        return ask()
    except (ats.Forbidden, ats.NotVisible):
        return []


def store(connection: Connection, person: ats.Person) -> None:
    """Keep a person. Call inside `tenant()`."""
    DirectoryPerson.objects.update_or_create(
        connection=connection,
        ats_id=person.id,
        defaults={
            "organization": connection.organization,
            "name": person.name[:200],
            "email": person.email[:254],
            "active": person.active,
            "read_at": clock.now(),
        },
    )


def look_up(connection: Connection, opened: ats.Ats, ids: list[str]) -> dict[str, ats.Person]:
    """People by id: from the directory, and one call for each that it lacks. People we may not see are left out."""
    with tenant(connection.organization):
        rows = DirectoryPerson.objects.filter(connection=connection, ats_id__in=ids)
        known = {row.ats_id: ats.Person(row.ats_id, row.name, row.email, row.active) for row in rows}
    for missing in [person_id for person_id in dict.fromkeys(ids) if person_id not in known]:
        try:
            person = opened.person(missing)
        except (ats.Forbidden, ats.NotVisible):
            continue
        known[missing] = person
        with tenant(connection.organization):
            store(connection, person)
    return known
