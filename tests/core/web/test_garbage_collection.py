"""A collection of everything that a web process has loaded would stop its deliveries and pages."""

import gc
import runpy

from tests.forked import status_of_a_child_that_does

FEW = 10_000


def test_processes_of_the_web_server_start_with_little_to_collect() -> None:
    def become_ready() -> None:
        runpy.run_path("gunicorn.conf.py")["when_ready"](None)
        assert gc.get_freeze_count() > FEW
        assert len(gc.get_objects()) < FEW

    assert status_of_a_child_that_does(become_ready) == 0
