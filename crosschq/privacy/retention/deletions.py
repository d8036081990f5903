"""Deletes rows together with what no foreign key leads to."""

from collections.abc import Callable
from typing import Any

from prospects.models import Prospect, Removal
from prospects.opt_in import removal
from requests_app.erasure import erase_request
from requests_app.models import ReferenceRequest


def delete_request(reference_request: ReferenceRequest) -> int:
    """Delete a request with its people, answers, report, messages, links, and notes.

    The report's link then says when it was deleted.
    """
    return 1 if erase_request(reference_request) else 0


def remove_prospect(prospect: Prospect) -> int:
    """Remove a prospect. What to delete in the ATS stays."""
    return int(removal.remove(prospect, why=Removal.ENDED))


# Each returns how many rows of its table it deleted.
FUNCTIONS: dict[str, Callable[[Any], int]] = {
    "requests_app.ReferenceRequest": delete_request,
    "prospects.Prospect": remove_prospect,
}
