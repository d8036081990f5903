"""Settings of the web server for the demo, the tests and the image. gunicorn reads this file from its working folder.

Reasons: docs/decisions/0018-slow-clients.md. A buffering proxy runs in front: scripts/docker/nginx.conf.
"""

wsgi_app = "crosschq.wsgi"
bind = "127.0.0.1:8000"
# Threads mostly wait for PostgreSQL, and each keeps a connection to it.
workers = 2
threads = 32
worker_class = "crosschq.core.web.gunicorn_worker.BoundedThreadWorker"
# Longer than the proxy keeps its connections, so that this side never closes one in use.
keepalive = 75
# Files use the same time-limited writes as pages.
sendfile = False
preload_app = True
control_socket_disable = True
