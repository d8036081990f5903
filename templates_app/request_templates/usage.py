"""Data about connections and requests for the template pages. The apps above register the providers."""

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
from templates_app.matching import shares_word
from templates_app.models import RequestTemplate, TemplateVersion

DEFAULT_TAG_FIELD = "Crosschq tag"


@dataclass(frozen=True)
class RequestUsage:
    """How many requests with a template are open, up to MOST_COUNTED, and when the last one started. Without tests."""

    open_requests: int = 0
    last_used: datetime | None = None


@dataclass(frozen=True)
class ConnectionUsage:
    """How connections use templates.

    jobs: number of jobs by tag key, among jobs read in the last day. defaults: uids of default templates for jobs with
    an empty tag.
    """

    jobs: Counter[str]
    defaults: frozenset[UUID]


# The name of the organization's tag field in its ATS.
tag_field: Provided[[Organization], str] = Provided("tag_field")
connection_usage: Provided[[Organization], ConnectionUsage] = Provided("connection_usage")
is_connected: Provided[[Organization], bool] = Provided("is_connected")
# Titles of open jobs without a tag, when last read.
untagged_titles: Provided[[Organization], list[str]] = Provided("untagged_titles")
# Open requests with any version of the template, newest first, without test requests.
open_requests: Provided[[RequestTemplate], QuerySet[Any]] = Provided("open_requests")
# At most this many of them.
newest_open_requests: Provided[[RequestTemplate, int], list[Any]] = Provided("newest_open_requests")
# By the template's primary key. Templates without requests are left out. One query.
request_usage: Provided[[Iterable[TemplateVersion]], dict[int, RequestUsage]] = Provided("request_usage")


def footer_context(organization: Organization, key: str) -> FooterContext:
    """The context for the footer of this message in a request that starts now from an ATS move."""
    return FooterContext(
        candidate_reads=organization.shows_answers_since(clock.now()),
        note_follows=key == "report_ready" and is_connected(organization),
    )


def jobs_like(version: TemplateVersion) -> list[str]:
    """The titles of open untagged jobs that this template seems to fit."""
    titles = untagged_titles(version.organization)
    return sorted((each for each in titles if shares_word(each, version.name, version.position)), key=str.casefold)
