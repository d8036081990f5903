"""Queues keep one kind of work from delaying another.

Each is also a Celery queue: `celery worker --queues=…` decides which processes serve it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """How much of a queue runs at the same time.

    threads: in one worker process. per_key: for one concurrency key, over all processes.
    in_flight: in total, over all processes; 0 means no limit.
    destination: the key of its one circuit, if all of its work goes to one place.
    """

    name: str
    threads: int
    per_key: int
    in_flight: int = 0
    destination: str = ""


# A person at a sign-in form waits for these: codes, password resets, invitations. They have their own circuit, so one
# organization's emails that make the server hang up pause nobody's sign-in.
URGENT = Queue("urgent", threads=8, per_key=8, in_flight=8, destination="urgent mail")
# A person waits for these in front of a page.
INTERACTIVE = Queue("interactive", threads=8, per_key=2)
# All of these go to one email server, which allows only so many connections.
MESSAGES = Queue("messages", threads=12, per_key=4, in_flight=12, destination="mail")
TEXT_MESSAGES = Queue("texts", threads=4, per_key=2, in_flight=4, destination="texts")
# Calls to an ATS because of an event or a schedule. The ATS allows 8 calls in flight for one connection.
VENDOR = Queue("vendor", threads=16, per_key=4)
EXPORT = Queue("export", threads=12, per_key=8)
# Only reads and writes the database.
LOCAL = Queue("local", threads=4, per_key=4)

QUEUES = {queue.name: queue for queue in (URGENT, INTERACTIVE, MESSAGES, TEXT_MESSAGES, VENDOR, EXPORT, LOCAL)}
# Scheduled tasks, which aren't rows.
PERIODIC = "periodic"
PERIODIC_THREADS = 4

CELERY_QUEUES = (*QUEUES, PERIODIC)
# A process that serves every queue has a thread for everything that may run in it.
ALL_THREADS = sum(queue.threads for queue in QUEUES.values()) + PERIODIC_THREADS
