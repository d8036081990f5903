"""Named points where a test can kill the process, to show that nothing is lost or done twice.

A file FAULT_DIR/<point> arms a point once. Without FAULT_DIR, as in production, the points do nothing.
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
    """If the point is armed, end this process like kill -9."""
    if not settings.FAULT_DIR:
        return
    armed = Path(settings.FAULT_DIR) / point
    try:
        armed.unlink()
    except FileNotFoundError:
        return
    os._exit(KILLED)
