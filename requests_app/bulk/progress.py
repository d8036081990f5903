"""How far a bulk action has come, and its result. Call everything inside `tenant()`."""

from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, QuerySet
from django.utils.translation import ngettext

from requests_app.models import BulkAction, BulkItem, LeftOut, Result


@dataclass(frozen=True)
class Progress:
    """Numbers of requests. `reasons`: why some were left out, most frequent first. `erased` since it was started."""

    total: int
    done: int
    left_out: int
    failed: int
    erased: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def handled(self) -> int:
        return self.done + self.left_out + self.failed + self.erased

    @property
    def percent(self) -> int:
        return 100 * self.handled // self.total if self.total else 100

    @property
    def sentence(self) -> str:
        words = ngettext("%(handled)s of %(total)s request", "%(handled)s of %(total)s requests", self.total)
        return words % {"handled": intcomma(self.handled), "total": intcomma(self.total)}


def progress_of(action: BulkAction) -> Progress:
    """One query."""
    rows = BulkItem.objects.filter(bulk_action=action).values_list("result", "why").annotate(count=Count("pk"))
    counts: dict[str, int] = dict.fromkeys(Result.values, 0)
    reasons: dict[str, int] = {}
    for result, why, count in rows.order_by():
        counts[result] += count
        if why:
            reasons[why] = reasons.get(why, 0) + count
    most_first = sorted(reasons.items(), key=lambda each: -each[1])
    return Progress(
        total=action.selected,
        done=counts[Result.DONE],
        left_out=counts[Result.LEFT_OUT],
        failed=counts[Result.FAILED],
        erased=action.selected - sum(counts.values()),
        reasons=tuple((str(LeftOut(why).label), count) for why, count in most_first),
    )


def not_done(action: BulkAction) -> "QuerySet[BulkItem]":
    """The requests that failed or were left out, failures first."""
    rows: QuerySet[BulkItem] = BulkItem.objects.filter(bulk_action=action, result__in=[Result.FAILED, Result.LEFT_OUT])
    return rows.select_related("reference_request").order_by("result", "pk")
