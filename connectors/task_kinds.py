"""The kinds of background tasks. Each is registered by the app that performs it, when it loads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from connectors.progress import TaskProgress
from crosschq.tenancy.models import Role


@dataclass(frozen=True)
class TaskKind:
    """`perform` does a task, and calls background.done in the transaction of its effects. `role` may ask for it.

    `title` heads its progress, `failed` the sentence that says why it failed.
    """

    name: str
    perform: Callable[[Any, TaskProgress], None]  # its first argument is a BackgroundTask, whose module needs this one
    role: Role
    title: str | Promise
    failed: str | Promise
    steps: int = 1
    can_repeat: bool = True  # whether the same can be tried again when it failed


TASK_KINDS: dict[str, TaskKind] = {}


def register(kind: TaskKind) -> TaskKind:
    TASK_KINDS[kind.name] = kind
    return kind
