"""Work in a forked process, for tests of what remains when that process dies."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections

SECONDS = 250


def status_of_a_child_that_does(work: Callable[[], object]) -> int:
    """Do this in a process with its own database connection, and return its exit code: 1 after an exception."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _do_and_end(work)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _do_and_end(work: Callable[[], object]) -> None:
    """Never return: the child would continue with the tests of its parent, and report each of them a second time."""
    code = 1
    # While Playwright runs, Django keeps another set of connections: asgiref.local asks asyncio for a running loop, and
    # asyncio finds none in a child. So the child has the open ones from before Playwright, which its parent needs.
    inherited = [(wrapper, wrapper.connection) for wrapper in connections.all(initialized_only=True)]
    for wrapper, _open in inherited:
        wrapper.connection = None
    try:
        # The parent waits without a limit.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
