"""A test run in several processes: each has its own servers, which end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from scripts.stack.stack import ROOT
from tests.stack.plugin import ADDRESSES, dealt, hands_out, pytest_xdist_auto_num_workers

TELLS_ITS_SERVERS = """
import os
from pathlib import Path

import psycopg2
import redis


def test_my_servers_answer(worker_id):
    database = os.environ["OWNER_DATABASE_URL"].rpartition("/")[0] + "/postgres"
    psycopg2.connect(database.replace("postgres://", "postgresql://", 1)).close()
    with redis.Redis.from_url(os.environ["CACHE_URL"]) as cache:
        # The cache of an earlier run may have been kept.
        assert cache.set(__file__, worker_id, nx=True, ex=60)
    (Path(__file__).parent / f"{worker_id}.told").write_text(database)


def test_a_failure_is_told():
    assert "this" == "that"
"""


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """pytest as a person starts it, with nothing of this run in its environment."""
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-q"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **settings}
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.slow
def test_each_process_has_its_own_servers_and_the_summary_says_what_failed(tmp_path: Path) -> None:
    tests = tmp_path / "test_servers.py"
    tests.write_text(TELLS_ITS_SERVERS, encoding="utf-8")
    # Every process runs every test.
    ended = run("-n", "2", "--dist=each", str(tests))
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    assert "2 failed, 2 passed" in ended.stdout
    assert "'this' == 'that'" in ended.stdout
    used = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.told")}
    assert used.keys() == {"gw0", "gw1"}
    assert len(set(used.values())) == 2


def test_your_own_servers_are_not_shared_between_processes(tmp_path: Path) -> None:
    ended = run("-n", "2", str(tmp_path), DATABASE_URL="postgres://app@localhost/mine")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "DATABASE_URL names a server of your own" in ended.stderr


def test_each_process_starts_with_one_of_the_longest_tests() -> None:
    assert dealt("abcdefgh", 3) == ["a", "d", "g", "b", "e", "h", "c", "f"]


@pytest.mark.parametrize(
    ("processes", "debugger", "server", "expected"),
    [
        (None, False, "", False),
        (0, False, "", False),
        (2, False, "", True),
        ("auto", False, "", True),
        ("auto", True, "", False),
        ("auto", False, "CELERY_BROKER_URL", False),
    ],
)
def test_only_one_process_distributes_the_tests(
    monkeypatch: pytest.MonkeyPatch, processes: int | str | None, server: str, *, debugger: bool, expected: bool
) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    if server:
        monkeypatch.setenv(server, "redis://localhost/0")
    assert hands_out(Namespace(numprocesses=processes, usepdb=debugger)) == expected


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 3), (8, 4)])
def test_tests_run_in_three_processes_for_every_two_cores(
    cores: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert pytest_xdist_auto_num_workers(cast(pytest.Config, SimpleNamespace(stash={}))) == processes
