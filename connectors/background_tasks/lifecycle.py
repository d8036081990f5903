"""Background tasks: a worker calls the ATS and the page shows the progress, so web requests never wait for a vendor.

The view behind a button calls `begin` and redirects to a page. That page finds the task and shows its progress, its
result, or why it failed.
"""

import hashlib
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import ats
from connectors.models import BackgroundTask, Connection
from connectors.progress import TaskProgress
from connectors.task_kinds import TaskKind
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.actor import EmailOwner
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.owner_access import owner_of_page
from crosschq.tenancy.requested_work import UNFINISHED
from crosschq.tenancy.scope import cross_tenant, tenant

KEPT = timedelta(hours=1)  # after the task ends: results contain personal data
KEPT_UNFINISHED = timedelta(days=1)
SECONDS_BETWEEN_COUNTS = 0.5


def begin(
    kind: TaskKind,
    *,
    organization: Organization,
    vendor: str,
    asked_by: User | None,
    page: str,
    arguments: dict[str, Any] | None = None,
    key: str = "",
) -> BackgroundTask:
    """Start a task, or return the unfinished one with the same arguments and key. Call inside `tenant()`.

    `page` is the URL that shows the task.
    """
    given = as_json(arguments or {})
    new = BackgroundTask(
        organization=organization,
        vendor=vendor,
        kind=kind.name,
        key=hashlib.sha256(f"{key} {given}".encode()).hexdigest(),
        page=page,
        asked_by=asked_by,
        arguments=given,
        steps=kind.steps,
        trace_id=work_item.current_trace_id(),
    )
    BackgroundTask.objects.bulk_create([new], ignore_conflicts=True)
    work_item.wake_workers(BackgroundTask)
    return _current(new)


def find(uid: str | UUID | None, *kinds: TaskKind, vendor: str) -> BackgroundTask | None:
    """Return the task with this uid if it has one of these kinds and hasn't expired. Call inside `tenant()`."""
    if not uid:
        return None
    try:
        task_uid = UUID(str(uid))
    except ValueError:
        return None
    found: BackgroundTask | None = _kept(vendor, *kinds).filter(uid=task_uid).first()
    return found


def under_way(*kinds: TaskKind, vendor: str) -> BackgroundTask | None:
    """Return the newest unfinished task of these kinds, from any user. Call inside `tenant()`."""
    unfinished = _kept(vendor, *kinds).filter(state__in=UNFINISHED)
    found: BackgroundTask | None = unfinished.order_by("-created_at", "-pk").first()
    return found


def _kept(vendor: str, *kinds: TaskKind) -> Any:
    tasks = BackgroundTask.objects.filter(vendor=vendor, kind__in=[kind.name for kind in kinds])
    return tasks.exclude(finished_at__lt=clock.now() - KEPT)


def owner_of_task(vendor: str, uid: UUID, **_arguments: object) -> EmailOwner | None:
    """Return the owner of what the task's page is about. Call inside `tenant()`."""
    page = BackgroundTask.objects.filter(vendor=vendor, uid=uid).values_list("page", flat=True).first()
    return owner_of_page(urlsplit(page).path) if page else None


def try_again(task: BackgroundTask) -> BackgroundTask:
    """Queue a failed task again, or return an unfinished one with the same key. Call inside `tenant()`."""
    try:
        with transaction.atomic():
            if work_item.try_again(task):
                BackgroundTask.objects.filter(pk=task.pk).update(step=0, doing="", reason="")
    except IntegrityError:
        return _current(task)
    return task


def _current(task: BackgroundTask) -> BackgroundTask:
    """Return the unfinished task with the same key, or else the newest."""
    same = BackgroundTask.objects.filter(vendor=task.vendor, kind=task.kind, key=task.key)
    found: BackgroundTask = same.filter(state__in=UNFINISHED).first() or same.order_by("-created_at", "-pk")[0]
    return found


def perform(task: BackgroundTask) -> None:
    with timezone.override(find_time_zone(task.organization.time_zone)):
        try:
            task.task_kind.perform(task, StoredProgress(task))
        except ats.AtsError as error:
            # The person waiting decides whether to try again.
            raise work_item.GiveUp(error.sentence, code=error.code) from error


def done(task: BackgroundTask, **result: Any) -> None:
    """Finish a task with its result. Call in the transaction of its effects, if any."""
    with tenant(task.organization):
        work_item.finish(task, result=as_json(result), step=task.steps, doing="")


def connection_of(task: BackgroundTask) -> Connection:
    """Return the connection of the task."""
    with tenant(task.organization):
        found: Connection = Connection.objects.select_related("organization").get(vendor=task.vendor)
        return found


def asker_of(task: BackgroundTask) -> User:
    """Return the user who started the task. Raises GiveUp if their account was deleted."""
    if task.asked_by is None:
        raise work_item.GiveUp(_("The person who started this no longer has an account."))
    return task.asked_by


def forget() -> int:
    """Delete expired tasks. Return how many."""
    now = clock.now()
    with cross_tenant("expired tasks of every organization are deleted"):
        over, _tables = BackgroundTask.objects.filter(finished_at__lt=now - KEPT).delete()
        stuck, _tables = BackgroundTask.objects.filter(created_at__lt=now - KEPT_UNFINISHED).delete()
    return over + stuck


def as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


class StoredProgress(TaskProgress):
    """Stores progress in the task's row, where the page reads it."""

    def __init__(self, task: BackgroundTask) -> None:
        self.task = task
        self.words = ""
        self.written_at = 0.0

    def step(self, words: str) -> None:
        self.words = words
        self.task.step += 1
        self._write(words)

    def count(self, done: int, total: int) -> None:
        if time.monotonic() - self.written_at > SECONDS_BETWEEN_COUNTS:
            counted = {"words": self.words, "done": done, "total": total}
            self._write(_("%(words)s: %(done)s of %(total)s") % counted)

    def _write(self, words: str) -> None:
        with tenant(self.task.organization):
            mine = BackgroundTask.objects.filter(pk=self.task.pk, lease_token=self.task.lease_token)
            mine.update(step=self.task.step, doing=words[:200])
        self.written_at = time.monotonic()
