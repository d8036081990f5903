"""The kinds of background tasks. Each app registers its own on load."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from connectors.progress import TaskProgress
from crosschq.tenancy.models import Role


@dataclass(frozen=True)
class TaskKind:
    """`perform` runs a task and calls lifecycle.done in the transaction of its effects. `role` may start it.

    `title` is the heading of its progress, `failed` the heading of its error.
    """

    name: str
    perform: Callable[[Any, TaskProgress], None]  # takes a BackgroundTask, whose module imports this one
    role: Role
    title: str | Promise
    failed: str | Promise
    steps: int = 1
    can_repeat: bool = True  # whether a failed task can be tried again


TASK_KINDS: dict[str, TaskKind] = {}


def register(kind: TaskKind) -> TaskKind:
    TASK_KINDS[kind.name] = kind
    return kind
