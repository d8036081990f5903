"""Signed deliveries over HTTP from another process: from wrk where it is installed, otherwise from one in Python.

wrk takes 8 to 16 µs of CPU time for each, about as much as pgbench takes for a row.
"""

from __future__ import annotations

import multiprocessing
import select
import shutil
import socket
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

WRK = shutil.which("wrk")
SCRIPT = Path(__file__).with_name("deliveries.lua")
MOST_A_SECOND = 12_000


class Sent(NamedTuple):
    acknowledged: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    """Seconds of CPU time of the sender."""

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds


def deliver(port: int, prefix: str, clients: int, seconds: float) -> Sent:
    """Deliver on this many connections, one at a time on each, until time is up."""
    if WRK is None:
        # The requests come with the call: a process that signs them would first have to load the product.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as sender:
            return sender.submit(_send, port, _requests(prefix, seconds), clients, seconds).result()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "requests"
        with file.open("wb") as output:
            output.writelines(b"%08d%b" % (len(each), each) for each in _requests(prefix, seconds))
        command = [WRK, "--threads", "1", "--connections", str(clients), "--duration", f"{round(seconds)}s"]
        command += ["--script", str(SCRIPT), f"http://127.0.0.1:{port}", "--", str(file)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    numbers = [line.split()[1:] for line in printed.splitlines() if line.startswith("SENT ")]
    answered, refused, broken, took, p50, p99, cpu = map(float, numbers[0])
    if broken:
        raise SystemExit(printed)
    return Sent(round(answered - refused), took, p50, p99, cpu)


def _requests(prefix: str, seconds: float) -> list[bytes]:
    from tests.webhooks.deliveries import over_the_wire

    return [over_the_wire(event_id=f"{prefix}{event}") for event in range(round(MOST_A_SECOND * seconds))]


def _send(port: int, ready: list[bytes], clients: int, seconds: float) -> Sent:
    poll, latencies = select.epoll(), []
    sockets = {client.fileno(): client for client in (_connected(port) for _ in range(clients))}
    start, used = time.perf_counter(), time.process_time()
    began = {}
    for fd, client in sockets.items():
        poll.register(fd, select.EPOLLIN)
        began[fd] = time.perf_counter()
        client.sendall(ready.pop())
    while began:
        for fd, _events in poll.poll():
            answer, now = sockets[fd].recv(65536), time.perf_counter()
            sent = began.pop(fd)
            if _is_accepted(answer):
                latencies.append(now - sent)
            if now - start < seconds and ready:
                began[fd] = now
                sockets[fd].sendall(ready.pop())
    took, cpu = time.perf_counter() - start, time.process_time() - used
    spread = statistics.quantiles(latencies, n=100)
    return Sent(len(latencies), took, spread[49], spread[98], cpu)


def offer(port: int, prefix: str, clients: int, seconds: float, rate: float) -> Sent:
    """Deliver at this rate, whether or not earlier ones were answered. A latency counts from when each was due."""
    ready = _requests(prefix, rate * seconds / MOST_A_SECOND)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as sender:
        return sender.submit(_offer, port, ready, clients, rate).result()


def _offer(port: int, ready: list[bytes], clients: int, rate: float) -> Sent:
    sockets = {client.fileno(): client for client in (_connected(port) for _ in range(clients))}
    idle, due, latencies = list(sockets), dict[int, float](), list[float]()
    used, start = time.process_time(), time.perf_counter()
    sent = 0
    while sent < len(ready) or due:
        now = time.perf_counter()
        while idle and sent < len(ready) and start + sent / rate <= now:
            fd = idle.pop(0)
            due[fd] = start + sent / rate
            sockets[fd].sendall(ready[sent])
            sent += 1
        wait = start + sent / rate - now if idle and sent < len(ready) else 10
        for fd in select.select(due, (), (), max(0.0, wait))[0]:
            since = due.pop(fd)
            if _is_accepted(sockets[fd].recv(65536)):
                latencies.append(time.perf_counter() - since)
            idle.append(fd)
    spread = statistics.quantiles(latencies, n=100)
    cpu = time.process_time() - used
    return Sent(len(latencies), time.perf_counter() - start, spread[49], spread[98], cpu)


def _is_accepted(answer: bytes) -> bool:
    """False for a 503: on a busy machine the database may be too slow."""
    if not answer.startswith((b"HTTP/1.1 202", b"HTTP/1.1 503")):
        raise SystemExit(f"answered {answer[:80]!r}")
    return answer.startswith(b"HTTP/1.1 202")


def _connected(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client
