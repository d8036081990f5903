"""Named points at which a test may kill the process, to show that nothing is lost or done twice.

A file FAULT_DIR/<point> arms a point once. Without FAULT_DIR, as in production, a point does nothing.
"""

import os
from pathlib import Path

from django.conf import settings

POINTS = (
    "after_claim",
    "before_effects",
    "after_effects",
    "email_before_send",
    "email_after_send",
    "text_before_send",
    "text_after_send",
    "note_before_post",
    "note_after_post",
    "hook_before_commit",
    "hook_after_commit",
)
KILLED = 137


def fault(point: str) -> None:
    """End this process here and now, as kill -9 would, if the point is armed."""
    if not settings.FAULT_DIR:
        return
    armed = Path(settings.FAULT_DIR) / point
    try:
        armed.unlink()
    except FileNotFoundError:
        return
    os._exit(KILLED)
