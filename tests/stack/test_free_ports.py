"""A program that starts with a free port finds it still free."""

from __future__ import annotations

import random
import socket

from scripts.stack.processes import free_port
from tests.stack.plugin import MOST_PROCESSES, ports_of

FIRST_OF_OUTGOING_CONNECTIONS = 32_768


def test_a_free_port_is_never_one_that_an_outgoing_connection_could_take() -> None:
    assert all(1024 <= free_port() < FIRST_OF_OUTGOING_CONNECTIONS for _ in range(50))


def test_processes_with_the_same_seed_find_different_ports() -> None:
    found = set()
    for _ in range(20):
        random.seed(1)
        found.add(free_port())
    assert len(found) > 10


def test_the_preferred_port_is_taken_only_while_nothing_listens_there() -> None:
    preferred = free_port()
    assert free_port(preferred) == preferred
    with socket.create_server(("127.0.0.1", preferred)):
        assert free_port(preferred) != preferred


def test_the_processes_of_a_run_share_no_port() -> None:
    ports = [set(ports_of(f"gw{number}")) for number in range(MOST_PROCESSES)]
    assert sum(map(len, ports)) == len(set.union(*ports))
