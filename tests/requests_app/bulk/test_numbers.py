"""Large numbers have separators in the sentences of bulk actions."""

from __future__ import annotations

from requests_app.bulk.progress import Progress
from requests_app.bulk.text import button, done, heading
from requests_app.models import Act


def test_large_numbers_have_separators() -> None:
    assert heading(Act.CANCEL, 1200) == "Cancel 1,200 requests?"
    assert button(Act.EXTEND, 1200) == "Extend 1,200 requests"
    assert done(Act.REASSIGN, 1200) == "1,200 reassigned"
    assert Progress(12000, 1118, 0, 0, 0, ()).sentence == "1,118 of 12,000 requests"
