"""Why tests were skipped: each reason once, with how many. Pytest itself says only how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest


def reasons(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Such as: 280 tests were skipped: the vendor's documents are absent"""
    counted = Counter(_reason(report) for report in skipped)
    return [
        f"{count} {'test was' if count == 1 else 'tests were'} skipped: {reason}"
        for reason, count in counted.most_common()
    ]


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
