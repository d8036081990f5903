"""What apps above add to the connection page, and do when a connection changes. They register on load."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models.expressions import Combinable

from connectors.models import Connection
from crosschq.core.provided import Provided
from crosschq.tenancy.models import Organization, Role, User


class FirstRequest(Protocol):
    uid: UUID
    created_at: datetime


@dataclass(frozen=True)
class Section:
    """A part of the connection page: what its template needs, for members with this role."""

    role: Role
    context: Callable[[Connection], dict[str, Any]]


# Called inside `tenant()`.
first_request: Provided[[Connection], FirstRequest | None] = Provided("first_request")
# How many moves are waiting for a new sign-in.
waiting_for_sign_in: Provided[[Connection], int] = Provided("waiting_for_sign_in")
# Whether the organization's deletion has begun. Until the transaction ends, it doesn't disconnect.
is_being_deleted: Provided[[Organization], bool] = Provided("is_being_deleted")
sections: list[Section] = []
# Name in the template of the disconnect page → how many of these a disconnection affects.
affected_by_disconnecting: dict[str, Callable[[Connection], int]] = {}
# Name → expression over OuterRef("pk") to annotate each connection with when loading it for a page.
annotations: dict[str, Callable[[], Combinable]] = {}
# Called when candidates may get requests again, or when names changed.
when_requests_can_start: list[Callable[[Connection], object]] = []
# Called once a connection works (again), outside a transaction; these may call the ATS.
after_set_up: list[Callable[[Connection], object]] = []
# Called after disconnecting, in the transaction that finishes the task.
after_disconnect: list[Callable[[Connection, User], object]] = []
