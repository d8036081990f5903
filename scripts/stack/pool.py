"""Stacks without a fixed folder: each test or lint run takes the first state folder that no other run holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.stack.folder import FolderInUse
from scripts.stack.stack import TEST_FOLDER, Stack


@contextmanager
def started_stack(parent: Path = TEST_FOLDER) -> Iterator[Stack]:
    """Start a stack in the first free numbered folder under ``parent``. Raises ``DidNotStart``."""
    with ExitStack() as running:
        for number in itertools.count(1):
            try:
                stack = running.enter_context(Stack(parent / str(number), durable=False))
            except FolderInUse:
                continue
            yield stack
            return
