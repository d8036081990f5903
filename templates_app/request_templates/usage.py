"""What the pages of templates show of connections and requests, which the apps above provide."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crosschq.core import clock
from crosschq.core.provided import Provided
from crosschq.messaging.content.footer import FooterContext
from crosschq.tenancy.models import Organization
from templates_app.matching import looks_like
from templates_app.models import RequestTemplate, TemplateVersion

DEFAULT_TAG_FIELD = "Crosschq tag"


@dataclass(frozen=True)
class Use:
    """Of a template: how many requests are open, and when the last one began. Tests aside."""

    open_requests: int = 0
    last_used: datetime | None = None


@dataclass(frozen=True)
class Elsewhere:
    """What connections say of templates. jobs: by the key that tags are compared by, how many jobs have the tag, of
    those that were read in the last day. defaults: templates that jobs with an empty tag use, by uid.
    """

    jobs: Counter[str]
    defaults: frozenset[UUID]


# The name that the organization's job field has in its ATS.
tag_field: Provided[[Organization], str] = Provided("tag_field")
elsewhere: Provided[[Organization], Elsewhere] = Provided("elsewhere")
is_connected: Provided[[Organization], bool] = Provided("is_connected")
# Titles of open jobs without a tag, as last read.
untagged_titles: Provided[[Organization], list[str]] = Provided("untagged_titles")
# Requests that still follow a version of the template, the newest first. Tests aside.
open_requests: Provided[[RequestTemplate], QuerySet[Any]] = Provided("open_requests")
# By the template's key; templates without requests are left out. One query.
use_of: Provided[[Iterable[TemplateVersion]], dict[int, Use]] = Provided("use_of")


def circumstances(organization: Organization, key: str) -> FooterContext:
    """Of a request that would start now by a move: what its message of this kind says besides its words."""
    return FooterContext(
        candidate_reads=organization.shows_answers_since(clock.now()),
        note_follows=key == "report_ready" and is_connected(organization),
    )


def jobs_like(version: TemplateVersion) -> list[str]:
    """The titles of open jobs without a tag that look as if this template were meant for them."""
    titles = untagged_titles(version.organization)
    return sorted((each for each in titles if looks_like(each, version.name, version.position)), key=str.casefold)
