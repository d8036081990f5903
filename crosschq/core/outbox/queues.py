"""Queues keep one kind of work from delaying another.

Each one is also a Celery queue: `celery worker --queues=…` chooses the queues that a process serves.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """How much of a queue runs at the same time.

    threads: in one worker process. per_key: for one concurrency key, across all processes. in_flight: in total, across
    all processes; 0 means no limit. destination: the key of its one circuit, if all of its work has the same
    destination.
    """

    name: str
    threads: int
    per_key: int
    in_flight: int = 0
    destination: str = ""


# Someone at a sign-in form is waiting for these: codes, password resets, invitations. They have their own circuit, so
# emails of one organization that make the server hang up don't delay anyone's sign-in.
URGENT = Queue("urgent", threads=8, per_key=8, in_flight=8, destination="urgent email")
# Someone is waiting for these on a page.
INTERACTIVE = Queue("interactive", threads=8, per_key=2)
# All of these go to one email server, which allows a limited number of connections.
MESSAGES = Queue("messages", threads=12, per_key=4, in_flight=12, destination="email")
TEXT_MESSAGES = Queue("texts", threads=4, per_key=2, in_flight=4, destination="texts")
# Calls to an ATS that an event or a schedule causes. The ATS allows 8 concurrent calls for one connection.
VENDOR = Queue("vendor", threads=16, per_key=4)
EXPORT = Queue("export", threads=12, per_key=8)
# Only reads from and writes to the database.
LOCAL = Queue("local", threads=4, per_key=4)

QUEUES = {queue.name: queue for queue in (URGENT, INTERACTIVE, MESSAGES, TEXT_MESSAGES, VENDOR, EXPORT, LOCAL)}
# Scheduled tasks, which aren't rows.
PERIODIC = "periodic"

CELERY_QUEUES = (*QUEUES, PERIODIC)
# Celery's own threads run scheduled tasks and hand over wake-ups. Rows have the threads of their queues (draining.py).
CELERY_THREADS = 8
