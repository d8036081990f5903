"""A Celery app whose only task does nothing: the floor of bench/drain.py. It imports nothing of the product."""

import os

from celery import Celery

QUEUE = "bench-no-op"

app = Celery("no_op", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(task_ignore_result=True, task_default_queue=QUEUE, worker_hijack_root_logger=False)


@app.task(name="no_op")
def no_op() -> None:
    pass
