"""`make demo` as a person runs it, in its own folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals, default_int_handler, signal

import pytest
import requests

from scripts.stack.stack import ROOT

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(1800)]
MARK = "CROSSCHQ_TEST_RUN"
SECONDS = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder, whose database server is installed once."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(autouse=True)
def _as_from_a_terminal() -> Iterator[None]:
    """A background job of a shell script ignores SIGINT, and so would make."""
    before = signal(SIGINT, default_int_handler)
    yield
    signal(SIGINT, before)


@contextmanager
def started_demo(folder: Path, *arguments: str, run: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """The command with a clean environment: the servers of this test run aren't the demo's."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), MARK: run, "PYTHONUNBUFFERED": "1", **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.demo", "--folder", str(folder), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            yield demo
        finally:
            if demo.poll() is None:
                demo.send_signal(SIGINT)


def processes_of(run: str) -> list[str]:
    """The command lines of processes that still have a run's marker in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={run}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_text(encoding="utf-8").replace("\0", " "))
        except OSError:
            continue
    return found


def assert_nothing_is_left(run: str) -> None:
    """A process that takes longer than ten seconds to stop, on a busy machine, ends with its parent a moment later."""
    until = time.monotonic() + SECONDS
    while (left := processes_of(run)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def read_until(demo: subprocess.Popen[str], words: str) -> str:
    """The output so far, up to the line with these words. The demo itself gives up on a step that never ends."""
    assert demo.stdout
    said = ""
    for line in demo.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def test_the_demo_runs_until_stopped_and_can_run_again_in_the_same_folder(folder: Path) -> None:
    run = str(uuid.uuid4())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started_demo(folder, run=run, PORT=port, SANDBOX_PORT="0", SMTP_PORT="0") as demo:
            said = read_until(demo, "Everything runs until Ctrl-C")
            product, sandbox = address("Product", said), address("SmartRecruiters", said)
            assert not product.endswith(f":{port}")
            assert requests.get(product, timeout=SECONDS).status_code == 200
            assert "Maya Osei" in requests.get(f"{address('Inbox', said)}/inbox/", timeout=SECONDS).text
            tokens = secret_links(sandbox)
            assert len(processes_of(run)) > 5
            demo.send_signal(SIGINT)
            assert demo.wait(SECONDS) == 0
    assert_nothing_is_left(run)
    # Anyone who reads a log with tokens could act as a candidate or a reference.
    logs = "".join(log.read_text(encoding="utf-8", errors="replace") for log in (folder / "logs").iterdir())
    assert '"request"' in logs
    assert [token for token in tokens if token in logs + said] == []

    cluster = (folder / "postgres" / "PG_VERSION").stat().st_mtime_ns
    with started_demo(folder, "--once", run=run, PORT="0", SANDBOX_PORT="0", SMTP_PORT="0") as demo:
        said, _ = demo.communicate()
    assert demo.returncode == 0, said
    lines = said.splitlines()
    assert [line[:5] for line in lines if line.startswith("[")] == [f"[{n}/6]" for n in range(1, 7)]
    assert re.fullmatch(r"main job: ok in \d+ s", lines[-1])
    assert_nothing_is_left(run)
    assert (folder / "postgres" / "PG_VERSION").stat().st_mtime_ns == cluster


@pytest.mark.parametrize("to", ["make", "its process group"])
@pytest.mark.parametrize("number", [SIGINT, SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_to_make_stops_everything(folder: Path, number: Signals, to: str) -> None:
    run = str(uuid.uuid4())
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), MARK: run, "PYTHONUNBUFFERED": "1"}
    ports = {"PORT": "0", "SANDBOX_PORT": "0", "SMTP_PORT": "0"}
    with subprocess.Popen(
        ["make", "demo", f"PYTHON={sys.executable}", f"FOLDER={folder}"],
        cwd=ROOT,
        env=environment | ports,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as make:
        try:
            read_until(make, "Ready in")
            assert len(processes_of(run)) > 5
            if to == "make":
                make.send_signal(number)
            else:
                os.killpg(make.pid, number)
            assert make.wait(SECONDS) != 0
        except BaseException:
            os.killpg(make.pid, SIGKILL)  # Otherwise the block would wait for it.
            raise
    assert_nothing_is_left(run)


def address(name: str, said: str) -> str:
    found = re.search(rf"{name} +(http://localhost:\d+)", said)
    assert found, said
    return found[1]


def secret_links(sandbox: str) -> set[str]:
    """The tokens of candidates and references in their emails: three of the main job, and later ones."""
    emails = requests.get(f"{sandbox}/_sandbox/mails", timeout=SECONDS).json()
    links = "\n".join(link for email in emails for link in email["links"])
    tokens = set(re.findall(r"/[cr]/([^/]{20,})/", links))
    assert len(tokens) >= 3
    return tokens
