"""Named points where a test can kill or disturb the process, to show that nothing is lost or done twice.

A file FAULT_DIR/<point> arms a point once; its content is one of KINDS. Without FAULT_DIR, as in production, the points
do nothing.
"""

import os
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

# On the way of a request: bench/fault_points.py tries each of them on the running product.
OF_REQUESTS = (
    "after_claim",
    "before_effects",
    "after_effects",
    "email_before_send",
    "email_after_send",
    "note_before_post",
    "note_after_post",
    "hook_before_commit",
    "hook_after_commit",
)
# Texts go out only in waking hours: tests/messaging/channels/test_text_kills.py.
OF_TEXTS = ("text_before_send", "text_after_send")
# tests/privacy/test_fault_points.py.
OF_PRIVACY = (
    "erasure_before_ledger",
    "erasure_after_ledger",
    "export_before_finish",
    "offboarding_before_ledger",
    "offboarding_after_ledger",
    "night_after_delete",
)
# tests/connectors/test_attachment_writer.py.
OF_ATTACHMENTS = ("attachment_before_post", "attachment_after_post")
# tests/requests_app/bulk/test_killed_worker.py.
OF_LISTS = ("bulk_item_done", "download_part_done")
# tests/requests_app/report/test_killed_worker.py.
OF_REPORTS = ("pdf_before_finish",)
POINTS = (*OF_REQUESTS, *OF_TEXTS, *OF_PRIVACY, *OF_ATTACHMENTS, *OF_LISTS, *OF_REPORTS)
KINDS = ("kill", "raise", "stall", "drop")
KILLED = 137
STALL_SECONDS = 30.0


class InjectedFault(Exception):
    """An exception that no code expects."""


def fault(point: str) -> None:
    """If the point is armed, end this process like kill -9, raise, wait, or break the database connection."""
    if not settings.FAULT_DIR:
        return
    armed = Path(settings.FAULT_DIR) / point
    try:
        kind = armed.read_text(encoding="ascii").strip()
        armed.unlink()
    except FileNotFoundError:
        return
    match kind:
        case "raise":
            raise InjectedFault(point)
        case "stall":
            time.sleep(STALL_SECONDS * settings.LEASE_SCALE)
        case "drop":
            if connection.connection is not None:
                connection.connection.close()
        case _:
            os._exit(KILLED)
