"""The queues that work waits in, so that no kind of work holds up another.

Each is a Celery queue as well: `celery worker --queues=…` decides which process serves which, and how many do.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """How much of a queue runs at the same time.

    threads: in one worker process. per_lane: for one organization or connection, over all processes.
    in_flight: for all of them together, over all processes; 0 means no bound.
    destination: what all of its work goes to, if that is one place; it is the key of one circuit.
    """

    name: str
    threads: int
    per_key: int
    in_flight: int = 0
    destination: str = ""


# Somebody waits for it at a sign-in form: codes, password resets, invitations. It has a circuit of its own, so mails of
# one organization on which the server hangs up pause nobody's sign-in.
URGENT = Queue("urgent", threads=8, per_key=8, in_flight=8, destination="urgent mail")
# Somebody waits for it in front of a page.
INTERACTIVE = Queue("interactive", threads=8, per_key=2)
# One mail server takes all of them: more connections than this at once are not welcome there.
MESSAGES = Queue("messages", threads=12, per_key=4, in_flight=12, destination="mail")
TEXT_MESSAGES = Queue("texts", threads=4, per_key=2, in_flight=4, destination="texts")
# What talks to an ATS because of an event or the calendar. The ATS allows 8 calls in flight for one connection.
VENDOR = Queue("vendor", threads=16, per_key=4)
EXPORT = Queue("export", threads=12, per_key=8)
# What only reads and writes the database.
LOCAL = Queue("local", threads=4, per_key=4)

QUEUES = {queue.name: queue for queue in (URGENT, INTERACTIVE, MESSAGES, TEXT_MESSAGES, VENDOR, EXPORT, LOCAL)}
# The calendar's tasks, which are no rows.
PERIODIC = "periodic"
PERIODIC_THREADS = 4

CELERY_QUEUES = (*QUEUES, PERIODIC)
# One process that serves every queue has a thread for all that may run in it.
ALL_THREADS = sum(queue.threads for queue in QUEUES.values()) + PERIODIC_THREADS
