"""Dates and times as Americans write them: Nov 28, 2026, 5:37 PM. Django's own abbreviate as newspapers do."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i A"
MONTH_DAY_FORMAT = "F j"
# For lists: the year is on the page that a line leads to.
SHORT_DATETIME_FORMAT = "M j, g:i A"
