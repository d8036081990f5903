"""How urgent requests are, as lists sort them: by columns of their own and the time."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThanOrEqual

from requests_app.attention.problems import RANKS
from requests_app.models import Problem
from requests_app.models.reference_request import RANK_OF_DUE


def needs_person(now: datetime) -> Q:
    """The condition for requests that need a person now."""
    return Q(attention_at__lte=now)


def urgency(now: datetime) -> Case:
    """The position of a request's most urgent problem in `Problem`, and a later one for those that need no person."""
    return Case(
        When(attention_at__isnull=True, then=Value(len(Problem))),
        When(attention_at__gt=now, then=Value(len(Problem))),
        When(Q(urgency_when_due__lt=RANK_OF_DUE) | Q(due_at__lte=now), then=F("urgency_when_due")),
        When(problem=Problem.PAUSED, then=Value(RANKS[Problem.PAUSED])),
        default=Value(RANKS[Problem.SILENT]),
        output_field=IntegerField(),
    )


def parts_by_urgency(now: datetime) -> list[tuple[Q, Sequence[str]]]:
    """All requests in parts, the most urgent first, as conditions and the order of each, which an index has.

    With a problem that something caused, or overdue; paused; silent; and those that need no person. Only time moves a
    request from one to another, so no column has all of the order.
    """
    needs, before_due = needs_person(now), Q(urgency_when_due=RANK_OF_DUE, due_at__gt=now)
    is_caused_or_due = TupleLessThanOrEqual(Tuple(F("urgency_when_due"), F("due_at")), (RANK_OF_DUE, now))
    return [
        (needs & Q(is_caused_or_due), ("urgency_when_due", "due_at", "id")),
        (needs & Q(problem=Problem.PAUSED, due_at__gt=now), ("due_at", "id")),
        (needs & before_due & Q(problem=""), ("due_at", "id")),
        (Q(attention_at__isnull=True) | Q(attention_at__gt=now), ("due_at", "id")),
    ]


def part_of(urgency: int) -> int:
    """The place among `parts_by_urgency` of a request with this urgency."""
    return max(0, urgency - RANK_OF_DUE)
