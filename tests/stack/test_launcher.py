"""The embedded servers start, lock their folder, and end with the process that started them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest
import redis

from scripts.stack import databases
from scripts.stack.folder import FolderInUse, StateFolder
from scripts.stack.postgres import Postgres
from scripts.stack.processes import free_port, started_at
from scripts.stack.stack import ROOT, Stack
from tests.patience import wait_for

KEEPS_RUNNING = """
import sys, time
from pathlib import Path
from scripts.stack.stack import Stack
with Stack(Path(sys.argv[1]), durable=False) as stack:
    print(stack.owner_url("postgres"), flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _embedded_servers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "POSTGRES_PORT", "VALKEY_PORT"):
        monkeypatch.delenv(name, raising=False)


def start_launcher(folder: Path) -> tuple[subprocess.Popen[str], str]:
    launcher = subprocess.Popen(
        [sys.executable, "-c", KEEPS_RUNNING, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout
    return launcher, launcher.stdout.readline().strip()


def pids(folder: Path) -> list[int]:
    return [int(path.read_text(encoding="ascii").split()[0]) for path in folder.glob("*.pid")]


def kill(launcher: subprocess.Popen[str]) -> None:
    launcher.send_signal(SIGKILL)
    launcher.wait()
    assert launcher.stdout
    launcher.stdout.close()


def test_a_stack_holds_its_folder_and_port_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, own = free_port(), tmp_path / "a"
    monkeypatch.setenv("VALKEY_PORT", str(wanted))
    with Stack(own, durable=False) as stack:
        running = pids(own)
        with databases.cursor(stack.app_url("postgres")) as sql:
            sql.execute("SELECT current_user")
            assert sql.fetchone() == ("app",)
        with redis.Redis.from_url(stack.valkey.url(1)) as client:
            assert client.ping()
        with pytest.raises(FolderInUse, match="already running"), Stack(own):
            pass
        assert StateFolder(own).in_use()
        assert f":{wanted}/" in stack.valkey.url(0)
        # A taken port is replaced by a free one.
        with Stack(tmp_path / "b", durable=False) as second:
            assert f":{wanted}/" not in second.valkey.url(0)
    assert len(running) == 2
    assert not any(started_at(pid) for pid in running)
    assert pids(own) == []
    assert not StateFolder(own).in_use()


@pytest.mark.slow
def test_nothing_outlives_a_killed_launcher_and_no_row_is_lost(tmp_path: Path) -> None:
    launcher, owner_url = start_launcher(tmp_path)
    databases.create_database(owner_url, "kept")
    with databases.cursor(owner_url, database="kept") as sql:
        sql.execute("CREATE TABLE row (n integer); INSERT INTO row SELECT generate_series(1, 1000)")
    orphans = pids(tmp_path)
    kill(launcher)

    with Stack(tmp_path, durable=False) as stack:
        assert not any(started_at(pid) for pid in orphans)
        with databases.cursor(stack.owner_url("kept")) as sql:
            sql.execute("SELECT count(*) FROM row")
            assert sql.fetchone() == (1000,)


@pytest.mark.slow
def test_the_servers_of_a_killed_launcher_end_without_another_start(tmp_path: Path) -> None:
    launcher, _ = start_launcher(tmp_path)
    orphans = pids(tmp_path)
    assert len(orphans) == 2
    kill(launcher)
    wait_for(lambda: not any(started_at(pid) for pid in orphans))


@pytest.mark.slow
def test_a_killed_database_server_starts_again_immediately(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    first = Postgres(folder, durable=False)
    first.start()
    os.kill(first.process.popen.pid, SIGKILL)
    first.process.popen.wait()
    second = Postgres(folder, durable=False)
    second.start()
    try:
        databases.create_database(second.url("owner", "postgres"), "new")
        assert databases.database_exists(second.url("owner", "postgres"), "new")
    finally:
        second.stop()


@pytest.mark.parametrize("namespaces", [True, False])
def test_no_parent_folder_changes_its_mode(tmp_path: Path, *, namespaces: bool) -> None:
    """Root without user namespaces runs the server as nobody, with data and programs where nobody can reach them."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = StateFolder(closed / "state")
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in (*folder.path.parents, folder.path)}
    server = Postgres(folder, durable=False, namespaces=namespaces)
    server.start()
    try:
        owner_of_server = Path(f"/proc/{server.process.popen.pid}").stat().st_uid
        assert (owner_of_server != os.geteuid()) == server.account.is_other
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    finally:
        server.stop()
        shutil.rmtree(folder.outside, ignore_errors=True)
    assert before == {path: stat.S_IMODE(path.stat().st_mode) for path in before}


def test_secrets_are_readable_only_by_their_user(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    assert folder.secret("one") == folder.secret("one")
    assert folder.secret("one") != folder.secret("two")
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
