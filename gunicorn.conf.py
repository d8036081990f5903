"""Settings of the web server for the demo, the tests and the image. gunicorn reads this file from its working folder.

Reasons: docs/decisions/0018-slow-clients.md. A buffering proxy runs in front: scripts/docker/nginx.conf.
"""

import gc
import importlib
from typing import Any

wsgi_app = "crosschq.wsgi"
bind = "127.0.0.1:8000"
# Threads mostly wait for PostgreSQL, and each keeps a connection to it.
workers = 2
threads = 32
# Each is an open file, of which many systems allow a process 1,024. If gunicorn can't open another, the process ends.
worker_connections = 900
worker_class = "crosschq.core.web.gunicorn_worker.BoundedThreadWorker"
# Longer than the proxy keeps its connections, so that this side never closes one in use.
keepalive = 75
# Files use the same time-limited writes as pages.
sendfile = False
preload_app = True
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Load the pages too, before the processes are forked, and leave all of it out of their garbage collections.

    Each of those stops deliveries and pages of its process for about 100 ms otherwise.
    """
    importlib.import_module("crosschq.urls")
    gc.freeze()
