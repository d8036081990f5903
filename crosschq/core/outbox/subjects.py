"""Subjects of work items, such as a request. A subject stores whether items about it have failed."""

import uuid
from typing import Protocol

from crosschq.core.provided import Provided

# Locks the subject (its kind and uid) and updates it before the transaction ends.
changing: Provided[[str, uuid.UUID], None] = Provided("changing")


class _Item(Protocol):
    @property
    def about(self) -> tuple[str, uuid.UUID] | None: ...


def lock(item: _Item) -> None:
    """Call before a change that sets the item aside, takes it up again, or says that its effect failed.

    The subject is locked first, because changes of the subject lock it before its items.
    """
    if item.about and changing.is_provided:
        changing(*item.about)
