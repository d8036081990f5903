"""nginx from Debian with the configuration that ships, in front of the web server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port, start
from scripts.stack.stack import ROOT
from tests.patience import SECONDS
from tests.web_server.clients import PROMPT_SECONDS, answers, deliver, in_pieces, trickling
from tests.web_server.conftest import Web
from tests.web_server.test_slow_clients import SLOW
from tests.webhooks.deliveries import BODY, KEY, PATH, signed

PROGRAMS = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
NGINX = shutil.which("nginx", path=PROGRAMS)
CURL = shutil.which("curl")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.flow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light"),
]
SHIPPED = ROOT / "scripts" / "docker" / "nginx.conf"
# Stands in for Debian's and the image's /etc/nginx/nginx.conf, whose temporary folders belong to root.
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/crosschq.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hook(self) -> str:
        return f"{self.url}/hooks/smartrecruiters/{PATH}"


@pytest.fixture(scope="module")
def proxy(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    text = SHIPPED.read_text(encoding="utf-8")
    for shipped, here in {
        "server web:8000;": f"server 127.0.0.1:{web.port};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "/dev/stderr": f"{folder}/error.log",
    }.items():
        assert text.count(shipped) == 1
        text = text.replace(shipped, here)
    (folder / "crosschq.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user), encoding="utf-8")
    command = [str(NGINX), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    process = start(StateFolder(folder), "nginx", command)
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", seconds=SECONDS), process.last_words()
        yield Proxy(port, folder)
    finally:
        process.stop()


@pytest.mark.parametrize("slow", SLOW)
def test_a_hundred_slow_clients_do_not_stop_intake(proxy: Proxy, slow: str) -> None:
    with trickling(proxy.port, SLOW[slow], count=100, after=b"" if slow == "nothing" else b"x"):
        time.sleep(0.3)
        seen = [deliver(proxy.hook) for _ in range(5)]
    assert [status for status, _ in seen] == [202] * 5
    assert max(seconds for _, seconds in seen) < PROMPT_SECONDS


def test_a_slow_delivery_is_accepted_once_it_is_complete(proxy: Proxy) -> None:
    """Slower than the web server would wait for it: the proxy does that."""

    def slowly() -> Iterator[bytes]:
        for piece in in_pieces(BODY, size=5):
            time.sleep(1)
            yield piece

    headers = signed(BODY, event_id="slow through the proxy")
    assert len(list(in_pieces(BODY, size=5))) > 11
    assert requests.post(proxy.hook, data=slowly(), headers=headers, timeout=60).status_code == 202


def test_a_chunked_delivery_is_accepted(proxy: Proxy) -> None:
    headers = signed(BODY, event_id="chunked through the proxy")
    assert requests.post(proxy.hook, data=in_pieces(BODY), headers=headers, timeout=SECONDS).status_code == 202


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_delivery_is_refused(proxy: Proxy, *, chunked: bool) -> None:
    body = b"x" * 2 * 1024 * 1024
    answer = requests.post(
        proxy.hook, data=in_pieces(body, size=65536) if chunked else body, headers=signed(b""), timeout=SECONDS
    )
    assert answer.status_code == 413


def test_the_largest_allowed_body_passes(proxy: Proxy) -> None:
    assert deliver(proxy.hook, body=b"x" * 64 * 1024)[0] == 202


def test_fast_deliveries_are_all_accepted(proxy: Proxy) -> None:
    with ThreadPoolExecutor(8) as senders:
        seen = list(senders.map(lambda _number: deliver(proxy.hook), range(400)))
    assert Counter(status for status, _ in seen) == {202: 400}


def test_a_forged_delivery_is_refused_as_without_the_proxy(proxy: Proxy) -> None:
    assert deliver(proxy.hook, key=f"not {KEY}")[0] == 401


@pytest.mark.parametrize("secret", ["test", "~!#$%&'*+-.^_`|\"(),/:;<=>?@[\\]{}", "a" * 1024])
def test_the_handshake_passes_unchanged(proxy: Proxy, secret: str) -> None:
    answer = requests.post(proxy.hook, data="{}", headers={"X-Hook-Secret": secret}, timeout=SECONDS)
    assert (answer.status_code, answer.headers["X-Hook-Secret"]) == (200, secret)


def output(command: list[str]) -> list[str]:
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    return ended.stdout.splitlines()


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_the_vendors_reachability_test_is_answered_by_curl(proxy: Proxy) -> None:
    """https://developers.smartrecruiters.com/docs/troubleshooting: both of its calls; one of them succeeds."""
    call = [str(CURL), "--silent", "--include", "--header", "Content-Type: application/json", "--request", "POST"]
    hello = ["--header", "X-Hook-Secret: test", "--data", "{}"]
    answer = output([*call, *hello, proxy.hook])
    assert answer[0] == "HTTP/1.1 200 OK"
    assert "X-Hook-Secret: test" in answer
    answer = output([*call, "--data", '{"id":"example"}', proxy.hook])
    assert answer[0] == "HTTP/1.1 401 Unauthorized"


def test_the_proxy_passes_on_the_client_and_the_scheme(proxy: Proxy) -> None:
    """A page behind https is not sent back to https; the test settings trust no proxy, so only the host is seen."""
    answer = requests.get(f"{proxy.url}/accounts/login/", headers={"Host": "localhost"}, timeout=SECONDS)
    assert answer.status_code == 200
    assert requests.get(proxy.url, headers={"Host": "elsewhere.example"}, timeout=SECONDS).status_code == 400


def test_the_proxy_writes_no_secret_path_into_a_log(proxy: Proxy) -> None:
    with trickling(proxy.port, SLOW["body"], count=1):
        deliver(proxy.hook)
    logs = [path for path in proxy.folder.rglob("*") if path.suffix == ".log" or "log" in path.parts]
    assert logs
    assert not any(PATH in path.read_text(encoding="utf-8", errors="replace") for path in logs if path.is_file())
