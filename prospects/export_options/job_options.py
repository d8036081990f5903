"""Jobs that prospects can be exported to: stored as last listed, and searchable."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import ats
from crosschq.core.text.characters import comparison_key, storable
from crosschq.core.text.lengths import ATS_ID, ATS_JOB_TITLE, ATS_NAME, ATS_STATUS, fitted
from prospects.models import ExportSettings, JobOption

BATCH_SIZE = 1000
# In workflow order. Other vendor statuses are shown as they are.
JOB_STATUSES: Mapping[str, Any] = {
    "CREATED": gettext_lazy("created"),
    "SOURCING": gettext_lazy("sourcing"),
    "INTERVIEW": gettext_lazy("interview"),
    "OFFER": gettext_lazy("offer"),
    "FILLED": gettext_lazy("filled"),
    "CANCELLED": gettext_lazy("canceled"),
    "ON_HOLD": gettext_lazy("on hold"),
}


def folded(text: str) -> str:
    """Case-folded, without accents or repeated spaces, so that "munchen" finds "München"."""
    bare = unicodedata.normalize("NFKD", comparison_key(storable(text)))
    return " ".join("".join(sign for sign in bare if not unicodedata.combining(sign)).split())


def replace(settings: ExportSettings, jobs: Iterable[ats.JobSummary]) -> None:
    """Store exactly these jobs. Call inside `tenant()`, with the settings locked."""
    rows = {job.id: _row(settings, job) for job in jobs}
    JobOption.objects.filter(settings=settings).exclude(job_id__in=rows).delete()
    JobOption.objects.bulk_create(
        rows.values(),
        batch_size=BATCH_SIZE,
        update_conflicts=True,
        unique_fields=["settings", "job_id"],
        update_fields=["title", "ref_number", "city", "status", "search_key", "sort_key"],
    )


def _row(settings: ExportSettings, job: ats.JobSummary) -> JobOption:
    return JobOption(
        organization=settings.organization,
        settings=settings,
        job_id=job.id,
        title=fitted(job.title, ATS_JOB_TITLE),
        ref_number=fitted(job.ref_number, ATS_ID),
        city=fitted(job.city, ATS_NAME),
        status=fitted(job.status, ATS_STATUS),
        search_key=folded(f"{job.title} {job.ref_number} {job.city}"),
        sort_key=folded(f"{job.title} {job.ref_number}")[:500],
    )


def matching(settings: ExportSettings, words: str) -> "models.QuerySet[JobOption]":
    """Jobs that contain every word, by title. Call inside `tenant()`."""
    rows: models.QuerySet[JobOption] = JobOption.objects.filter(settings=settings)
    for word in folded(words).split():
        rows = rows.filter(search_key__contains=word)
    return rows.order_by("sort_key", "job_id")


def by_id(settings: ExportSettings, job_ids: Sequence[str]) -> dict[str, JobOption]:
    """The listed jobs among these ids, by id, ordered by title. Call inside `tenant()`."""
    rows = JobOption.objects.filter(settings=settings, job_id__in=job_ids).order_by("sort_key", "job_id")
    return {row.job_id: row for row in rows} if job_ids else {}


def label(job: JobOption) -> str:
    """For example: Sales Lead, REF002, Hamburg (sourcing)."""
    status = JOB_STATUSES.get(job.status, job.status.lower())
    where = ", ".join(filter(None, (job.title, job.ref_number, job.city)))
    return _("%(job)s (%(status)s)") % {"job": where, "status": status}
