"""Sentences that the report's page and its PDF share."""

from django.utils.translation import gettext_lazy as _

RULES = _(
    "Fixed rules compare the numbers, and nothing else. Agreement lists the questions whose ratings are closest "
    "together, at most one point apart. Difference lists those whose ratings are furthest apart, at least two points. "
    "A self-rating is listed if it is more than one point from the mean of the references."
)
RULES_OF_SUGGESTIONS = _(
    "The questions for your next conversation are, in this order: ratings at least two points apart, the widest first; "
    "self-ratings more than one point from the mean, the widest first; and questions where at least half of those "
    "asked chose “I did not see this”. Each question appears once, and at most five in total."
)
