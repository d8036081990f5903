"""Dates and times as Americans write them: Nov 28, 2026, 5:37 PM. Django's own use newspaper abbreviations."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i A"
MONTH_DAY_FORMAT = "F j"
# For lists: the page that a line links to shows the year.
SHORT_DATETIME_FORMAT = "M j, g:i A"
