"""Which requests a bulk action or a download is about: the chosen ones, or all that match the list's filters."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.db.models import QuerySet

from crosschq.core import clock
from crosschq.core.database.counting import count_up_to
from crosschq.core.text.characters import storable
from requests_app.models import ReferenceRequest
from requests_app.staff import queries
from requests_app.staff.queries import RequestFilters

# Of one bulk action: as many manual reminders as an organization can send in a day.
MOST = 2000
SEARCH_CHARACTERS = 200


@dataclass(frozen=True)
class Selection:
    """The filters and the group of the list. is_valid: False if a filter isn't understood, so that nothing matches."""

    filters: RequestFilters
    group: str = queries.ALL
    is_valid: bool = True

    def as_json(self) -> str:
        filters = {name: str(value or "") for name, value in asdict(self.filters).items()}
        return json.dumps({**filters, "group": self.group})


def from_json(text: str) -> Selection:
    given: dict[str, str] = json.loads(text)
    group, template = given.pop("group"), given.pop("template")
    return Selection(RequestFilters(**given, template=UUID(template) if template else None), group)


def from_query(query: Mapping[str, str], *, own: str) -> Selection:
    """What the query string of the list selects. own: the address key of the member, for “Mine”."""
    given = {name: " ".join(storable(query.get(name, "")).split()) for name in ("q", "job", "owner", "status", "due")}
    group = query.get("state", queries.ALL)
    found = Selection(
        RequestFilters(
            owner=own if query.get("view") == "mine" else given["owner"],
            job=given["job"],
            state=given["status"],
            due=given["due"],
            search=given["q"][:SEARCH_CHARACTERS],
        ),
        group if group in queries.GROUPS else queries.ALL,
        is_valid=not given["due"] or given["due"] in queries.DUE,
    )
    if not query.get("template"):
        return found
    uids = _valid([query["template"]])
    if not uids:
        return replace(found, is_valid=False)
    return replace(found, filters=replace(found.filters, template=uids[0]))


def matching(selection: Selection) -> "QuerySet[ReferenceRequest]":
    """All requests that match. Call inside `tenant()`."""
    if not selection.is_valid:
        return ReferenceRequest.objects.none()
    return queries.matching(selection.filters, selection.group, clock.now())


def chosen(uids: Iterable[str]) -> "QuerySet[ReferenceRequest]":
    """The requests with these uids. Anything else isn't found, such as another organization's. Call in `tenant()`."""
    found: QuerySet[ReferenceRequest] = ReferenceRequest.objects.filter(uid__in=_valid(uids))
    return found


def newest(requests: "QuerySet[ReferenceRequest]") -> tuple[list[ReferenceRequest], int]:
    """The requests, newest first, with what verdicts need, and how many there are; none if there are too many.

    Then they are counted up to MOST + 1.
    """
    count = count_up_to(requests, MOST)
    rows = requests.select_related("organization", "version").order_by("-created_at", "-id")
    return (list(rows), count) if count <= MOST else ([], count)


def _valid(uids: Iterable[str]) -> list[UUID]:
    found = []
    for text in uids:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
